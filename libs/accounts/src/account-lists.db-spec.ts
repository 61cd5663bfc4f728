import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Principal } from '@app/access';
import { newId } from '@app/kernel';
import type { Condition, Sort } from '@app/query';
import { principalOf } from '../../../test/support/callers.js';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { conditionsOver, type Facts, meant, sortsOver } from '../../../test/support/list-oracle.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { AccountTally } from './account-tally.js';
import { AccountService } from './account.service.js';

let bed: TestBed;
let service: AccountService;
let company: GivenOrganization;
let feeds: readonly (Row & { facts: Omit<Facts, 'id'> })[];
let records: readonly Facts[];
let callers: readonly { readonly caller: Principal; readonly sees: (record: Facts) => boolean }[];
let rights: readonly Row[];

const names = ['ada', 'Ada', 'Zoë', '100%', '_', 'bo'];
const instants = ['2024-01-01T00:00:00.000Z', '2024-01-01T00:00:00.001Z', '2025-06-01T12:00:00.000Z'];
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();

beforeAll(async () => {
  bed = await openTestBed();
  service = new AccountService(bed.database, new AccountTally(bed.database));
  company = await bed.given.organization();
  feeds = await someConnectors();
  rights = [await company.entitlement(feeds[0]!), await company.entitlement(feeds[1]!)];
  records = await someAccounts();
  // Another organization's are there, and never seen.
  const others = await bed.given.organization();
  await others.account(await others.connector(await others.application()), await others.owner(), { name: 'ada' });
});
afterAll(() => bed.close());

/** Two have one name, one is authoritative, one has a contact; a fifth has no account at all. */
async function someConnectors() {
  const [one, other] = [await company.application(), await company.application()];
  const [contact, user] = [await company.user(), await company.user()];
  await company.owner({ name: 'Contact', user_id: contact.id });
  const made = [
    await company.connector(one, { name: 'Feed' }),
    await company.connector(other, { name: 'feed' }),
    await company.connector(one, { name: 'HR', authoritative: true }),
    await company.connector(other, { name: 'Ä Wiki' }),
    await company.connector(other, { name: 'Empty' }),
  ];
  await company.connectorOwner(made[0]!, contact);
  for (const own of [made[1]!, made[2]!]) await company.connectorOwner(own, user, 'backup');
  callers = [
    { caller: principalOf(company.id, ['HELPDESK']), sees: () => true },
    {
      caller: principalOf(company.id, ['SOURCE_SUBADMIN'], user.id),
      sees: ({ connectorId }) => connectorId === made[1]!.id || connectorId === made[2]!.id,
    },
    { caller: principalOf(company.id, ['SOURCE_SUBADMIN'], newId()), sees: () => false },
  ];
  return made.map((row, i) => ({
    ...row,
    facts: {
      connectorId: row.id,
      connectorName: row.name,
      authoritative: i === 2,
      connectionType: 'file',
      sourceOwnerName: i === 0 ? 'Contact' : null,
    },
  }));
}

async function someAccounts(): Promise<Facts[]> {
  const owners = [
    { state: 'ACTIVE', row: await company.owner({ name: 'Zoë', connector_id: feeds[2]!.id, identity_id: '1' }) },
    { state: 'ACTIVE', row: await company.owner({ name: 'ada', end_date: '2001-01-01' }) },
    { state: 'INACTIVE_SHORT_TERM', row: await company.owner({ name: 'Bo', status: 'inactive' }) },
    {
      state: 'INACTIVE_LONG_TERM',
      row: await company.owner({ name: 'bo', status: 'inactive', status_changed_at: daysAgo(91) }),
    },
  ];
  const next = fc.sample(fc.array(fc.nat(59), { minLength: 12, maxLength: 12 }), { numRuns: 90, seed: 7 });
  const made: Facts[] = [];
  for (const dice of next) {
    const [whose, feed, named, native, created, modified, uuid, manual, origin, held] = dice;
    const owner = owners[whose! % 6];
    const connector = feeds[feed! % 4]!;
    const entitlements = rights.filter((_, i) => (held! >> i) % 2 === 1).map(({ id }) => id);
    const columns = {
      name: names[named! % 6],
      native_identity: `${names[native! % 6]} ${dice[10]} ${newId()}`,
      created_at: instants[created! % 3],
      modified_at: instants[modified! % 3],
      uuid: uuid! % 3 === 0 ? null : `u${uuid! % 5}`,
      origin: origin! % 4 === 0 ? 'PROVISIONED' : 'AGGREGATED',
      ...(owner && manual! % 4 === 0 && { correlation: 'manual' }),
      ...(dice[11] === 0 && { deleted_at: new Date() }),
    };
    const row = await company.account(connector, owner?.row ?? null, columns);
    for (const id of entitlements)
      await company.holds(
        row,
        rights.find((right) => right.id === id)!,
      );
    made.push({
      ...connector.facts,
      id: row.id,
      live: dice[11] !== 0,
      name: row.name,
      nativeIdentity: columns.native_identity,
      created: new Date(columns.created_at!),
      modified: new Date(columns.modified_at!),
      uuid: columns.uuid,
      origin: columns.origin,
      ownerId: owner?.row.id ?? null,
      uncorrelated: owner === undefined,
      ownerName: owner?.row.name ?? null,
      ownerCorrelated: owner ? owner === owners[0] : null,
      identityState: owner?.state ?? null,
      manuallyCorrelated: columns.correlation === 'manual',
      entitlements,
      hasEntitlements: entitlements.length > 0,
      recommendation: null,
    });
  }
  return made;
}

