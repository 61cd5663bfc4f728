import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serverCaller } from '@app/access';
import { DomainError, InvalidError, UnavailableError } from '@app/kernel';
import type { GivenOrganization } from '../../../test/support/given.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { type StreamLimits, streamLimits } from './snapshot-stream.js';
import { statement, systemStatement } from './statement.js';

let bed: TestBed;
let company: GivenOrganization;

beforeAll(async () => {
  bed = await openTestBed();
});
afterAll(() => bed.close());
beforeEach(async () => {
  company = await bed.given.organization();
});

const caller = () => serverCaller(company.id, 'system', 'test', null);
const namesFrom = statement<{ name: string }>(
  undefined,
  `select name from application where organization_id = $1 and name_key >= $2 order by name_key`,
);
const names = (limits: Partial<StreamLimits> = {}, from = '') =>
  bed.database.stream(caller(), namesFrom, [from], { ...streamLimits, ...limits });

async function fill(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await company.application({ name: `a${i}` });
}

async function sizesOf(stream: AsyncGenerator<unknown[]>): Promise<number[]> {
  const sizes = [];
  for await (const rows of stream) sizes.push(rows.length);
  return sizes;
}

/** Whoever still looks at the table, by the locks that a transaction keeps to its end. */
const lookers = `select distinct pid from pg_locks where relation = 'application'::regclass and pid <> pg_backend_pid()
  and database = (select oid from pg_database where datname = current_database())`;
const open = async () => (await bed.given.sql(lookers)).length;

describe('a long answer', () => {
  it('comes in pieces and in order, with what was asked for, from the caller’s organization alone', async () => {
    await fill(5);
    const other = await bed.given.organization();
    await other.application({ name: 'a3, theirs' });
    const pieces = [];
    for await (const rows of names({ rowsAtOnce: 2 }, 'a1')) pieces.push(rows.map(({ name }) => name));
    expect(pieces).toEqual([
      ['a1', 'a2'],
      ['a3', 'a4'],
    ]);
    expect(await open()).toBe(0);
  });

  it('is of one moment, whatever happens while it is read', async () => {
    await fill(4);
    const stream = names({ rowsAtOnce: 2 });
    await stream.next();
    await bed.given.sql(
      `update application set name = 'changed', name_key = 'a0' || name_key where organization_id = $1`,
      [company.id],
    );
    await company.application({ name: 'a9' });
    expect((await stream.next()).value).toEqual([{ name: 'a2' }, { name: 'a3' }]);
    expect((await stream.next()).done).toBe(true);
  });

  it('may be completed piece by piece with what was true at that moment, in the caller’s organization', async () => {
    await fill(4);
    const other = await bed.given.organization();
    await other.application({ name: 'a9' });
    const counting = statement<{ count: number }>(
      undefined,
      `select count(*)::integer as count from application where organization_id = $1 and name_key >= $2`,
    );
    const stream = bed.database.streamWhole(
      caller(),
      namesFrom,
      ['a1'],
      async (rows, look) => {
        const [found] = await look(counting, [rows[0]!.name]);
        return rows.map(({ name }) => `${name} of ${found!.count}`);
      },
      { ...streamLimits, rowsAtOnce: 2 },
    );
    expect((await stream.next()).value).toEqual(['a1 of 3', 'a2 of 3']);
    await company.application({ name: 'a8' });
    expect((await stream.next()).value).toEqual(['a3 of 1']);
    expect((await stream.next()).done).toBe(true);
    expect(await open()).toBe(0);
  });

  it('that cannot be completed lets go of its connection', async () => {
    await fill(1);
    const broken = statement<never>(undefined, `select $1::uuid, 1 / 0`);
    const stream = bed.database.streamWhole(caller(), namesFrom, [''], async (_rows, look) => look(broken, []));
    await expect(stream.next()).rejects.toThrow(/division by zero/);
    expect(await sizesOf(names())).toEqual([1]);
  });

  it('may be empty', async () => {
    expect(await sizesOf(names())).toEqual([]);
  });

  it('lets go of its connection when its reader breaks off', async () => {
    await fill(4);
    for await (const rows of names({ rowsAtOnce: 1 })) {
      expect([rows.length, await open()]).toEqual([1, 1]);
      break;
    }
    await expect.poll(open, { timeout: 10_000 }).toBe(0);
    expect(await sizesOf(names())).toEqual([4]);
  });

  it('is lost to a reader who stalls, and holds nothing from then on', async () => {
    await fill(4);
    const stream = names({ rowsAtOnce: 1, stallMs: 200 });
    await stream.next();
    await expect.poll(open, { timeout: 10_000 }).toBe(0);
    expect(await sizesOf(names())).toEqual([4]);
    await expect(stream.next()).rejects.toThrow(UnavailableError);
  });

  it('is lost to a reader who takes it too slowly as a whole', async () => {
    await fill(4);
    const stream = names({ rowsAtOnce: 1, wholeMs: 20 });
    await stream.next();
    await sleep(30);
    await expect(stream.next()).rejects.toThrow(/took too long/);
    await expect.poll(open, { timeout: 10_000 }).toBe(0);
  });

  it('is refused while others take their share of the connections, and leaves the rest to everybody else', async () => {
    await fill(2);
    const first = names({ rowsAtOnce: 1 });
    await first.next();
    const second = names();
    await expect(second.next()).rejects.toMatchObject({ code: 'too_many_requests', retryAfterSeconds: 5 });
    await expect(second.next()).resolves.toEqual({ done: true, value: undefined });
    expect(await bed.database.query(caller(), namesFrom, [''])).toHaveLength(2);
    await first.return(undefined);
    expect(await sizesOf(names())).toEqual([2]);
  });

  it('gives its place back when it fails', async () => {
    const broken = statement<never>(undefined, `select $1::uuid, 1 / 0`);
    await expect(bed.database.stream(caller(), broken).next()).rejects.toThrow(/division by zero/);
    const slow = statement<never>(undefined, `select $1::uuid, pg_sleep(5)`);
    const tooSlow = bed.database.stream(caller(), slow, [], { ...streamLimits, stepMs: 50 });
    await expect(tooSlow.next()).rejects.toThrow(InvalidError);
    expect(await sizesOf(names())).toEqual([]);
  });

  it('breaks off when its connection is cut', async () => {
    await fill(4);
    const stream = names({ rowsAtOnce: 1 });
    await stream.next();
    const cut = systemStatement<object>(undefined, `select pg_terminate_backend(pid) from (${lookers}) open`);
    expect(await bed.database.asSystem('test', (system) => system.query(cut))).toHaveLength(1);
    await expect(stream.next()).rejects.toThrow(DomainError);
    expect(await sizesOf(names())).toEqual([4]);
  });

  it('cannot write', async () => {
    const writing = statement<never>(undefined, `select $1::uuid, nextval('account_tally_id_seq')`);
    await expect(bed.database.stream(caller(), writing).next()).rejects.toThrow(/read-only transaction/);
  });
});
