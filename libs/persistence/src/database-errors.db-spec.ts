import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serverCaller } from '@app/access';
import { AbortedError, InvalidError, newId, UnavailableError } from '@app/kernel';
import type { GivenOrganization } from '../../../test/support/given.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { type OpenDatabase, openDatabase } from '../../../test/support/test-database.js';
import { statement, systemStatement } from './statement.js';
import type { Transaction } from './transaction.js';

let bed: TestBed;
let company: GivenOrganization;

beforeAll(async () => {
  bed = await openTestBed();
});
afterAll(() => bed.close());
beforeEach(async () => {
  company = await bed.given.organization();
});

const callerOf = ({ id }: GivenOrganization) => serverCaller(id, 'system', 'test', null);
const working = <T>(work: (tx: Transaction) => Promise<T>) => bed.database.inTransaction(callerOf(company), work);

const describeAll = statement<never>(undefined, 'update application set description = $2 where organization_id = $1');
const query = <Row>(text: string, values: readonly unknown[] = []) =>
  bed.database.asSystem('test', (system) => system.query(systemStatement<Row>(undefined, text), values));

describe('a refusal of the database', () => {
  let hasty: OpenDatabase;
  beforeAll(async () => {
    hasty = await openDatabase(bed.file.serverUrl, [], { statementMs: 250, lockMs: 100 });
  });
  afterAll(() => hasty.close());

  const slow = statement<never>(undefined, 'select pg_sleep(5), $1::uuid');
  const pid = statement<{ pid: number }>(undefined, 'select pg_backend_pid() as pid, $1::uuid');
  const kill = (killed: number) => query('select pg_terminate_backend($1)', [killed]);

  it('for its cost says that the request is too broad', async () => {
    const refusal = { code: 'invalid', message: expect.stringContaining('too broad') };
    await expect(hasty.database.query(callerOf(company), slow)).rejects.toMatchObject(refusal);
    const inside = hasty.database.inTransaction(callerOf(company), (tx) => tx.query(slow));
    await expect(inside).rejects.toMatchObject(refusal);
  });

  it('after waiting too long for others is a conflict that passes', async () => {
    await company.application();
    await working(async (tx) => {
      await tx.execute(describeAll, ['held']);
      const waiting = hasty.database.inTransaction(callerOf(company), (other) => other.execute(describeAll, ['late']));
      await expect(waiting).rejects.toBeInstanceOf(AbortedError);
    });
  });

  it.each(['a\u0000b', '\u0000'])('of a text that cannot be stored is a wrong request', async (text) => {
    await expect(hasty.database.query(callerOf(company), describeAll, [text])).rejects.toBeInstanceOf(InvalidError);
  });

  it('that cuts the connection says that the database is away, and the next statement works', async () => {
    const [idle] = await hasty.database.query(callerOf(company), pid);
    await kill(idle?.pid ?? 0);
    await expect.poll(() => hasty.database.query(callerOf(company), pid).catch(() => [])).toHaveLength(1);

    // More often than there are connections: each lost one must have made room for another.
    for (let i = 0; i < 6; i++) {
      const inside = hasty.database.inTransaction(callerOf(company), async (tx) => {
        const [own] = await tx.query(pid);
        await kill(own?.pid ?? 0);
        await tx.query(pid);
      });
      await expect(inside).rejects.toBeInstanceOf(UnavailableError);
    }
    expect(await hasty.database.query(callerOf(company), pid)).toHaveLength(1);
  });

  it('in the middle of a copy says the same', async () => {
    const copy = systemStatement<never>(undefined, 'copy worker (id) from stdin');
    const copying = hasty.database.asSystem('test', (system) =>
      system.copyIn(
        copy,
        (async function* () {
          yield `${newId()}\n`;
          await sleep(50);
          await query(`select pg_terminate_backend(pid) from pg_stat_activity where query like 'copy worker%'`);
          for (let i = 0; i < 50; i++) {
            await sleep(5);
            yield `${newId()}\n`;
          }
        })(),
      ),
    );
    await expect(copying).rejects.toBeInstanceOf(UnavailableError);
    expect(await hasty.database.query(callerOf(company), pid)).toHaveLength(1);
  });

  it('to answer at all says that the database is away', async () => {
    const nowhere = new URL(bed.file.serverUrl);
    nowhere.port = '1';
    const door = await openDatabase(nowhere.href);
    await expect(door.database.query(callerOf(company), pid)).rejects.toBeInstanceOf(UnavailableError);
    const inside = door.database.inTransaction(callerOf(company), (tx) => tx.query(pid));
    await expect(inside).rejects.toBeInstanceOf(UnavailableError);
    await door.close();
  });
});
