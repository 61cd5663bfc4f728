import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serverCaller } from '@app/access';
import { newId } from '@app/kernel';
import { systemStatement } from '@app/persistence';
import type { GivenOrganization } from '../../../test/support/given.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { type OpenDatabase, openDatabase } from '../../../test/support/test-database.js';
import { type Job, JobQueue } from './job-queue.js';

interface Work {
  readonly id: string;
}
const greet: Job<Work> = { name: 'test.greet' };
const stumble: Job<Work> = { name: 'test.stumble' };
const linger: Job<Work> = { name: 'test.linger' };
const insist: Job<Work> = { name: 'test.insist', retries: { limit: 1, longestWaitSeconds: 1 } };
const share: Job<Work> = { name: 'test.share', concurrency: 3 };
const jobs = [greet, stumble, linger, insist, share];

let bed: TestBed;
let company: GivenOrganization;
const open: { queue: JobQueue; door: OpenDatabase }[] = [];

beforeAll(async () => {
  bed = await openTestBed();
  company = await bed.given.organization();
});
afterEach(async () => {
  for (const { queue, door } of open.splice(0)) {
    await queue.beforeApplicationShutdown();
    await door.close();
  }
});
afterAll(() => bed.close());

/** A process of its own, as far as the queue can tell. */
async function process(mode: 'enqueue' | 'work', handlers: (queue: JobQueue) => void = () => undefined) {
  const door = await openDatabase(bed.file.serverUrl);
  const queue = new JobQueue(door.database, { mode, jobs });
  handlers(queue);
  await queue.onApplicationBootstrap();
  open.push({ queue, door });
  const send = (job: Job<Work>, ids: readonly string[], then: () => void = () => undefined) =>
    door.database.inTransaction(serverCaller(company.id, 'system', 'test', null), async (tx) => {
      for (const id of ids) await queue.enqueue(tx, job, { id });
      then();
    });
  return { queue, send };
}

interface StoredJob {
  readonly id: string;
  readonly state: string;
}
const stored = systemStatement<StoredJob>(
  undefined,
  `select data ->> 'id' as id, state::text from pgboss.job where name = $1`,
);
const jobsNamed = ({ name }: Job<Work>) => bed.database.asSystem('test', (system) => system.query(stored, [name]));

describe('a job', () => {
  it('does not exist when the transaction of its cause is undone', async () => {
    const { send } = await process('enqueue');
    const undone = send(greet, [newId()], () => {
      throw new Error('changed my mind');
    });
    await expect(undone).rejects.toThrow('changed my mind');
    expect(await jobsNamed(greet)).toEqual([]);
  });

  it('is done once, whoever of several workers takes it', async () => {
    const done: string[] = [];
    const handler = (queue: JobQueue) => queue.handle(greet, async ({ id }) => void done.push(id));
    await process('work', handler);
    const { send } = await process('work', handler);
    const ids = Array.from({ length: 6 }, () => newId());
    await send(greet, ids);
    await expect.poll(() => done.length, { timeout: 10_000 }).toBe(6);
    await sleep(700);
    expect(done.toSorted()).toEqual(ids.toSorted());
    expect((await jobsNamed(greet)).map(({ state }) => state)).toEqual(Array(6).fill('completed'));
  });

  it('is tried again when its handler throws', async () => {
    let tries = 0;
    const { send } = await process('work', (queue) => {
      queue.handle(stumble, async () => {
        if (++tries < 2) throw new Error('not yet');
      });
    });
    await send(stumble, [newId()]);
    await expect.poll(() => tries, { timeout: 15_000 }).toBe(2);
    await expect.poll(async () => (await jobsNamed(stumble))[0]?.state).toBe('completed');
  }, 20_000);

  it('is told which of its tries is the last', async () => {
    const tries: boolean[] = [];
    const { send } = await process('work', (queue) => {
      queue.handle(insist, async (_, { last }) => {
        tries.push(last);
        throw new Error('never');
      });
    });
    await send(insist, [newId()]);
    await expect.poll(async () => (await jobsNamed(insist))[0]?.state, { timeout: 15_000 }).toBe('failed');
    expect(tries).toEqual([false, true]);
  }, 20_000);

  it('is finished before its worker stops, and the others wait for another worker', async () => {
    const steps: string[] = [];
    const { queue, send } = await process('work', (own) => {
      own.handle(linger, async ({ id }) => {
        steps.push(`begun ${id}`);
        await sleep(6_000);
        steps.push(`done ${id}`);
      });
    });
    await send(linger, ['first']);
    await expect.poll(() => steps).toEqual(['begun first']);
    await send(linger, ['second']);
    await queue.beforeApplicationShutdown();
    steps.push('stopped');

    expect(steps).toEqual(['begun first', 'done first', 'stopped']);
    const states = Object.fromEntries((await jobsNamed(linger)).map(({ id, state }) => [id, state]));
    expect(states).toEqual({ first: 'completed', second: 'created' });
  }, 20_000);

  it('of a kind that allows it is done while another waits, and no more of them at once than it says', async () => {
    const done: string[] = [];
    let [running, most] = [0, 0];
    let release = () => {};
    const waiting = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { send } = await process('work', (queue) => {
      queue.handle(share, async ({ id }) => {
        most = Math.max(most, ++running);
        await (id === 'slow' ? waiting : sleep(100));
        running--;
        done.push(id);
      });
    });
    const others = Array.from({ length: 6 }, (_, i) => `quick ${i}`);
    await send(share, ['slow', ...others]);
    await expect.poll(() => done.toSorted(), { timeout: 15_000 }).toEqual(others);
    release();
    await expect.poll(() => done.length).toBe(7);
    expect(most).toBeLessThanOrEqual(3);
  }, 20_000);

  it('cannot be sent before the queue has started', async () => {
    const queue = new JobQueue(bed.database, { mode: 'enqueue', jobs });
    const sending = bed.database.inTransaction(serverCaller(company.id, 'system', 'test', null), (tx) =>
      queue.enqueue(tx, greet, { id: newId() }),
    );
    await expect(sending).rejects.toThrow(/not started/);
  });
});

describe('the depth of the queues', () => {
  it('says of each what waits and what is being done, retries among what waits', async () => {
    const { queue, send } = await process('enqueue');
    const before = new Map((await queue.depth()).map((depth) => [depth.queue, depth]));
    await send(greet, ['a', 'b', 'c', 'd']);
    const set = systemStatement<object>(
      undefined,
      `update pgboss.job set state = $2::pgboss.job_state where name = 'test.greet' and data ->> 'id' = $1 returning id`,
    );
    for (const [id, state] of Object.entries({ b: 'active', c: 'retry', d: 'completed' })) {
      await bed.database.asSystem('test', (system) => system.query(set, [id, state]));
    }
    const after = (await queue.depth()).map(({ queue: name, waiting, active }) => ({
      name,
      waiting: waiting - before.get(name)!.waiting,
      active: active - before.get(name)!.active,
    }));
    expect(after).toEqual([
      { name: 'test.greet', waiting: 2, active: 1 },
      { name: 'test.insist', waiting: 0, active: 0 },
      { name: 'test.linger', waiting: 0, active: 0 },
      { name: 'test.share', waiting: 0, active: 0 },
      { name: 'test.stumble', waiting: 0, active: 0 },
    ]);
  });
});
