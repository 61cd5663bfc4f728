import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, TestApi } from '../../support/api.js';
import type { Row } from '../../support/given.js';

interface Posture {
  readonly status: 'active' | 'locked' | 'disabled';
  readonly created_at: string;
  readonly last_login_at: string | null;
  readonly mfa_enabled: boolean | null;
  readonly password_enabled: boolean;
  readonly password_last_set_at: string | null;
  readonly failed_logins_last_hour: number;
  readonly [flag: string]: unknown;
}

const day = 86_400_000;
let api: TestApi;
let client: Client;
let feed: Row;

beforeAll(async () => {
  api = await TestApi.start();
  client = await api.as('AUDITOR');
  feed = await api.organization.connector(await api.organization.application());
});
afterAll(() => api.close());

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const ages = fc
  .tuple(fc.constantFrom(0, 90, 180, 365), fc.constantFrom(-3, 0, 3, 40))
  .map(([age, more]) => new Date(Date.now() - (age + more) * day - 60_000));
const plans = fc.record({
  status: fc.constantFrom('active', 'inactive'),
  end_date: maybe(fc.constantFrom('2020-01-01', '2999-12-31')),
  accounts: fc.array(
    fc.record({
      disabled: fc.boolean(),
      locked: fc.boolean(),
      mfa_enabled: maybe(fc.boolean()),
      privileged: fc.boolean(),
      vaulted: fc.boolean(),
      shared: fc.boolean(),
      breached: fc.boolean(),
      last_login_at: maybe(ages),
      source_created_at: maybe(ages),
      password_enabled: fc.boolean(),
      password_last_set_at: maybe(ages),
      failed_logins: fc.constantFrom(0, 9, 10),
      failed_logins_at: fc.constantFrom(new Date(Date.now() - 60_000), new Date(Date.now() - 2 * day)),
      in_privileged_group: fc.boolean(),
      in_highly_privileged_group: fc.boolean(),
      has_highly_privileged_role: fc.boolean(),
      group_deviation: fc.boolean(),
    }),
    { maxLength: 6 },
  ),
});

/** By the published definitions alone, from what the list of accounts shows. */
function recomputed(accounts: readonly Posture[], hasLeft: boolean): Record<string, number> {
  const enabled = accounts.filter(({ status }) => status !== 'disabled');
  const count = (rule: (account: Posture) => boolean) => enabled.filter(rule).length;
  const daysSince = (instant: string) => (Date.now() - Date.parse(instant)) / day;
  const unused = (days: number) => count((a) => daysSince(a.last_login_at ?? a.created_at) >= days);
  const aged = (days: number) =>
    count((a) => a.password_enabled && a.password_last_set_at !== null && daysSince(a.password_last_set_at) >= days);
  const marked = (flag: string) => count((a) => a[flag] === true);
  return {
    total_accounts: accounts.length,
    child_count: accounts.length,
    mapped_accounts: accounts.length,
    active_accounts: enabled.length,
    disabled_accounts: accounts.length - enabled.length,
    breached_accounts: marked('breached'),
    accounts_without_mfa: count((a) => a.mfa_enabled === false),
    privileged_accounts_not_vaulted: count((a) => a['privileged'] === true && a['vaulted'] === false),
    shared_accounts: marked('shared'),
    inactive_owners_enabled_accounts: hasLeft ? enabled.length : 0,
    not_used_90: unused(90),
    not_used_180: unused(180),
    not_used_365: unused(365),
    failed_logins_in_hour: count((a) => a.failed_logins_last_hour >= 10),
    accounts_with_password_never: count((a) => a.password_enabled && a.password_last_set_at === null),
    accounts_with_password_90: aged(90),
    accounts_with_password_180: aged(180),
    accounts_with_password_365: aged(365),
    all_privileged_groups: marked('in_privileged_group'),
    highly_privileged_groups: marked('in_highly_privileged_group'),
    highly_privileged_roles: marked('has_highly_privileged_role'),
    account_group_deviation: marked('group_deviation'),
  };
}

function figuresIn(statistics: Record<string, Record<string, unknown>>): Record<string, number> {
  const blocks = ['account_statistics', 'risk_metrics', 'activity_metrics', 'password_security', 'privilege_metrics'];
  const all = Object.assign({}, ...[...blocks, 'compliance_metrics'].map((block) => statistics[block]));
  const { total_threat: _threat, accounts_no_owner: _nobody, ...figures } = all as Record<string, unknown>;
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Number(value)]));
}

describe('every figure of the statistics', () => {
  it('is what anybody recomputes from the list of accounts', { timeout: 120_000 }, async () => {
    const same = fc.asyncProperty(plans, async ({ accounts, ...columns }) => {
      const owner = await api.organization.owner(columns);
      for (const account of accounts) await api.organization.account(feed, owner, account);
      const shown = await client.get(`/api/v1/owners/${owner.id}/accounts`).expect(200);
      const told = await client.get(`/api/v1/owners/${owner.id}/statistics`).expect(200);
      const hasLeft = columns.status === 'inactive' || columns.end_date === '2020-01-01';
      expect(figuresIn(told.body)).toEqual(recomputed(shown.body.accounts, hasLeft));
    });
    await fc.assert(same, { numRuns: 120 });
  });
});
