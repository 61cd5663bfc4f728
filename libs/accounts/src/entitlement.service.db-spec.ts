import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { everything } from '@app/query';
import { principalOf } from '../../../test/support/callers.js';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { conditionsOver, type Facts, meant, sortsOver } from '../../../test/support/list-oracle.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { EntitlementService } from './entitlement.service.js';

let bed: TestBed;
let service: EntitlementService;
let company: GivenOrganization;
let feeds: [Row, Row];
let subadmin: Row;
let entitlements: Row[];
let records: Facts[];
let account: Row;
let held: string[];

const days = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.001Z', '2026-02-01T00:00:00.000Z'];
const given = [
  { value: 'cn=domain admins', name: 'Domain Admins', attribute: 'groups', privileged: true },
  { value: 'cn=wiki', name: 'wiki', attribute: 'groups', description: 'Reads' },
  { value: 'auditor', name: 'Wiki', attribute: 'roles', kind: 'role' },
  { value: '100%_\\', name: '100%_\\', attribute: 'entitlements' },
  { value: 'ärger', name: 'Ärger', attribute: 'roles', kind: 'role' },
];

beforeAll(async () => {
  bed = await openTestBed();
  service = new EntitlementService(bed.database);
  company = await bed.given.organization();
  const application = await company.application();
  feeds = [
    await company.connector(application, { name: 'AD' }),
    await company.connector(application, { name: 'Wiki' }),
  ];
  subadmin = await company.user();
  await company.connectorOwner(feeds[1], subadmin, 'backup_owner');
  entitlements = [];
  for (const [i, columns] of given.entries()) {
    const times = { created_at: days[i % 3], modified_at: days[(i + 1) % 3] };
    entitlements.push(await company.entitlement(feeds[i % 2 === 0 ? 0 : 1], { ...columns, ...times }));
  }
  records = given.map(({ name, value, attribute, kind = 'group' }, i) => ({
    id: entitlements[i]!.id,
    name,
    value,
    attribute,
    kind,
    connectorId: feeds[i % 2 === 0 ? 0 : 1].id,
    created: new Date(days[i % 3]!),
    modified: new Date(days[(i + 1) % 3]!),
  }));
  account = await company.account(feeds[0]);
  held = [entitlements[0]!.id, entitlements[4]!.id];
  for (const i of [4, 0]) await company.holds(account, entitlements[i]!);
  const others = await bed.given.organization();
  await others.entitlement(await others.connector(await others.application()), { value: 'cn=wiki' });
});
afterAll(() => bed.close());

const admin = () => principalOf(company.id, ['AUDITOR']);
const narrow = (userId = subadmin.id) => principalOf(company.id, ['SOURCE_SUBADMIN'], userId);
const all = { where: everything, sort: [], limit: 250, offset: 0, withTotal: true };
const idsOf = ({ items }: { items: readonly { id: string }[] }) => items.map(({ id }) => id);

