import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serverCaller } from '@app/access';
import type { Columns, GivenOrganization, Row } from '../../../test/support/given.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { InsightsService } from './insights.service.js';
import { figureNames } from './owner-figures.js';

const start = new Date('2024-06-01T12:00:00.000Z').getTime();
const hour = 3_600_000;
const day = 24 * hour;

let bed: TestBed;
let insights: InsightsService;

beforeAll(async () => {
  bed = await openTestBed();
  insights = new InsightsService(bed.database);
});
afterAll(() => bed.close());

/** Instants near those at which a figure moves: an hour, 90, 180 and 365 days, give or take a millisecond. */
const ages = fc
  .tuple(fc.constantFrom(0, hour, 90 * day, 180 * day, 365 * day), fc.integer({ min: -120, max: 120 }), fc.nat(2))
  .map(([border, days, tick]) => new Date(start - border + days * day + tick - 1));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });

const accounts = fc.record({
  owned: fc.boolean(),
  disabled: fc.boolean(),
  mfa_enabled: maybe(fc.boolean()),
  privileged: fc.boolean(),
  vaulted: fc.boolean(),
  last_login_at: maybe(ages),
  source_created_at: ages,
  password_enabled: fc.boolean(),
  password_last_set_at: maybe(ages),
  failed_logins: fc.constantFrom(0, 9, 10, 40),
  failed_logins_at: ages,
});
const owners = fc.record({
  status: fc.constantFrom('active', 'inactive'),
  end_date: maybe(ages.map((end) => end.toISOString().slice(0, 10))),
  accounts: fc.array(accounts, { maxLength: 5 }),
});
/** How long until somebody looks. */
const waits = fc.array(fc.oneof(fc.nat(200 * day), fc.nat(2 * hour), fc.constantFrom(90 * day, day)), {
  minLength: 1,
  maxLength: 4,
});

async function place(company: GivenOrganization, connector: Row, plan: { accounts: Columns[] } & Columns) {
  const { accounts: plans, ...columns } = plan;
  const owner = await company.owner({ ...columns, email: 'ada@example.com' });
  for (const { owned, ...account } of plans) {
    await company.account(connector, owned === true ? owner : null, { ...account, email: 'ada@example.com' });
  }
  return owner;
}

it('stored figures say at any instant what is counted then, if only owners whose figures are due are counted anew', async () => {
  const agree = fc.asyncProperty(owners, waits, async (plan, pauses) => {
    const company = await bed.given.organization();
    const owner = await place(company, await company.connector(await company.application()), plan);
    const caller = serverCaller(company.id, 'system', 'test', null);
    await bed.database.inTransaction(caller, (tx) => insights.recompute(tx, [owner.id], new Date(start)));
    let now = start;
    for (const pause of [0, ...pauses]) {
      now += pause;
      await insights.refreshDueOf(caller, new Date(now));
      const [stored] = await bed.given.sql('select * from owner_statistics where owner_id = $1', [owner.id]);
      const live = await insights.statisticsOf(caller, owner.id, new Date(now));
      expect(Object.fromEntries(figureNames.map((name) => [name, stored?.[name]]))).toEqual(live.figures);
      expect([stored?.['total_threat'], stored?.['risk_level']]).toEqual([live.risk.score, live.risk.level]);
      expect(stored?.['next_change_at'] ?? null).toEqual(live.nextChangeAt && new Date(live.nextChangeAt));
    }
  });
  await fc.assert(agree, { numRuns: 150 });
});
