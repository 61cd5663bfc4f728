import { afterAll, beforeAll, expect, it } from 'vitest';
import { AccountCorrelation } from '@app/accounts';
import { AuditTrail } from '@app/audit';
import { ConflictError } from '@app/kernel';
import { principalOf } from '../../../test/support/callers.js';
import { brokenInvariants } from '../../../test/support/invariants.js';
import { SyncHistory } from '../../../test/support/sync-history.js';
import { Workbench } from '../../../test/support/workbench.js';
import { runQueued } from './jobs.js';
import { RunExecutor } from './run-executor.js';
import { RunNotices } from './run-notices.js';
import { RunQueue } from './run-queue.js';
import { RunService } from './run.service.js';
import { RunWorker } from './run-worker.js';

let bench: Workbench;

beforeAll(async () => {
  bench = await Workbench.open([AuditTrail, RunExecutor, RunNotices, RunQueue, RunService, RunWorker], [runQueued]);
});
afterAll(() => bench.close());

const deadlocks = async () => {
  await bench.given.sql('select pg_stat_clear_snapshot()');
  const [row] = await bench.given.sql<{ n: string }>(
    'select deadlocks::text as n from pg_stat_database where datname = current_database()',
  );
  return Number(row!.n);
};

const people = 12;
const accounts = 240;
const hr = Array.from({ length: people }, (_, i) => `E${i},Person ${i},p${i}@example.com,Sales,,`);
/** Each looks like two people: his by identity, another's by address. */
const wiki = (round: number) =>
  Array.from(
    { length: accounts },
    (_, i) => `u${i},E${(i + round) % people},p${(i * 7) % people}@example.com,,,,,,,,,${round}`,
  );

it('runs, links, renames and deletions at the same moment never wait for one another in a circle, and nobody is refused', async () => {
  const history = await SyncHistory.begin(bench);
  const { organization } = history;
  await history.read('hr', hr);
  await history.read('wiki', wiki(0));
  const caller = principalOf(organization.id, ['ORG_ADMIN']);
  const owners = await history.rows<{ id: string }>('select id from owner where organization_id = $1 order by id', []);
  const logins = await history.rows<{ id: string }>(
    `select id from account where organization_id = $1 and native_key like 'u%' order by id`,
    [],
  );
  let refused = 0;
  const unlessGone = async (work: Promise<unknown>) => {
    await work.catch((error: unknown) => {
      if (error instanceof ConflictError) refused++;
    });
  };
  const before = await deadlocks();
  const reading = new AbortController();
  const until = async (work: (i: number) => Promise<unknown>) => {
    for (let i = 0; !reading.signal.aborted; i++) await unlessGone(work(i));
  };
  const links = (i: number) =>
    bench.get(AccountCorrelation).correlate(
      caller,
      logins.slice((i * 20) % accounts, ((i * 20) % accounts) + 20).map(({ id }, n) => ({
        row: n,
        account: { id },
        owner: { id: owners[(i + n) % owners.length]!.id },
      })),
    );
  const others = [
    until((i) => history.byHand.change(owners[i % people]!.id, { name: `Name ${i}` })),
    until((i) => history.byHand.change(owners[(i * 5) % people]!.id, { status: i % 2 ? 'active' : 'inactive' })),
    until(async (i) => {
      const { id } = owners[(i * 7) % people]!;
      await history.byHand.delete(id);
      await history.byHand.restore(id);
    }),
    until(links),
  ];
  const runs: unknown[] = [];
  try {
    for (let round = 1; round <= 6; round++) runs.push(await history.read('wiki', wiki(round)));
  } finally {
    reading.abort();
    await Promise.all(others);
  }
  expect(runs).toEqual(Array(6).fill(expect.objectContaining({ state: 'succeeded' })));
  expect(refused).toBe(0);
  expect(await deadlocks()).toBe(before);
  expect(await brokenInvariants(bench.given, organization)).toEqual([]);
}, 120_000);
