import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '@app/access';
import { newId } from '@app/kernel';
import { and, type Condition, everything, not, or, type Sort } from '@app/query';
import type { OffsetSearch } from '@app/persistence';
import { principalOf } from '../../../test/support/callers.js';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { orderKeyOf } from './account-order.js';
import { accountPageFromEndQuery, fetchPage } from './account-page.js';
import { AccountTally, tallyFilterOf } from './account-tally.js';
import { AccountService } from './account.service.js';

let bed: TestBed;
let accounts: AccountService;
let company: GivenOrganization;
let application: Row;
let connector: Row;

beforeAll(async () => {
  bed = await openTestBed();
  accounts = new AccountService(bed.database, new AccountTally(bed.database));
});
afterAll(() => bed.close());

beforeEach(async () => {
  company = await bed.given.organization();
  application = await company.application({ name: 'Directory' });
  connector = await company.connector(application, { name: 'Feed' });
});

const as = (role: Role, userId = newId(), organization = company) => principalOf(organization.id, [role], userId);
const all: OffsetSearch = { where: everything, sort: [], limit: 250, offset: 0, withTotal: true };
const search = (some: Partial<OffsetSearch> = {}, caller = as('HELPDESK')) =>
  accounts.search(caller, { ...all, ...some });
const compare = (path: string, value: string | boolean): Condition => ({ kind: 'compare', path, op: 'eq', value });
const idsOf = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id);

