import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Principal } from '@app/access';
import { newId } from '@app/kernel';
import { everything } from '@app/query';
import { principalOf } from '../../../test/support/callers.js';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { conditionsOver, type Facts, meant, sortsOver } from '../../../test/support/list-oracle.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { ConnectorCatalogue, type ConnectorSearch } from './connector-catalogue.js';

let bed: TestBed;
let catalogue: ConnectorCatalogue;
let company: GivenOrganization;
let connectors: Row[];
let records: Facts[];
let contacts: { user: Row; owner: Row }[];

const config = { separator: ';', deletionThreshold: { percent: 35, rows: 5 }, password: 'canary' };
const days = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.001Z', '2026-02-01T00:00:00.000Z'];
const all: ConnectorSearch = { where: everything, sort: [], limit: 250, offset: 0, withTotal: true };

beforeAll(async () => {
  bed = await openTestBed();
  catalogue = new ConnectorCatalogue(bed.database);
  company = await bed.given.organization();
  contacts = [await contact('Zoë'), await contact('ada')];
  const applications = [await company.application(), await company.application()];
  connectors = [];
  records = [];
  // `ended`: what the runs came to, in turn.
  const made = [
    { name: 'HR', authoritative: true, description: 'people', contact: 0, ended: ['failed', 'succeeded'] },
    { name: 'Wiki', authoritative: false, description: '', contact: 1, ended: ['succeeded', 'failed'] },
    { name: 'wiki', authoritative: false, description: 'pages', contact: null, ended: [] },
    { name: '100%', authoritative: false, description: 'people too', contact: 0, ended: ['needs_confirmation'] },
    { name: 'Ärger', authoritative: true, description: '', contact: null, ended: ['succeeded', 'cancelled', 'queued'] },
  ];
  for (const [i, { contact: who, ended, ...columns }] of made.entries()) {
    const times = { created_at: days[i % 3], updated_at: days[(i + 1) % 3] };
    const connector = await company.connector(applications[i % 2]!, { ...columns, ...times, config });
    for (const state of ended) await run(connector, state);
    if (who !== null) await company.connectorOwner(connector, contacts[who]!.user);
    connectors.push(connector);
    records.push({
      id: connector.id,
      name: columns.name,
      description: columns.description,
      kind: 'delimited-file',
      authoritative: columns.authoritative,
      health: healthAfter(ended),
      sound: healthAfter(ended) === 'sound',
      ownerId: who === null ? null : contacts[who]!.owner.id,
      ownerName: who === null ? null : contacts[who]!.owner.name,
      created: new Date(times.created_at!),
      modified: new Date(times.updated_at!),
    });
  }
  const others = await bed.given.organization();
  await others.connector(await others.application(), { name: 'HR' });
});
afterAll(() => bed.close());

function healthAfter(ended: readonly string[]): string {
  const last = ended.findLast((state) => ['succeeded', 'failed', 'needs_confirmation'].includes(state));
  return last === undefined ? 'unread' : last === 'succeeded' ? 'sound' : 'failing';
}

async function contact(name: string) {
  const user = await company.user();
  return { user, owner: await company.owner({ name, user_id: user.id }) };
}

async function run(connector: Row, state: string, columns: object = {}): Promise<string> {
  const home = { organization_id: company.id, connector_id: connector.id };
  const [file_id, id] = [newId(), newId()];
  const file = { ...home, id: file_id, name: 'x.csv', size_bytes: 1, sha256: '', uploaded_by: 'x' };
  await bed.given.insert('connector_file', { ...file, taken_at: new Date(), complete: true });
  await bed.given.insert('sync_run', { ...home, id, file_id, state, requested_by: 'x', ...columns });
  return id;
}

const as = (userId = newId()): Principal => principalOf(company.id, ['SOURCE_SUBADMIN'], userId);
const admin = () => principalOf(company.id, ['SOURCE_ADMIN']);
const idsOf = ({ items }: { items: readonly { id: string }[] }) => items.map(({ id }) => id);