const text = { kinds: ['compare', 'in', 'startsWith'] } as const;
const exact = { kinds: ['compare', 'in'] } as const;
const truth = { kinds: ['compare'], values: [true, false] } as const;
const times = {
  kinds: ['compare'],
  ops: ['eq', 'ge', 'gt', 'le', 'lt'],
  values: instants.map((instant) => new Date(instant)),
} as const;

/** Every filter that lists of accounts know, with values that some, all or none have. */
function someCondition(): fc.Arbitrary<Condition> {
  const parts = [...names, 'ZO', 'b', '', 'feed', 'hr', 'Empty'];
  const ids = (some: readonly unknown[]) => [...some.filter((id) => typeof id === 'string'), 'x', '', newId()];
  return conditionsOver({
    id: { ...text, values: ids(records.map(({ id }) => id)) },
    connectorId: { ...text, values: ids(feeds.map(({ id }) => id)) },
    ownerId: { ...text, values: ids(records.map(({ ownerId }) => ownerId)) },
    name: { ...text, values: parts },
    nativeIdentity: { ...text, values: parts },
    ownerName: { ...text, values: parts },
    connectorName: { ...exact, values: parts },
    entitlements: { kinds: ['compare'], values: ids(rights.map(({ id }) => id)) },
    uncorrelated: truth,
    ownerCorrelated: truth,
    authoritative: truth,
    hasEntitlements: truth,
    manuallyCorrelated: truth,
    identityState: { ...exact, values: ['ACTIVE', 'INACTIVE_SHORT_TERM', 'INACTIVE_LONG_TERM', 'GONE'] },
    origin: { ...exact, values: ['AGGREGATED', 'PROVISIONED', 'x'] },
    connectionType: { ...exact, values: ['file', 'direct', 'x'] },
    recommendation: { kinds: ['compare', 'in', 'isNull'], values: ['HUMAN', ''] },
    created: times,
    modified: times,
  });
}

const orders = `id name created modified connectorId ownerId nativeIdentity ownerName manuallyCorrelated hasEntitlements
  origin ownerCorrelated identityState connectorName authoritative connectionType sourceOwnerName uuid entitlements`.split(
  /\s+/,
);

const someRequest = () =>
  fc.record({
    where: someCondition(),
    sort: sortsOver(orders),
    offset: fc.oneof(fc.constant(0), fc.nat(100)),
    limit: fc.constantFrom(0, 1, 7, 250),
    who: fc.nat(2),
  });

describe('any list of accounts', () => {
  it('has the rows, the order, the page and the total that its words mean, for whoever asks', async () => {
    const property = fc.asyncProperty(someRequest(), async ({ who, ...request }) => {
      const { caller, sees } = callers[who]!;
      const page = await service.search(caller, { ...request, withTotal: true });
      const { where, sort, offset, limit } = request;
      const listed = meant(
        records.filter((record) => record['live'] && sees(record)),
        where,
        sort,
      );
      expect(page.items.map(({ id }) => id)).toEqual(listed.slice(offset, offset + limit));
      expect(page.total).toBe(listed.length);
    });
    await fc.assert(property, { numRuns: 1_500 });
  });

  it.each(orders)('by %s runs backwards as it runs forwards', async (path) => {
    const ids = async (direction: Sort['direction']) => {
      const request = { where: { kind: 'and', of: [] } as const, sort: [{ path, direction }], limit: 250, offset: 0 };
      const { items } = await service.search(callers[0]!.caller, { ...request, withTotal: false });
      return items.map(({ id }) => id);
    };
    expect(await ids('desc')).toEqual((await ids('asc')).toReversed());
  });
});
