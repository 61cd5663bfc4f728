import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { principalOf } from '../../../test/support/callers.js';
import { expectedFigures, type PlainAccount, type PlainOwner } from '../../../test/support/expected-figures.js';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { InsightsService } from './insights.service.js';
import { type ExplainedFactor, findRiskCategory, riskCategoryNames, RiskService } from './risk.service.js';

const now = new Date('2024-06-01T12:00:00.000Z');
const ago = (days: number) => new Date(now.getTime() - days * 86_400_000).toISOString();
const clean = { last_login_at: ago(1), password_last_set_at: ago(1), mfa_enabled: true };

let bed: TestBed;
let risks: RiskService;
let insights: InsightsService;
let company: GivenOrganization;
let connector: Row;

beforeAll(async () => {
  bed = await openTestBed();
  risks = new RiskService(bed.database);
  insights = new InsightsService(bed.database);
});
afterAll(() => bed.close());

beforeEach(async () => {
  company = await bed.given.organization();
  connector = await company.connector(await company.application());
});

const caller = () => principalOf(company.id, ['AUDITOR']);
const explain = ({ id }: Row) => risks.explain(caller(), id, now);
const assessmentOf = async ({ id }: Row) => (await insights.statisticsOf(caller(), id, now)).risk;
const planOf = (category: string, ids?: readonly string[]) => ({
  category: findRiskCategory(category)!,
  accounts: ids?.map((id, i) => ({ id, field: `account ${i}` })),
});
const whatIf = ({ id }: Row, ...remedies: ReturnType<typeof planOf>[]) => risks.whatIf(caller(), id, remedies, now);

async function factorOf(owner: Row, category: string): Promise<ExplainedFactor> {
  return (await explain(owner)).factors.find((factor) => factor.category === category)!;
}

const oneOf = fc.constantFrom;
const rarely = oneOf(false, false, true);
const age = oneOf(null, ago(0), ago(80), ago(90), ago(200), ago(365), ago(900));
const anyAccount = fc.record({
  disabled: oneOf(false, false, false, true),
  breached: rarely,
  mfa_enabled: oneOf(true, false, null),
  password_enabled: oneOf(true, true, false),
  privileged: rarely,
  vaulted: rarely,
  shared: rarely,
  in_privileged_group: rarely,
  in_highly_privileged_group: rarely,
  has_highly_privileged_role: rarely,
  group_deviation: rarely,
  last_login_at: age,
  source_created_at: age,
  password_last_set_at: age,
  failed_logins: oneOf(0, 9, 10, 11),
  failed_logins_at: oneOf(null, ago(0), ago(1)),
});
const anyOwner = fc.record({
  status: oneOf('active', 'active', 'inactive'),
  end_date: oneOf(null, '2024-05-31', '2024-06-01'),
  owned: fc.array(anyAccount, { maxLength: 6 }),
  /** Accounts of nobody, with the first of his addresses or the second. */
  orphans: fc.array(fc.tuple(anyAccount, oneOf('first', 'second')), { maxLength: 3 }),
});
type AnyOwner = typeof anyOwner extends fc.Arbitrary<infer T> ? T : never;

async function made({ status, end_date, owned, orphans }: AnyOwner): Promise<Row> {
  const name = newId();
  const addresses = { first: `${name}@x.test`, second: `${name}@home.test` };
  const owner = await company.owner({ status, end_date, email: addresses.first, alt_email: addresses.second });
  for (const account of owned) await company.account(connector, owner, account);
  for (const [account, which] of orphans)
    await company.account(connector, null, { ...account, email: addresses[which] });
  return owner;
}

async function expectedOf(owner: Row) {
  const [plain] = await bed.given.sql<PlainOwner>(
    'select id, email_key, alt_email_key, status, end_date::text from owner where id = $1',
    [owner.id],
  );
  const accounts = await bed.given.sql<PlainAccount>(
    'select * from account where organization_id = $1 and deleted_at is null',
    [company.id],
  );
  return expectedFigures(plain!, accounts, now);
}