describe('any list of connectors', () => {
  it('has the rows, the order, the page and the total that its words mean, for whoever asks', async () => {
    const names = ['hr', 'WIKI', 'ä', '%', '', 'x'];
    const ids = connectors.flatMap(({ id }) => [id, id.slice(0, 20)]);
    const ops = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] as const;
    const text = ['compare', 'in', 'startsWith', 'contains', 'isNull'] as const;
    const instants = { kinds: ['compare', 'isNull'] as const, ops, values: days.map((day) => new Date(day)) };
    const condition = conditionsOver({
      id: { kinds: ['compare', 'in', 'startsWith', 'isNull'], values: [...ids, newId(), 'x', ''] },
      name: { kinds: text, ops, values: names },
      description: { kinds: ['compare', 'startsWith'], values: ['people', 'p', ''] },
      kind: { kinds: ['compare'], values: ['delimited-file', 'ldap'] },
      health: { kinds: ['compare'], values: ['failing', 'sound', 'unread'] },
      authoritative: { kinds: ['compare', 'isNull'], ops: ['eq', 'ne'], values: [true, false] },
      ownerId: { kinds: ['compare', 'in', 'isNull'], values: [contacts[0]!.owner.id, newId(), 'x'] },
      created: instants,
      modified: instants,
    });
    const asked = fc.record({
      where: condition,
      sort: sortsOver(Object.keys(records[0]!)),
      offset: fc.nat(6),
      limit: fc.constantFrom(0, 2, 250),
      who: fc.nat(1),
    });
    const property = fc.asyncProperty(asked, async ({ who, ...search }) => {
      const page = await catalogue.search(who === 0 ? admin() : as(contacts[0]!.user.id), {
        ...search,
        withTotal: true,
      });
      const seen = records.filter(({ ownerId }) => who === 0 || ownerId === contacts[0]!.owner.id);
      const expected = meant(seen, search.where, search.sort);
      expect(idsOf(page)).toEqual(expected.slice(search.offset, search.offset + search.limit));
      expect(page.total).toBe(expected.length);
    });
    await fc.assert(property, { numRuns: 400 });
  });
});

describe('a listed connector', () => {
  it('tells of its configuration what anybody may know, and nothing else', async () => {
    const [hr] = connectors as [Row];
    const found = await catalogue.get(admin(), hr.id);
    expect(found).toEqual({
      id: hr.id,
      application_id: hr['application_id'],
      name: 'HR',
      description: 'people',
      kind: 'delimited-file',
      authoritative: true,
      separator: ';',
      deletion_percent: 35,
      health: 'sound',
      health_since: expect.stringMatching(/Z$/),
      owner_id: contacts[0]!.owner.id,
      owner_name: 'Zoë',
      created_at: days[0],
      updated_at: days[1],
    });
    expect((await catalogue.search(admin(), all)).items[0]).toEqual(found);
  });

  it('is as sound as its last run that came to an end, whatever was only tried', async () => {
    const connector = await company.connector(await company.application(), { config });
    const health = async () => {
      const { health: state, health_since: since } = await catalogue.get(admin(), connector.id);
      return [state, since];
    };
    expect((await health())[0]).toBe('unread');
    await run(connector, 'failed', { finished_at: days[0], created_at: days[0] });
    expect(await health()).toEqual(['failing', days[0]]);
    await run(connector, 'succeeded', { finished_at: days[1], created_at: days[1] });
    await run(connector, 'failed', { finished_at: days[2], created_at: days[2], dry_run: true });
    await run(connector, 'running', { created_at: days[2] });
    expect(await health()).toEqual(['sound', days[1]]);
    await bed.given.sql('delete from sync_run where connector_id = $1', [connector.id]);
    await bed.given.sql('delete from connector where id = $1', [connector.id]);
  });

  it('is found by whom it may be seen by', async () => {
    const [hr, wiki] = connectors as [Row, Row];
    const own = as(contacts[0]!.user.id);
    expect((await catalogue.get(own, hr.id.toUpperCase())).id).toBe(hr.id);
    const stranger = principalOf((await bed.given.organization()).id, ['Administrator']);
    for (const [who, id] of [
      [own, wiki.id],
      [as(), hr.id],
      [stranger, hr.id],
      [admin(), newId()],
      [admin(), 'x'],
    ] as const) {
      await expect(catalogue.get(who, id)).rejects.toMatchObject({ code: 'not_found' });
    }
  });
});

describe('connectors somebody answers for', () => {
  const listed = async (answeredForBy: ConnectorSearch['answeredForBy'], who = admin()) =>
    idsOf(await catalogue.search(who, { ...all, answeredForBy }));

  it('are those of a user, or of the user an owner is', async () => {
    const [{ user, owner }, other] = contacts as [(typeof contacts)[0], (typeof contacts)[0]];
    const own = [connectors[0]!.id, connectors[3]!.id];
    expect(await listed({ userId: user.id })).toEqual(own);
    expect(await listed({ ownerId: owner.id })).toEqual(own);
    expect(await listed({ ownerId: other.owner.id })).toEqual([connectors[1]!.id]);
    for (const nobody of [newId(), user.id, 'x', '']) expect(await listed({ ownerId: nobody })).toEqual([]);
    expect(await listed({ userId: newId() })).toEqual([]);
  });

  it('never widen what whoever asks reaches', async () => {
    expect(await listed({ userId: contacts[1]!.user.id }, as(contacts[0]!.user.id))).toEqual([]);
  });
});