describe('an account', () => {
  it('comes with its connector, its owner and the connector’s contact', async () => {
    const user = await company.user();
    const contact = await company.owner({ name: 'Contact', user_id: user.id });
    await company.connectorOwner(connector, user);
    const owner = await company.owner({ name: 'Zoë' });
    const { id } = await company.account(connector, owner, {
      name: 'zoe',
      native_identity: 'CN=Zoë',
      attributes: { mail: 'Z@x.test', groups: ['a', 'b'] },
      description: 'main',
      uuid: '{7}',
      entitlement_count: 2,
      created_at: '2024-01-01T00:00:00.010Z',
      modified_at: '2024-01-02T00:00:00Z',
    });
    const row = {
      id,
      name: 'zoe',
      created_at: '2024-01-01T00:00:00.010Z',
      modified_at: '2024-01-02T00:00:00.000Z',
      connector_id: connector.id,
      connector_name: 'Feed',
      connector_kind: 'delimited-file',
      authoritative: false,
      owner_id: owner.id,
      owner_name: 'Zoë',
      owner_state: 'active',
      identity_state: 'ACTIVE',
      attributes: { mail: 'Z@x.test', groups: ['a', 'b'] },
      description: 'main',
      disabled: false,
      locked: false,
      native_identity: 'CN=Zoë',
      system_account: false,
      uuid: '{7}',
      correlation: 'rule',
      origin: 'AGGREGATED',
      entitlement_count: 2,
      source_owner_id: contact.id,
      source_owner_name: 'Contact',
    };
    expect(await accounts.get(as('AUDITOR'), id.toUpperCase())).toEqual(row);
    expect((await search()).items).toEqual([row]);
  });

  it('of nobody has no owner and no state', async () => {
    const { id } = await company.account(connector);
    const nobody = { owner_id: null, owner_name: null, owner_state: null, identity_state: null, correlation: 'none' };
    expect(await accounts.get(as('AUDITOR'), id)).toMatchObject({ ...nobody, source_owner_id: null });
  });

  it('takes the first linked user in role owner for the connector’s contact', async () => {
    const [unlinked, helper, linked] = [await company.user(), await company.user(), await company.user()];
    await company.connectorOwner(connector, unlinked);
    await company.connectorOwner(connector, helper, 'backup');
    await company.connectorOwner(connector, linked);
    await company.owner({ user_id: helper.id });
    const contact = await company.owner({ user_id: linked.id });
    const { id } = await company.account(connector);
    expect(await accounts.get(as('AUDITOR'), id)).toMatchObject({ source_owner_id: contact.id });
    await bed.given.sql('update app_user set deleted_at = now() where id = $1', [linked.id]);
    expect(await accounts.get(as('AUDITOR'), id)).toMatchObject({ source_owner_id: null });
  });

  it.each([
    ['ACTIVE', { status: 'active', end_date: '2001-01-01' }],
    ['INACTIVE_SHORT_TERM', { status: 'inactive' }],
    ['INACTIVE_SHORT_TERM', { status: 'inactive', status_changed_at: ago(89) }],
    ['INACTIVE_LONG_TERM', { status: 'inactive', status_changed_at: ago(91) }],
    ['INACTIVE_SHORT_TERM', { status: 'inactive', status_changed_at: ago(400), end_date: ago(80).slice(0, 10) }],
    ['INACTIVE_LONG_TERM', { status: 'inactive', end_date: ago(91).slice(0, 10) }],
  ])('has the identity state %s of an owner %j', async (state, fields) => {
    const { id } = await company.account(connector, await company.owner(fields));
    expect(await accounts.get(as('AUDITOR'), id)).toMatchObject({ identity_state: state });
  });

  it.each(['', 'x', newId()])('is unknown by the id %j', async (id) => {
    await expect(accounts.get(as('AUDITOR'), id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is unknown once deleted, and counted nowhere', async () => {
    const { id } = await company.account(connector, null, { deleted_at: new Date() });
    await expect(accounts.get(as('AUDITOR'), id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await search()).toEqual({ items: [], total: 0 });
  });
});

function ago(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString();
}

describe('pages of accounts', () => {
  const paths = ['id', 'name', 'created', 'modified', 'ownerName', 'entitlements', 'uuid', 'identityState', 'origin'];
  const sorts: Sort[][] = paths.map((path) => [{ path, direction: 'asc' }]);
  const reversed = (sort: Sort[]): Sort[] => sort.map(({ path }) => ({ path, direction: 'desc' }));

  it.each(sorts)('by %j never overlap, and descend in exact reverse, whatever is equal', async (...sort) => {
    const moments = ['2024-01-01T00:00:00Z', '2024-01-01T00:00:00.001Z'];
    for (let i = 0; i < 12; i++) {
      const [created_at, modified_at] = [moments[i % 2], moments[i % 3 === 0 ? 0 : 1]];
      await company.account(connector, null, { name: ['same', 'Same', 'other'][i % 3], created_at, modified_at });
    }
    const whole = idsOf((await search({ sort })).items);
    expect(new Set(whole).size).toBe(12);
    const pages = [];
    for (let offset = 0; offset < 14; offset += 5)
      pages.push(...idsOf((await search({ sort, limit: 5, offset })).items));
    expect(pages).toEqual(whole);
    expect(idsOf((await search({ sort: reversed(sort) })).items)).toEqual(whole.toReversed());
  });

  it.each(sorts)('by %j are the same counted from the end, whichever there are', async (...sort) => {
    const owner = await company.owner();
    for (let i = 0; i < 7; i++) await company.account(connector, i % 2 === 0 ? owner : null, { name: `n${i % 3}` });
    await company.account(await company.connector(application), owner);
    await company.account(connector, null, { deleted_at: '2024-01-01T00:00:00Z' });
    const caller = as('HELPDESK');
    for (const where of [everything, compare('connectorId', connector.id), compare('uncorrelated', false)]) {
      for (let offset = 0; offset <= 9; offset++) {
        const request = { where, sort, limit: 3, offset };
        const order = sort.map(orderKeyOf);
        const fromEnd = accountPageFromEndQuery({ ...request, order }, tallyFilterOf(where)!);
        const found = await fetchPage(bed.database, caller, fromEnd);
        expect(found).toEqual((await search(request)).items);
      }
    }
  });

  it('far behind are found from whichever end is nearer', async () => {
    await company.account(connector);
    await company.tally(connector, false, 12_000);
    expect(await search({ offset: 11_000 })).toEqual({ items: [], total: 12_001 });
    expect((await search({ offset: 12_000 })).items).toHaveLength(1);
  });

  it('sort by several keys', async () => {
    const made = [];
    for (const [name, created_at] of [
      ['b', 1],
      ['a', 1],
      ['a', 2],
    ] as const) {
      made.push(await company.account(connector, null, { name, created_at: `2024-01-0${created_at}T00:00:00Z` }));
    }
    const sort: Sort[] = [
      { path: 'name', direction: 'asc' },
      { path: 'created', direction: 'desc' },
    ];
    expect(idsOf((await search({ sort })).items)).toEqual([made[2]!.id, made[1]!.id, made[0]!.id]);
  });

  it('sort names by code point of the folded text', async () => {
    for (const name of ['ä', 'Z', 'b', 'A', '_']) await company.account(connector, null, { name });
    const { items } = await search({ sort: [{ path: 'name', direction: 'asc' }] });
    expect(items.map(({ name }) => name)).toEqual(['_', 'A', 'b', 'Z', 'ä']);
  });

  it('are empty past the end and at limit 0, with the total', async () => {
    await company.account(connector);
    expect(await search({ offset: 1 })).toEqual({ items: [], total: 1 });
    expect(await search({ limit: 0 })).toEqual({ items: [], total: 1 });
    expect(await search({ limit: 0, withTotal: false })).toEqual({ items: [] });
  });
});

describe('filters of accounts', () => {
  const cases: [string, (a: Row, b: Row) => Condition, number[]][] = [
    ['id', (a) => compare('id', a.id.toUpperCase()), [0]],
    ['a malformed id', () => compare('id', 'x'), []],
    ['the start of an id', (a) => ({ kind: 'startsWith', path: 'id', value: a.id }), [0]],
    ['name without case', () => compare('name', 'ZOË'), [0]],
    ['a list of names', () => ({ kind: 'in', path: 'name', values: ['zoë', '100%_\\'] }), [0, 1]],
    ['the start of a name, literally', () => ({ kind: 'startsWith', path: 'name', value: '100%' }), [1]],
    ['a percent sign is none', () => ({ kind: 'startsWith', path: 'name', value: '%' }), []],
    ['native identity', () => ({ kind: 'startsWith', path: 'nativeIdentity', value: 'cn=z' }), [0]],
    ['owner', (a) => compare('ownerId', String(a['owner_id'])), [0]],
    ['no such owner, negated', (a) => not(compare('ownerId', String(a['owner_id']))), [1]],
    ['connector', (a) => compare('connectorId', String(a['connector_id'])), [0, 1]],
    ['uncorrelated', () => compare('uncorrelated', true), [1]],
    ['correlated', () => compare('uncorrelated', false), [0]],
    ['either', (a, b) => or(compare('id', a.id), compare('id', b.id)), [0, 1]],
    ['both', (a, b) => and(compare('id', a.id), compare('id', b.id)), []],
  ];

  it.each(cases)('find by %s', async (_name, condition, found) => {
    const zoe = await company.account(connector, await company.owner(), { name: 'Zoë', native_identity: 'CN=Zoë' });
    const odd = await company.account(connector, null, { name: '100%_\\' });
    const expected = found.map((i) => [zoe, odd][i]!.id).toSorted();
    const { items, total } = await search({ where: condition(zoe, odd) });
    expect(idsOf(items)).toEqual(expected);
    expect(total).toBe(expected.length);
  });
});

describe('totals', () => {
  it('kept in the tally are those that counting gives', async () => {
    const other = await company.connector(application);
    const owner = await company.owner();
    for (const [feed, whose] of [
      [connector, owner],
      [connector, null],
      [connector, null],
      [other, owner],
    ] as const) {
      await company.account(feed, whose);
    }
    const parts = [compare('connectorId', connector.id), compare('connectorId', other.id)];
    const kinds = [compare('uncorrelated', true), compare('uncorrelated', false)];
    const both = parts.flatMap((part) => kinds.map((kind) => and(part, kind)));
    const totals = [];
    for (const where of [everything, ...parts, ...kinds, ...both]) {
      const everyId: Condition = { kind: 'startsWith', path: 'id', value: '' };
      const [kept, counted] = [await search({ where }), await search({ where: and(where, everyId) })];
      expect(kept.total).toBe(counted.total);
      totals.push(kept.total);
    }
    expect(totals).toEqual([4, 3, 1, 2, 2, 2, 1, 0, 1]);
  });

  it('come from the tally only for whom it is true', async () => {
    const user = await company.user();
    await company.account(connector);
    expect((await search({}, as('SOURCE_SUBADMIN', user.id))).total).toBe(0);
  });
});

describe('a SOURCE_SUBADMIN', () => {
  let mine: Row;
  let foreign: Row;
  let owner: Row;
  let user: Row;
  const subadmin = () => as('SOURCE_SUBADMIN', user.id);

  beforeEach(async () => {
    user = await company.user();
    owner = await company.owner();
    const others = await company.connector(application, { name: 'Foreign' });
    await company.connectorOwner(connector, user, 'backup');
    await company.connectorOwner(connector, user);
    await company.connectorOwner(others, await company.user());
    mine = await company.account(connector, owner, { name: 'b' });
    foreign = await company.account(others, owner, { name: 'a' });
  });

  it.each<[string, () => Condition]>([
    ['everything', () => everything],
    ['both by id', () => ({ kind: 'in', path: 'id', values: [mine.id, foreign.id] })],
    ['all names', () => ({ kind: 'startsWith', path: 'name', value: '' })],
    ['correlated ones', () => compare('uncorrelated', false)],
    ['not his own', () => not(compare('id', newId()))],
  ])('lists and counts accounts of own connectors only, asked for %s', async (_name, where) => {
    for (const path of ['id', 'name', 'created', 'modified']) {
      const page = await search({ where: where(), sort: [{ path, direction: 'desc' }] }, subadmin());
      expect([idsOf(page.items), page.total]).toEqual([[mine.id], 1]);
    }
    expect((await search({ where: where() })).total).toBe(2);
  });

  it('finds nothing by the connector or the id of another', async () => {
    const where = compare('connectorId', String(foreign['connector_id']));
    expect(await search({ where }, subadmin())).toEqual({ items: [], total: 0 });
    expect(await search({ where: compare('id', foreign.id) }, subadmin())).toEqual({ items: [], total: 0 });
  });

  it('gets own accounts, and no other: they do not exist', async () => {
    expect(await accounts.get(subadmin(), mine.id)).toMatchObject({ id: mine.id });
    await expect(accounts.get(subadmin(), foreign.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('sees of an owner the accounts of own connectors', async () => {
    expect(idsOf(await accounts.ofOwner(subadmin(), owner.id))).toEqual([mine.id]);
    expect(await accounts.ofOwner(as('HELPDESK'), owner.id)).toHaveLength(2);
  });

  it('sees everything with another role beside it', async () => {
    const both = principalOf(company.id, ['SOURCE_SUBADMIN', 'HELPDESK'], user.id);
    expect((await search({}, both)).total).toBe(2);
  });

  it('sees nothing by a connector owned in another organization', async () => {
    const other = await bed.given.organization();
    const feed = await other.connector(await other.application());
    await other.account(feed);
    expect(await search({}, as('SOURCE_SUBADMIN', user.id, other))).toEqual({ items: [], total: 0 });
  });
});

describe('the accounts of an owner', () => {
  const now = new Date('2024-06-01T12:00:00Z');
  const of = async (ownerId: string) => accounts.ofOwner(as('HELPDESK'), ownerId, now);

  it('show what risk is judged by', async () => {
    const owner = await company.owner();
    const { id } = await company.account(connector, owner, {
      name: 'zoe',
      email: 'Zoe@x.test',
      source_created_at: '2020-01-01T00:00:00Z',
      last_login_at: '2024-05-01T00:00:00.100Z',
      mfa_enabled: false,
      password_last_set_at: '2023-01-01T00:00:00Z',
      failed_logins: 12,
      failed_logins_at: '2024-06-01T11:30:00Z',
      has_highly_privileged_role: true,
    });
    expect(await of(owner.id)).toEqual([
      {
        id,
        owner_id: owner.id,
        name: 'zoe',
        email: 'Zoe@x.test',
        application: 'Directory',
        status: 'active',
        created_at: '2020-01-01T00:00:00.000Z',
        last_login_at: '2024-05-01T00:00:00.100Z',
        mfa_enabled: false,
        password_enabled: true,
        password_last_set_at: '2023-01-01T00:00:00.000Z',
        privileged: true,
        vaulted: false,
        shared: false,
        breached: false,
        failed_logins_last_hour: 12,
        in_privileged_group: false,
        in_highly_privileged_group: false,
        has_highly_privileged_role: true,
        group_deviation: false,
      },
    ]);
  });

  it.each([
    ['disabled', { disabled: true, locked: true }],
    ['locked', { locked: true }],
    ['active', {}],
  ])('are %s given %j', async (status, fields) => {
    const owner = await company.owner();
    await company.account(connector, owner, fields);
    expect(await of(owner.id)).toMatchObject([{ status }]);
  });

  it.each([
    [7, '2024-06-01T11:00:00.001Z'],
    [0, '2024-06-01T11:00:00.000Z'],
    [0, null],
  ])('have %i failed logins when counted at %s', async (shown, failed_logins_at) => {
    const owner = await company.owner();
    await company.account(connector, owner, { failed_logins: 7, failed_logins_at });
    expect(await of(owner.id)).toMatchObject([{ failed_logins_last_hour: shown }]);
  });

  it('go by application, name without case, and id', async () => {
    const owner = await company.owner();
    const apple = await company.connector(await company.application({ name: 'apple' }));
    for (const [feed, name] of [
      [connector, 'a'],
      [apple, 'b'],
      [apple, 'A'],
    ] as const) {
      await company.account(feed, owner, { name });
    }
    const rows = await of(owner.id);
    expect(rows.map(({ application, name }) => [application, name])).toEqual([
      ['apple', 'A'],
      ['apple', 'b'],
      ['Directory', 'a'],
    ]);
  });

  it('are none of a deleted or unknown owner, however the id is spelled, and none that are deleted', async () => {
    const [owner, left] = [await company.owner(), await company.owner({ deleted_at: new Date() })];
    const { id } = await company.account(connector, owner);
    await company.account(connector, owner, { deleted_at: new Date() });
    await company.account(connector, left);
    expect(idsOf(await of(owner.id.toUpperCase()))).toEqual([id]);
    for (const none of [left.id, newId(), '__proto__', 'x']) expect(await of(none)).toEqual([]);
  });
});

describe('another organization', () => {
  it('is never seen in lists, totals, by id or by owner', async () => {
    const owner = await company.owner();
    const account = await company.account(connector, owner);
    const other = await bed.given.organization();
    const stranger = as('ORG_ADMIN', newId(), other);

    expect(await search({}, stranger)).toEqual({ items: [], total: 0 });
    for (const where of [
      compare('id', account.id),
      compare('connectorId', connector.id),
      compare('ownerId', owner.id),
    ]) {
      expect(await search({ where }, stranger)).toEqual({ items: [], total: 0 });
    }
    await expect(accounts.get(stranger, account.id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await accounts.ofOwner(stranger, owner.id)).toEqual([]);
  });
});
