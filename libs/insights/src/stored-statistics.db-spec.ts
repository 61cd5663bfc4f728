import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serverCaller } from '@app/access';
import type { DomainEvent } from '@app/kernel';
import { statement } from '@app/persistence';
import { principalOf } from '../../../test/support/callers.js';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { InsightsService } from './insights.service.js';
import { riskModelVersion } from './risk-categories.js';
import { StatisticsUpkeep } from './statistics-upkeep.js';

const now = new Date('2024-06-01T12:00:00.000Z');
const day = 86_400_000;
const at = (days: number) => new Date(now.getTime() + days * day);

const disable = statement<never>(
  undefined,
  'update account set disabled = true where organization_id = $1 and id = $2',
);

let bed: TestBed;
let insights: InsightsService;
let company: GivenOrganization;
let connector: Row;

beforeAll(async () => {
  bed = await openTestBed();
  insights = new InsightsService(bed.database);
  new StatisticsUpkeep(bed.announcements).onModuleInit();
});
afterAll(() => bed.close());

beforeEach(async () => {
  await bed.given.sql('delete from owner_statistics');
  company = await bed.given.organization();
  connector = await company.connector(await company.application());
});

const system = (organization = company) => serverCaller(organization.id, 'system', 'test', null);
const recompute = (ids: string[], when = now, organization = company) =>
  bed.database.inTransaction(system(organization), (tx) => insights.recompute(tx, ids, when));
const announce = (event: DomainEvent) => bed.database.inTransaction(system(), async (tx) => tx.announce(event));
const stored = async ({ id }: Row) =>
  (await bed.given.sql('select s.*, s.xmin::text as written from owner_statistics s where owner_id = $1', [id]))[0];

/** Live statistics as the table spells them. */
async function live(owner: Row, when = now) {
  const { figures, risk, nextChangeAt } = await insights.statisticsOf(
    principalOf(company.id, ['AUDITOR']),
    owner.id,
    when,
  );
  const judged = { total_threat: risk.score, risk_level: risk.level, risk_model_version: riskModelVersion };
  return { ...figures, ...judged, next_change_at: nextChangeAt === null ? null : new Date(nextChangeAt) };
}

/** Accounts of many kinds, dealt out in a fixed way. */
async function variousAccounts(owner: Row | null, count: number, email?: string): Promise<void> {
  for (let i = 0; i < count; i++) {
    await company.account(connector, owner, {
      email: email ?? null,
      disabled: i % 5 === 4,
      mfa_enabled: [true, false, null][i % 3],
      privileged: i % 4 === 0,
      shared: i % 7 === 0,
      breached: i % 6 === 1,
      last_login_at: i % 8 === 3 ? null : at(-i * 37),
      password_last_set_at: i % 9 === 5 ? null : at(-i * 41),
      failed_logins: i,
      failed_logins_at: at(-1 / 48),
    });
  }
}

describe('stored statistics', () => {
  it('equal the live ones, for many owners at once', async () => {
    const owners: Row[] = [];
    for (let i = 0; i < 6; i++) {
      const owner = await company.owner({ email: `o${i}@x.test`, status: i === 3 ? 'inactive' : 'active' });
      await variousAccounts(owner, i * 3);
      await variousAccounts(null, i, `O${i}@x.test`);
      owners.push(owner);
    }
    await recompute(owners.map(({ id }) => id));
    for (const owner of owners) {
      const row = await stored(owner);
      expect(row).toMatchObject({ ...(await live(owner)), calculated_at: now });
      expect((await stored(owner))?.['written']).toBe(row?.['written']);
    }
  });

  it('are written only when they differ', async () => {
    const owner = await company.owner();
    await variousAccounts(owner, 3);
    await recompute([owner.id]);
    const first = await stored(owner);
    await recompute([owner.id, owner.id]);
    expect(await stored(owner)).toEqual(first);
  });

  it('go with their owner', async () => {
    const owner = await company.owner();
    await recompute([owner.id]);
    await bed.given.sql('update owner set deleted_at = now() where id = $1', [owner.id]);
    await recompute([owner.id]);
    expect(await stored(owner)).toBeUndefined();
  });

  it('are not for another organization to make or remove', async () => {
    const owner = await company.owner();
    const other = await bed.given.organization();
    await recompute([owner.id], now, other);
    expect(await stored(owner)).toBeUndefined();
    await recompute([owner.id]);
    await recompute([owner.id], now, other);
    expect(await stored(owner)).toBeDefined();
  });

  it.each([
    'total_threat = 99',
    'shared_accounts = 7',
    `risk_level = 'critical'`,
    'next_change_at = null',
    'risk_model_version = 0',
  ])('are set right by reading them when they say %s', async (wrong) => {
    const owner = await company.owner();
    await variousAccounts(owner, 2);
    await recompute([owner.id]);
    await bed.given.sql(`update owner_statistics set ${wrong} where owner_id = $1`, [owner.id]);
    const expected = await live(owner);
    expect(await stored(owner)).toMatchObject(expected);
  });

  it('are made by reading them when there are none', async () => {
    const owner = await company.owner();
    const expected = await live(owner);
    expect(await stored(owner)).toMatchObject(expected);
  });

  it('count all changes made at once, each of which sees none of the others', async () => {
    const owner = await company.owner();
    const changes = [];
    for (let i = 0; i < 3; i++) changes.push(await company.account(connector, owner));
    const { promise: allMade, resolve } = Promise.withResolvers<void>();
    let made = 0;
    const disabling = changes.map(({ id }) =>
      bed.database.inTransaction(system(), async (tx) => {
        await tx.execute(disable, [id]);
        if (++made === changes.length) resolve();
        await allMade;
        tx.announce({ kind: 'account.changed', ids: [id], ownerIds: [] });
      }),
    );
    await Promise.all(disabling);
    expect(await stored(owner)).toMatchObject({ total_accounts: 3, disabled_accounts: 3 });
  });
});

