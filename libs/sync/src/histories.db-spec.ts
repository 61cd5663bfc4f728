import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditTrail } from '@app/audit';
import { brokenInvariants } from '../../../test/support/invariants.js';
import { Player } from '../../../test/support/history-player.js';
import { type Feed, type Step, SyncHistory } from '../../../test/support/sync-history.js';
import { syncedState } from '../../../test/support/synced-state.js';
import { Workbench } from '../../../test/support/workbench.js';
import { runQueued } from './jobs.js';
import { RunExecutor } from './run-executor.js';
import { RunNotices } from './run-notices.js';
import { RunQueue } from './run-queue.js';
import { RunService } from './run.service.js';
import { RunWorker } from './run-worker.js';

/** How many histories are played: by hand, now and then, a large number. */
const byHand = process.env['OSTIARY_HISTORIES'];
const numRuns = Number(byHand ?? 25);

let bench: Workbench;
let witness: SyncHistory;

beforeAll(async () => {
  bench = await Workbench.open([AuditTrail, RunExecutor, RunNotices, RunQueue, RunService, RunWorker], [runQueued]);
  witness = await SyncHistory.begin(bench);
  await witness.read('hr', ['E1,Ada,a@example.com,Sales,,', 'E2,Bo,b@example.com,Sales,E1,']);
  await witness.read('wiki', ['u1,E1,,,A,,,,,,,', 'u2,,b@example.com,,,,,,,,,']);
});
afterAll(() => bench.close());

const one = <T>(...values: T[]) => fc.constantFrom(...values);
const joined = (...cells: fc.Arbitrary<string>[]) => fc.tuple(...cells).map((parts) => parts.join(','));
const mails = one('', 'a@example.com', 'b@example.com', 'C@example.com', 'd@example.com');
const people = ['E1', 'E2', 'E3', 'e1', 'E4'];
const logins = ['u1', 'u2', 'u3', 'U1', 'u4'];
const hrRow = joined(
  one(...people),
  one('Ada', 'bo', 'Ärger', 'Ada'),
  mails,
  one('', 'Sales', 'Legal'),
  one('', 'E1', 'E2', 'E3', 'E9', 'a@example.com'),
  one('', 'active', 'inactive', 'retired'),
);
const wikiRow = joined(
  one(...logins),
  one('', 'E1', 'E2', 'E3', 'E9'),
  mails,
  one('', 'true', 'maybe'),
  one('', 'A', 'A|b', 'c', 'a'),
  one('', '2020-01-01', '9999-12-31', '2026-03-03T03:03:03Z'),
  one('', '2020-01-01', '2026-03-03'),
  one('', 'true', 'false'),
  one('', 'true'),
  one('', 'true'),
  one('', 'true'),
  one('', '9', '10'),
);
const odd = one('', ',,,,,', 'E1', ',x,,,');
const rowsOf = (row: fc.Arbitrary<string>) =>
  fc
    .array(fc.oneof({ arbitrary: row, weight: 20 }, { arbitrary: odd.filter((text) => text !== ''), weight: 1 }), {
      minLength: 1,
      maxLength: 6,
    })
    .map((rows) => rows);
const feed = one<Feed>('hr', 'wiki');
const rule = one({ account: 'identityId', owner: 'identityId' }, { account: 'email', owner: 'email' });
const ownerNumber = fc.nat(4);
const changes = fc.record(
  {
    name: one('Zoë', 'Bo'),
    email: one('a@example.com', 'B@example.com', 'e@example.com', null),
    alt_email: one('c@example.com', null),
    department: one('sales', 'SALES', 'Legal', null),
    title: one('Clerk', 'clerk', null),
    status: one('active' as const, 'inactive' as const),
    end_date: one('2020-02-02', null),
  },
  { requiredKeys: [] },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: rowsOf(hrRow).map((rows) => ({ do: 'read' as const, feed: 'hr' as const, rows })), weight: 6 },
  { arbitrary: rowsOf(wikiRow).map((rows) => ({ do: 'read' as const, feed: 'wiki' as const, rows })), weight: 6 },
  { arbitrary: feed.map((name) => ({ do: 'read again' as const, feed: name })), weight: 2 },
  {
    arbitrary: fc
      .tuple(one(...logins), ownerNumber)
      .map(([login, owner]) => ({ do: 'link by hand' as const, login, owner })),
    weight: 3,
  },
  one(...logins).map((login) => ({ do: 'release' as const, login })),
  {
    arbitrary: fc.tuple(ownerNumber, changes).map(([owner, some]) => ({
      do: 'change owner' as const,
      owner,
      changes: some,
    })),
    weight: 3,
  },
  fc.tuple(ownerNumber, ownerNumber).map(([owner, manager]) => ({ do: 'give manager' as const, owner, manager })),
  ownerNumber.map((owner) => ({ do: 'delete owner' as const, owner })),
  ownerNumber.map((owner) => ({ do: 'restore owner' as const, owner })),
  one('Wiki', 'Pages', 'Ångström').map((name) => ({ do: 'rename connector' as const, name })),
  fc.array(rule, { minLength: 1, maxLength: 2 }).map((rules) => ({ do: 'change rules' as const, rules })),
  {
    arbitrary: fc
      .tuple(one<'confirm' | 'cancel'>('confirm', 'cancel'), feed)
      .map(([what, name]) => ({ do: what, feed: name })),
    weight: 3,
  },
);

async function played(steps: readonly Step[], threshold = { percent: 40, rows: 1 }): Promise<void> {
  const player = new Player(bench.given, await SyncHistory.begin(bench, threshold));
  for (const each of steps) await player.take(each);
}

describe('whatever is read, linked, renamed, deleted, confirmed and cancelled, in any order', () => {
  it('every figure, link and record stays what counting anew gives, and other organizations never notice', async () => {
    const before = await syncedState(bench.given, witness.organization);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), (steps) => played(steps)),
      { numRuns, ...(byHand ? {} : { interruptAfterTimeLimit: 45_000 }) },
    );
    expect(await brokenInvariants(bench.given, witness.organization)).toEqual([]);
    expect(await syncedState(bench.given, witness.organization)).toEqual(before);
  }, 3_600_000);
});