describe('any list of entitlements', () => {
  it('has the rows, the order, the page and the total that its words mean, for whoever asks', async () => {
    const ids = entitlements.flatMap(({ id }) => [id, id.toUpperCase()]);
    const times = {
      kinds: ['compare'] as const,
      ops: ['eq', 'ge', 'gt', 'le', 'lt'] as const,
      values: days.map((day) => new Date(day)),
    };
    const asked = fc.record({
      where: conditionsOver({
        id: { kinds: ['compare', 'in'], values: [...ids, newId(), 'x'] },
        name: { kinds: ['compare', 'in', 'startsWith'], values: ['WIKI', 'domain', 'ä', '%', ''] },
        value: { kinds: ['compare', 'in', 'startsWith'], values: ['cn=', 'cn=wiki', 'auditor', 'ä', '100%', '_', ''] },
        attribute: { kinds: ['compare', 'in'], values: ['groups', 'roles', 'x'] },
        kind: { kinds: ['compare', 'in'], values: ['group', 'role', 'x'] },
        connectorId: { kinds: ['compare', 'in'], values: [feeds[0].id, newId(), 'x'] },
        created: times,
        modified: times,
      }),
      sort: sortsOver(Object.keys(records[0]!)),
      offset: fc.nat(6),
      limit: fc.constantFrom(0, 2, 250),
      narrowed: fc.boolean(),
      ofAccount: fc.boolean(),
    });
    const property = fc.asyncProperty(asked, async ({ narrowed, ofAccount, ...search }) => {
      const heldBy = ofAccount ? account.id : undefined;
      const page = await service.search(narrowed ? narrow() : admin(), { ...search, heldBy, withTotal: true });
      const seen = records.filter(
        ({ id, connectorId }) => (!narrowed || connectorId === feeds[1].id) && (!ofAccount || held.includes(id)),
      );
      const expected = meant(seen, search.where, search.sort);
      expect(idsOf(page)).toEqual(expected.slice(search.offset, search.offset + search.limit));
      expect(page.total).toBe(expected.length);
    });
    await fc.assert(property, { numRuns: 400 });
  });

  it('takes the letter case of values for what the source means by it', async () => {
    const twin = await company.entitlement(feeds[1], { value: 'CN=Wiki', name: 'wiki' });
    const find = async (value: string) =>
      idsOf(await service.search(admin(), { ...all, where: { kind: 'compare', path: 'value', op: 'eq', value } }));
    expect([await find('CN=Wiki'), await find('cn=wiki')]).toEqual([[twin.id], [entitlements[1]!.id]]);
    await bed.given.sql('delete from entitlement where id = $1', [twin.id]);
  });
});

describe('an entitlement', () => {
  it('comes with its connector', async () => {
    const [first] = entitlements as [Row];
    const found = await service.get(admin(), first.id.toUpperCase());
    expect(found).toEqual({
      id: first.id,
      name: 'Domain Admins',
      attribute: 'groups',
      value: 'cn=domain admins',
      description: null,
      kind: 'group',
      privileged: true,
      connector_id: feeds[0].id,
      connector_name: 'AD',
      created_at: days[0],
      modified_at: days[1],
    });
    expect((await service.search(admin(), all)).items[0]).toEqual(found);
  });

  it('is found by whom it may be seen by', async () => {
    const [onFirst, onSecond] = entitlements as [Row, Row];
    expect((await service.get(narrow(), onSecond.id)).id).toBe(onSecond.id);
    const stranger = principalOf((await bed.given.organization()).id, ['Administrator']);
    const refused = [
      [narrow(), onFirst.id],
      [narrow(newId()), onSecond.id],
      [stranger, onFirst.id],
      [admin(), newId()],
      [admin(), 'x'],
    ] as const;
    for (const [who, id] of refused) await expect(service.get(who, id)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('what an account holds', () => {
  const slice = { limit: 250, offset: 0, withTotal: true };

  it('is listed in slices, with its total', async () => {
    expect(idsOf(await service.ofAccount(admin(), account.id, slice))).toEqual(held);
    const page = await service.ofAccount(admin(), account.id.toUpperCase(), { ...slice, limit: 1, offset: 1 });
    expect([idsOf(page), page.total]).toEqual([[held[1]], 2]);
    expect(await service.ofAccount(admin(), account.id, { ...slice, offset: 2, withTotal: false })).toEqual({
      items: [],
    });
    const holdsNothing = await company.account(feeds[1]);
    expect(await service.ofAccount(narrow(), holdsNothing.id, slice)).toEqual({ items: [], total: 0 });
  });

  it('is none of an account that is deleted, unknown or out of reach', async () => {
    const gone = await company.account(feeds[0], null, { deleted_at: new Date() });
    await company.holds(gone, entitlements[2]!);
    const stranger = principalOf((await bed.given.organization()).id, ['Administrator']);
    for (const [who, id] of [
      [admin(), gone.id],
      [narrow(), account.id],
      [stranger, account.id],
      [admin(), newId()],
      [admin(), 'x'],
    ] as const) {
      await expect(service.ofAccount(who, id, slice)).rejects.toMatchObject({ code: 'not_found' });
      expect((await service.search(who, { ...all, heldBy: id })).items).toEqual([]);
    }
  });
});
