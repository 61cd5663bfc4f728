import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Transaction } from '@app/persistence';
import { AccountDesk, accountPath } from '../../support/account-desk.js';
import { TestApi } from '../../support/api.js';

let api: TestApi;

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(async () => api.close());
afterEach(() => vi.restoreAllMocks());

const people = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ user: `p${from + i}@example.com` }));

describe('many people', () => {
  it('take no more statements than few', async () => {
    const counts = [];
    for (const size of [2, 90]) {
      const desk = await AccountDesk.open(api);
      const ran = vi.spyOn(Transaction.prototype, 'run');
      const of = (round: number) => ({
        administrators: [{ user: 'boss@example.com' }, ...people(0, size)],
        groups: Array.from({ length: size }, (_, i) => ({
          name: `G${(i + round) % size} ${round}`,
          users: people(i, i + 2),
        })),
      });
      for (const round of [0, 1]) {
        ran.mockClear();
        expect((await desk.put(of(round), '?notify=TRUE')).status).toBe(200);
        counts.push(ran.mock.calls.length);
      }
      vi.restoreAllMocks();
    }
    const [few, fewAgain, many, manyAgain] = counts;
    expect([many, manyAgain]).toEqual([few, fewAgain]);
    expect(few).toBeLessThan(40);
  });

  it('fit, as many as a request may name: 200 groups, and 1000 users in a group', async () => {
    const desk = await AccountDesk.open(api);
    const groups = Array.from({ length: 200 }, (_, i) => ({
      name: `Group ${i}`,
      users: people(i * 20, i * 20 + (i % 10 === 0 ? 1_000 : 50)),
    }));
    const started = performance.now();
    const made = await desk.put({ groups }, '?attr=groups');
    expect([made.status, made.body.groups?.length, made.body.groups?.[190].users.length]).toEqual([200, 200, 1_000]);
    const again = await desk.put({ groups }, '?attr=slug');
    expect(again.status).toBe(200);
    const read = await desk.admin.get(`${accountPath}?attr=groups`).expect(200);
    expect(read.body.groups[0].users).toHaveLength(1_000);
    const took = performance.now() - started;
    expect(took).toBeLessThan(60_000);
    const [events] = await api.given.sql<{ n: number }>(
      `select count(*)::int as n from audit_event where organization_id = $1 and action = 'user.groupJoined'`,
      [desk.organization.id],
    );
    expect(events!.n).toBe(20 * 1_000 + 180 * 50);
  }, 120_000);
});