describe('what was announced', () => {
  it('of an owner is counted anew', async () => {
    const owner = await company.owner();
    await announce({ kind: 'owner.changed', ids: [owner.id] });
    expect(await stored(owner)).toMatchObject({ total_accounts: 0 });
  });

  it('of an account reaches its owner, the one it had, and those it looks like', async () => {
    const [now, before, double, alt, bystander] = [
      await company.owner(),
      await company.owner(),
      await company.owner({ email: 'same@x.test' }),
      await company.owner({ alt_email: 'SAME@x.test' }),
      await company.owner({ email: 'other@x.test' }),
    ];
    const owned = await company.account(connector, now);
    const unowned = await company.account(connector, null, { email: 'Same@x.test' });
    const event = { kind: 'account.changed', ids: [owned.id, unowned.id], ownerIds: [before.id] } as const;
    await announce(event);
    expect(await stored(now)).toMatchObject({ total_accounts: 1 });
    expect(await stored(before)).toMatchObject({ total_accounts: 0 });
    for (const owner of [double, alt]) expect(await stored(owner)).toMatchObject({ accounts_no_owner: 1 });
    expect(await stored(bystander)).toBeUndefined();
  });

  it('of an account that has found its owner reaches those it looked like', async () => {
    const [lookalike, finder] = [await company.owner({ email: 'same@x.test' }), await company.owner()];
    const account = await company.account(connector, null, { email: 'same@x.test' });
    await announce({ kind: 'account.changed', ids: [account.id], ownerIds: [] });
    await bed.given.sql(`update account set owner_id = $2, correlation = 'manual' where id = $1`, [
      account.id,
      finder.id,
    ]);
    await announce({ kind: 'account.changed', ids: [account.id], ownerIds: [] });
    expect(await stored(lookalike)).toMatchObject({ accounts_no_owner: 0 });
    expect(await stored(finder)).toMatchObject({ total_accounts: 1 });
  });

  it('is not stored when the change is taken back', async () => {
    const owner = await company.owner();
    const failing = bed.database.inTransaction(system(), async (tx) => {
      await insights.recompute(tx, [owner.id]);
      throw new Error('taken back');
    });
    await expect(failing).rejects.toThrow('taken back');
    expect(await stored(owner)).toBeUndefined();
  });
});

describe('time', () => {
  it('makes owners of every organization due, the rest not', async () => {
    const other = await bed.given.organization();
    const feed = await other.connector(await other.application());
    const fields = { last_login_at: at(-89), password_enabled: false };
    const [here, there, later] = [await company.owner(), await other.owner(), await company.owner()];
    await company.account(connector, here, fields);
    await other.account(feed, there, fields);
    await company.account(connector, later, { ...fields, last_login_at: at(-88) });
    await recompute([here.id, later.id]);
    await recompute([there.id], now, other);

    expect(await insights.refreshDue(100, new Date(at(1).getTime() - 1))).toBe(0);
    expect(await insights.refreshDue(100, at(1))).toBe(2);
    for (const owner of [here, there]) {
      expect(await stored(owner)).toMatchObject({ not_used_90: 1, next_change_at: at(91), calculated_at: at(1) });
    }
    expect(await stored(later)).toMatchObject({ not_used_90: 0, calculated_at: now });
    expect(await insights.refreshDue(100, at(1))).toBe(0);
  });

  it('is caught up with in portions, the longest waiting first', async () => {
    const owners: Row[] = [];
    for (const days of [80, 85, 89]) {
      const owner = await company.owner();
      await company.account(connector, owner, { last_login_at: at(-days), password_enabled: false });
      owners.push(owner);
    }
    await recompute(owners.map(({ id }) => id));
    expect(await insights.refreshDue(2, at(20))).toBe(2);
    expect(await Promise.all(owners.map(async (owner) => (await stored(owner))?.['not_used_90']))).toEqual([0, 1, 1]);
    expect(await insights.refreshDue(2, at(20))).toBe(1);
    expect(await insights.refreshDue(2, at(20))).toBe(0);
  });
});

