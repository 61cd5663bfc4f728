import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { statement } from '@app/persistence';
import { everything } from '@app/query';
import { principalOf } from '../../../test/support/callers.js';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { conditionsOver, type Facts, meant, sortsOver } from '../../../test/support/list-oracle.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { OwnerCatalogue } from './owner-catalogue.js';

let bed: TestBed;
let catalogue: OwnerCatalogue;
let company: GivenOrganization;
let feed: Row;
let owners: Row[];
let records: Facts[];

const people = [
  { name: 'Zoë van Dyk', email: 'Zoe.VanDyk@example.com', identity_id: 'E-1', fed: true },
  { name: 'ada', email: 'ada@example.com', identity_id: null, fed: false },
  { name: 'Ada Amir', email: null, identity_id: 'e-2', fed: true, status: 'inactive' },
  { name: "100% O'Neil_\\", email: 'ada@other.example', identity_id: null, fed: true },
  { name: 'Backup', email: null, identity_id: null, fed: false, status: 'inactive' },
];

beforeAll(async () => {
  bed = await openTestBed();
  catalogue = new OwnerCatalogue(bed.database);
  company = await bed.given.organization();
  feed = await company.connector(await company.application(), { authoritative: true });
  owners = [];
  for (const { fed, identity_id, email, ...columns } of people) {
    const known = { ...(email !== null && { email }), ...(identity_id !== null && { identity_id }) };
    owners.push(await company.owner({ ...columns, ...known, ...(fed && { connector_id: feed.id }) }));
  }
  records = people.map(({ name, email, identity_id, fed, status = 'active' }, i) => ({
    id: owners[i]!.id,
    name,
    alias: identity_id ?? email?.split('@')[0] ?? owners[i]!.id,
    firstWord: name.split(' ')[0]!,
    lastWord: name.split(' ').at(-1)!,
    email,
    status,
    correlated: fed,
  }));
  await company.owner({ name: 'Ada Gone', deleted_at: new Date() });
  await (await bed.given.organization()).owner({ name: 'Ada Theirs', email: 'ada@example.com' });
});
afterAll(() => bed.close());

const caller = () => principalOf(company.id, ['AUDITOR']);
const all = { where: everything, sort: [], limit: 250, offset: 0, withTotal: true };

describe('any list of people', () => {
  it('has the rows, the order, the page and the total that its words mean', async () => {
    const parts = ['ADA', 'zoë', 'van', 'dyk', "o'neil_\\", '100%', 'e-', 'E-2', '%', '_', '', 'backup'];
    const ids = owners.flatMap(({ id }) => [id, id.toUpperCase(), id.slice(0, 20)]);
    const word = { kinds: ['compare', 'in', 'startsWith', 'isNull'] as const, values: parts };
    const asked = fc.record({
      where: conditionsOver({
        id: { kinds: ['compare', 'in'], values: [...ids, newId(), 'x'] },
        name: word,
        alias: { ...word, values: [...parts, ...ids] },
        firstWord: word,
        lastWord: word,
        email: { ...word, values: [...parts, 'ADA@EXAMPLE.COM', 'ada@'] },
        status: { kinds: ['compare'], values: ['active', 'inactive', 'x'] },
        correlated: { kinds: ['compare'], ops: ['eq', 'ne'], values: [true, false] },
      }),
      sort: sortsOver(['id', 'name', 'alias', 'status']),
      offset: fc.nat(6),
      limit: fc.constantFrom(0, 2, 250),
    });
    const property = fc.asyncProperty(asked, async (search) => {
      const page = await catalogue.search(caller(), { ...search, withTotal: true });
      const expected = meant(records, search.where, search.sort);
      expect(page.items.map(({ id }) => id)).toEqual(expected.slice(search.offset, search.offset + search.limit));
      expect(page.total).toBe(expected.length);
    });
    await fc.assert(property, { numRuns: 400 });
  });
});

describe('a listed owner', () => {
  it('has his record, his alias, his state and his manager', async () => {
    const boss = await company.owner({ name: 'Boss', email: 'boss@example.com' });
    const { id } = await company.owner({ name: 'Report', manager_id: boss.id, status: 'inactive', metadata: { a: 1 } });
    const found = await catalogue.get(caller(), id.toUpperCase());
    expect(found).toMatchObject({
      id,
      name: 'Report',
      alias: id,
      identity_state: 'INACTIVE_SHORT_TERM',
      manager_id: boss.id,
      manager_name: 'Boss',
      is_manager: false,
      metadata: { a: 1 },
      source_id: null,
    });
    expect(await catalogue.get(caller(), boss.id)).toMatchObject({
      alias: 'boss',
      is_manager: true,
      manager_name: null,
    });
    const [, , , , , , listed] = (await catalogue.search(caller(), all)).items;
    expect(listed).toEqual(found);

    await bed.given.sql('update owner set deleted_at = now() where id = $1', [id]);
    expect(await catalogue.get(caller(), boss.id)).toMatchObject({ is_manager: false });
    await expect(catalogue.get(caller(), id)).rejects.toMatchObject({ code: 'not_found' });
    await bed.given.sql('update owner set deleted_at = now() where id = $1', [boss.id]);
  });

  it('is none of another organization, of a malformed or an unknown id', async () => {
    const stranger = principalOf((await bed.given.organization()).id, ['AUDITOR']);
    await expect(catalogue.get(stranger, owners[0]!.id)).rejects.toMatchObject({ code: 'not_found' });
    for (const id of [newId(), 'x', ''])
      await expect(catalogue.get(caller(), id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await catalogue.search(stranger, all)).toEqual({ items: [], total: 0 });
  });
});

const countScansNow = statement<object>(undefined, 'select pg_stat_force_next_flush() where $1::uuid is not null');

describe('names that people are found by', () => {
  it.each([
    ['name', 'owner_by_name'],
    ['alias', 'owner_by_alias'],
    ['firstWord', 'owner_by_first_word'],
    ['lastWord', 'owner_by_last_word'],
    ['email', 'owner_email_is_unique_among_live'],
  ])('are looked up in an index: %s', async (path, index) => {
    const before = await scansOf(index);
    const crowd = principalOf(await manyOwners, ['AUDITOR']);
    for (const kind of ['startsWith', 'compare'] as const) {
      const value = 'someone 1234';
      const where = kind === 'compare' ? { kind, path, op: 'eq' as const, value } : { kind, path, value };
      await catalogue.search(crowd, { ...all, where, withTotal: false });
    }
    expect((await scansOf(index)) - before).toBe(2);
  });
});

let manyOwners: Promise<string>;
beforeAll(() => {
  manyOwners = (async () => {
    const other = await bed.given.organization();
    await bed.given.sql(
      `insert into owner (organization_id, name, name_key, email, email_key)
       select o, 'n', 'someone ' || i, 'm', 'someone ' || i || '@example.com'
         from unnest($1::uuid[]) o, generate_series(1, 3000) i`,
      [[other.id]],
    );
    await bed.given.sql('analyze owner');
    return other.id;
  })();
});

async function scansOf(index: string): Promise<number> {
  // Scans are counted by the connection that made them, which is the one to be used next.
  await bed.database.query(caller(), countScansNow);
  const text = 'select coalesce(idx_scan, 0)::integer as scans from pg_stat_user_indexes where indexrelname = $1';
  return Number((await bed.given.sql<{ scans: number }>(text, [index]))[0]?.scans);
}