describe('an explained risk', () => {
  it('is the assessment, and its parts add up to it, whatever the owner has', async () => {
    await fc.assert(
      fc.asyncProperty(anyOwner, async (any) => {
        const owner = await made(any);
        const risk = await explain(owner);
        const expected = await expectedOf(owner);
        expect(risk.score).toBe(expected['total_threat']);
        expect(risk.level).toBe(expected['risk_level']);
        expect(risk).toMatchObject(await assessmentOf(owner));

        const added = (parts: readonly { readonly points: number }[]) =>
          Number(parts.reduce((sum, { points }) => sum + points, 0).toFixed(6));
        expect(Math.abs(added(risk.factors) - risk.points)).toBeLessThan(0.000_01);
        expect(Math.min(100, Math.floor(risk.points + 0.5))).toBe(risk.score);
        for (const { figures, accountIds, affectedAccounts, points } of risk.factors) {
          expect(Math.abs(added(figures) - points)).toBeLessThan(0.000_005);
          expect(accountIds).toHaveLength(affectedAccounts);
          expect(accountIds).toEqual([...new Set(accountIds)].toSorted());
          for (const { name, count } of figures) expect(count).toBe(expected[name]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('names the accounts behind each factor, those of nobody too', async () => {
    const owner = await company.owner({ email: 'ada@x.test', status: 'inactive' });
    const old = await company.account(connector, owner, { ...clean, last_login_at: ago(100) });
    const unset = await company.account(connector, owner, { ...clean, password_last_set_at: null });
    await company.account(connector, owner, { ...clean, disabled: true, last_login_at: ago(100) });
    const orphan = await company.account(connector, null, { ...clean, email: 'ADA@x.test' });
    const behind = Object.fromEntries((await explain(owner)).factors.map((f) => [f.category, f.accountIds]));
    expect(behind).toEqual({
      'Inactive Owner': [old.id, unset.id],
      'Stale Accounts': [old.id],
      'Password Hygiene': [unset.id],
      'Unowned Accounts': [orphan.id],
    });
  });

  it('says what each counter of a factor counts, weighs and gives, and by which standards', async () => {
    const owner = await company.owner();
    for (const days of [1, 1, 100, 200])
      await company.account(connector, owner, { ...clean, last_login_at: ago(days) });
    expect(await factorOf(owner, 'Stale Accounts')).toMatchObject({
      points: 10.625,
      figures: [
        { name: 'not_used_90', count: 2, weight: 10, points: 7.5 },
        { name: 'not_used_180', count: 1, weight: 5, points: 3.125 },
        { name: 'not_used_365', count: 0, weight: 5, points: 0 },
      ],
      controls: ['CIS 5.3', 'NIST AC-2(3)d'],
    });
  });

  it('is not there for nobody, nor for an owner of another organization', async () => {
    const stranger = await (await bed.given.organization()).owner();
    for (const id of ['x', newId(), stranger.id]) {
      await expect(risks.explain(caller(), id, now)).rejects.toMatchObject({ code: 'not_found' });
      await expect(risks.whatIf(caller(), id, [], now)).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  it('costs one statement, however much there is to remedy, and so does what would be', async () => {
    const owner = await company.owner({ status: 'inactive' });
    const bad = { mfa_enabled: false, shared: true, breached: true, last_login_at: ago(999) };
    for (let i = 0; i < 3; i++) await company.account(connector, owner, bad);
    let asked = 0;
    const counting = new Proxy(bed.database, {
      get: (database, name) => {
        if (name === 'query') asked++;
        return (Reflect.get(database, name) as (...given: unknown[]) => unknown).bind(database);
      },
    });
    const counted = new RiskService(counting);
    await counted.explain(caller(), owner.id, now);
    await counted.whatIf(
      caller(),
      owner.id,
      riskCategoryNames.map((name) => planOf(name)),
      now,
    );
    expect(asked).toBe(2);
  });
});

describe('the cheapest remedy', () => {
  it('is that of the nested accounts which lowers the points most for each account', async () => {
    const owner = await company.owner();
    const [oldest] = [
      await company.account(connector, owner, { ...clean, last_login_at: ago(400) }),
      await company.account(connector, owner, { ...clean, last_login_at: ago(100) }),
      await company.account(connector, owner, clean),
    ];
    const { remedy } = await factorOf(owner, 'Stale Accounts');
    expect(remedy).toMatchObject({ action: 'disable', accountIds: [oldest.id] });
  });

  it('takes fewer accounts where each saves as much', async () => {
    const owner = await company.owner();
    const old = await company.account(connector, owner, { ...clean, password_last_set_at: ago(90) });
    await company.account(connector, owner, { ...clean, password_last_set_at: null });
    for (let i = 0; i < 2; i++) await company.account(connector, owner, clean);
    const { points, remedy } = await factorOf(owner, 'Password Hygiene');
    expect(points).toBe(10);
    expect(remedy).toMatchObject({ accountIds: [old.id], pointsSaved: 5, scoreAfter: 5 });
  });

  it('says honestly that points rise where an account brings more with it than it takes away', async () => {
    const owner = await company.owner({ email: 'ada@x.test' });
    await company.account(connector, null, { email: 'ada@x.test', mfa_enabled: false, breached: true });
    const { remedy } = await factorOf(owner, 'Unowned Accounts');
    expect(remedy.action).toBe('assign_owner');
    expect(remedy.pointsSaved).toBeLessThan(0);
  });

  it('does what it says: the saving and the score after are those of really doing it, and no other of the sets saves more', async () => {
    await fc.assert(
      fc.asyncProperty(anyOwner, async (any) => {
        const owner = await made(any);
        const { points, factors } = await explain(owner);
        for (const { category, remedy } of factors) {
          const { after } = await whatIf(owner, planOf(category, remedy.accountIds));
          expect(after.score).toBe(remedy.scoreAfter);
          expect(Number((points - after.points).toFixed(6))).toBe(remedy.pointsSaved);
          const all = await whatIf(owner, planOf(category));
          const affected = factors.find((factor) => factor.category === category)!.accountIds.length;
          const perAccount = remedy.pointsSaved / remedy.accountIds.length;
          expect(perAccount).toBeGreaterThanOrEqual((points - all.after.points) / affected - 0.000_02);
        }
      }),
      { numRuns: 15 },
    );
  });
});

/** The remedies once more, as somebody would make them in the database. */
const changes: Readonly<Record<string, string>> = {
  'Inactive Owner': 'disabled = true',
  'Breached Accounts': 'breached = false, password_last_set_at = $3',
  'MFA Gaps': 'mfa_enabled = true',
  'Privileged Accounts Not Vaulted': 'vaulted = true',
  'Failed Logins': 'failed_logins = 0',
  'Shared Accounts': 'shared = false',
  'Stale Accounts': 'disabled = true',
  'Password Hygiene': 'password_last_set_at = $3',
  'Highly Privileged Roles': 'has_highly_privileged_role = false',
  'Privileged Groups': 'in_privileged_group = false, in_highly_privileged_group = false',
  'Group Deviation': 'group_deviation = false',
  'Unowned Accounts': `owner_id = $2, correlation = 'manual'`,
};

describe('what would be', () => {
  it('is what is once the remedies have been made, whatever they are and whoever the owner is', async () => {
    const anyPlan = fc.uniqueArray(
      fc.record({ category: oneOf(...riskCategoryNames), some: fc.option(fc.array(fc.nat(9), { minLength: 1 })) }),
      { selector: ({ category }) => category, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(anyOwner, anyPlan, async (any, plan) => {
        const owner = await made(any);
        const before = await assessmentOf(owner);
        const { factors } = await explain(owner);
        const remedies = plan.flatMap(({ category, some }) => {
          const behind = factors.find((factor) => factor.category === category)?.accountIds ?? [];
          const ids = some ? [...new Set(some.flatMap((at) => behind[at] ?? []))] : behind;
          if (some && ids.length === 0) return [];
          return [{ category, ids, plan: planOf(category, some ? ids : undefined) }];
        });
        const answer = await whatIf(owner, ...remedies.map((remedy) => remedy.plan));
        expect(answer.before).toEqual(before);
        expect(await assessmentOf(owner)).toEqual(before);

        for (const { category, ids } of remedies) {
          const change = changes[category]!;
          await bed.given.sql(
            `update account set ${change} where id = any($1::uuid[]) and $2::uuid is not null and $3::timestamptz is not null`,
            [ids, owner.id, now],
          );
        }
        expect(answer.after).toEqual(await assessmentOf(owner));
        expect(answer.after.score).toBe((await expectedOf(owner))['total_threat']);
      }),
      { numRuns: 100 },
    );
  });

  it('is as it is without remedies, and without accounts for them', async () => {
    const owner = await company.owner();
    await company.account(connector, owner, { ...clean, mfa_enabled: false });
    const { before, after } = await whatIf(owner, planOf('Breached Accounts'), planOf('Unowned Accounts'));
    expect(after).toEqual(before);
    expect(before.score).toBe(24);
  });

  it('keeps the privilege of an account that is marked itself', async () => {
    const owner = await company.owner();
    const groups = { ...clean, in_privileged_group: true };
    await company.account(connector, owner, groups);
    await company.account(connector, owner, { ...groups, privileged: true });
    const { after } = await whatIf(owner, planOf('Privileged Groups'));
    expect(after.factors).toMatchObject([{ category: 'Privileged Accounts Not Vaulted', affectedAccounts: 1 }]);
  });

  it('is refused for accounts that are not behind the factor, each named, of others too', async () => {
    const [owner, other] = [await company.owner(), await company.owner()];
    const bad = await company.account(connector, owner, { ...clean, mfa_enabled: false });
    const good = await company.account(connector, owner, clean);
    const theirs = await company.account(connector, other, { ...clean, mfa_enabled: false });
    await expect(whatIf(owner, planOf('MFA Gaps', [good.id, bad.id, theirs.id]))).rejects.toMatchObject({
      code: 'invalid',
      details: [
        { field: 'account 0', message: 'account 0 is no account behind MFA Gaps of this owner.' },
        { field: 'account 2', message: 'account 2 is no account behind MFA Gaps of this owner.' },
      ],
    });
    const nobody = Array.from({ length: 30 }, () => newId());
    const refused = whatIf(owner, planOf('MFA Gaps', nobody));
    await expect(refused).rejects.toMatchObject({ details: { length: 20 } });
  });

  it('writes nothing', async () => {
    const owner = await company.owner();
    await company.account(connector, owner, { ...clean, mfa_enabled: false });
    await whatIf(owner, planOf('MFA Gaps'));
    await explain(owner);
    const [row] = await bed.given.sql<{ rows: string }>(
      'select count(*) as rows from owner_statistics where owner_id = $1',
      [owner.id],
    );
    expect(row?.rows).toBe('0');
  });
});