describe('a new risk model', () => {
  it('is applied to whom an earlier one judged, in every organization', async () => {
    const other = await bed.given.organization();
    const [here, there, current] = [await company.owner(), await other.owner(), await company.owner()];
    await recompute([here.id, current.id]);
    await recompute([there.id], now, other);
    const untouched = await stored(current);
    const outdate = 'update owner_statistics set risk_model_version = 0, total_threat = 77 where owner_id = any($1)';
    await bed.given.sql(outdate, [[here.id, there.id]]);

    expect(await insights.refreshModel(now)).toBe(2);
    for (const owner of [here, there]) {
      expect(await stored(owner)).toMatchObject({ risk_model_version: riskModelVersion, total_threat: 0 });
    }
    expect(await stored(current)).toEqual(untouched);
    expect(await insights.refreshModel(now)).toBe(0);
  });
});

describe('group deviation', () => {
  const mark = () => bed.database.inTransaction(system(), (tx) => insights.recomputeDeviation(tx, connector.id));
  const marked = async () =>
    (await bed.given.sql('select id from account where connector_id = $1 and group_deviation', [connector.id])).map(
      ({ id }) => id,
    );
  const many = async (count: number, entitlement_count: number, fields: object = {}) => {
    for (let i = 0; i < count; i++) await company.account(connector, null, { entitlement_count, ...fields });
  };

  it('marks whoever lies three standard deviations above the rest, and says whose marks changed', async () => {
    const owner = await company.owner();
    await many(29, 1);
    const { id } = await company.account(connector, owner, { entitlement_count: 50 });
    expect(await mark()).toEqual([owner.id]);
    expect(await marked()).toEqual([id]);
    expect(await mark()).toEqual([]);
    await bed.given.sql('update account set entitlement_count = 1 where id = $1', [id]);
    expect(await mark()).toEqual([owner.id]);
    expect(await marked()).toEqual([]);
  });

  it('takes exactly three for three', async () => {
    // A tenth has seven, the rest none: the root of 0.9 / 0.1.
    await many(36, 0);
    for (let i = 0; i < 4; i++) await company.account(connector, null, { entitlement_count: 7 });
    await mark();
    expect(await marked()).toHaveLength(4);
    await company.account(connector, null, { entitlement_count: 7 });
    await mark();
    expect(await marked()).toEqual([]);
  });

  it.each([
    ['fewer than thirty enabled accounts', async () => many(28, 1)],
    [
      'fewer than thirty when disabled ones are left out',
      async () => (await many(28, 1), many(10, 1, { disabled: true })),
    ],
    [
      'fewer than thirty when deleted ones are left out',
      async () => (await many(28, 1), many(10, 1, { deleted_at: now })),
    ],
  ])('marks nobody among %s', async (_name, others) => {
    await others();
    await company.account(connector, null, { entitlement_count: 50 });
    await mark();
    expect(await marked()).toEqual([]);
  });

  it('marks nobody where all are alike', async () => {
    await many(30, 3);
    expect(await mark()).toEqual([]);
    expect(await marked()).toEqual([]);
  });

  it('never marks a disabled account, nor one with too few', async () => {
    await many(40, 50);
    await company.account(connector, null, { entitlement_count: 0 });
    await company.account(connector, null, { entitlement_count: 5_000, disabled: true, group_deviation: true });
    await mark();
    expect(await marked()).toEqual([]);
  });

  it('leaves other connectors and the account’s own change date alone', async () => {
    const other = await company.connector(await company.application());
    const elsewhere = await company.account(other, null, { group_deviation: true });
    await many(29, 1);
    const { id } = await company.account(connector, null, { entitlement_count: 50, modified_at: now });
    await mark();
    expect(await bed.given.sql('select modified_at from account where id = $1', [id])).toEqual([{ modified_at: now }]);
    const kept = await bed.given.sql('select group_deviation as kept from account where id = $1', [elsewhere.id]);
    expect(kept).toEqual([{ kept: true }]);
  });
});
