import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serverCaller } from '@app/access';
import { ConflictError, newId } from '@app/kernel';
import type { GivenOrganization } from '../../../test/support/given.js';
import { Application, Connector, productEntities } from '../../../test/support/product-entities.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { openDatabase } from '../../../test/support/test-database.js';
import { statement, systemStatement } from './statement.js';
import type { Transaction } from './transaction.js';

let bed: TestBed;
let company: GivenOrganization;

beforeAll(async () => {
  bed = await openTestBed(productEntities);
});
afterAll(() => bed.close());
beforeEach(async () => {
  company = await bed.given.organization();
});

const callerOf = ({ id }: GivenOrganization) => serverCaller(id, 'system', 'test', null);
const working = <T>(work: (tx: Transaction) => Promise<T>) => bed.database.inTransaction(callerOf(company), work);
const named = (name: string) => Application.named(company.id, name);

const namesHere = statement<{ name: string }>(
  undefined,
  'select name from application where organization_id = $1 order by name',
);
const describeAll = statement<never>(undefined, 'update application set description = $2 where organization_id = $1');
async function names(): Promise<string[]> {
  return (await bed.database.query(callerOf(company), namesHere)).map(({ name }) => name);
}
const query = <Row>(text: string, values: readonly unknown[] = []) =>
  bed.database.asSystem('test', (system) => system.query(systemStatement<Row>(undefined, text), values));

describe('a transaction', () => {
  it('keeps what its work did, and gives its result', async () => {
    expect(await working(async (tx) => tx.em.persist(named('Payroll')) && 'done')).toBe('done');
    expect(await names()).toEqual(['Payroll']);
  });

  it('keeps nothing of work that throws, be it entities or statements', async () => {
    await working(async (tx) => tx.em.persist(named('Payroll')));
    const failing = working(async (tx) => {
      tx.em.persist(named('Wiki'));
      await tx.execute(describeAll, ['changed']);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await names()).toEqual(['Payroll']);
    expect(await query(`select from application where description = 'changed'`)).toEqual([]);
  });

  it('shows its statements what its entities have become, and says how many rows they touched', async () => {
    await working(async (tx) => {
      tx.em.persist([named('Payroll'), named('Wiki')]);
      expect(await tx.query(namesHere)).toEqual([{ name: 'Payroll' }, { name: 'Wiki' }]);
      expect(await tx.execute(describeAll, ['text'])).toBe(2);
      expect(await names()).toEqual([]);
    });
  });

  it('is bound to its organization, as is every statement at the door', async () => {
    const other = await bed.given.organization();
    await other.application({ name: 'Theirs' });
    await company.application({ name: 'Ours' });
    expect(await names()).toEqual(['Ours']);
    expect(await working((tx) => tx.query(namesHere))).toEqual([{ name: 'Ours' }]);
    expect(await working((tx) => tx.execute(describeAll, ['ours']))).toBe(1);
    expect(() => statement(undefined, 'select name from application')).toThrow(/must use \$1/);
    expect(() => statement(undefined, 'select $10')).toThrow(/must use \$1/);
  });

  it('takes no statement when it is over', async () => {
    let kept: Transaction | undefined;
    await working(async (tx) => void (kept = tx));
    await expect(kept?.run('select 1', [])).rejects.toThrow(/over|committed/);
  });

  it('does its later errands only when it is kept', async () => {
    const done: string[] = [];
    await working(async (tx) => {
      tx.afterCommit.push(() => void names().then((found) => done.push(...found)));
      tx.em.persist(named('Payroll'));
      await tx.em.flush();
      expect(done).toEqual([]);
    });
    await expect.poll(() => done).toEqual(['Payroll']);
    const failing = working(async (tx) => {
      tx.afterCommit.push(() => done.push('never'));
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(done).toEqual(['Payroll']);
  });
});

describe('a collision', () => {
  const touch = statement<never>(
    undefined,
    `update application set description = description || $3 where organization_id = $1 and id = $2`,
  );

  it('in which two transactions wait for each other begins the work of one again, afresh', async () => {
    const [one, two] = [await company.application({ name: 'One' }), await company.application({ name: 'Two' })];
    const attempts: Transaction[] = [];
    const arrived = new Set<string>();
    const crossing = (first: string, second: string, mark: string) =>
      working(async (tx) => {
        attempts.push(tx);
        tx.em.persist(named(`made by ${mark}`));
        await tx.execute(touch, [first, mark]);
        arrived.add(mark);
        for (let i = 0; arrived.size < 2 && i < 200; i++) await sleep(5);
        await tx.execute(touch, [second, mark]);
      });
    await Promise.all([crossing(one.id, two.id, 'a'), crossing(two.id, one.id, 'b')]);

    expect(attempts).toHaveLength(3);
    expect(new Set(attempts.map(({ em }) => em)).size).toBe(3);
    expect(await names()).toEqual(['One', 'Two', 'made by a', 'made by b']);
    const touched = await query<{ description: string }>(
      `select description from application where name in ('One', 'Two') and organization_id = $1`,
      [company.id],
    );
    for (const { description } of touched) expect(description).toMatch(/^(ab|ba)$/);
  });

  it('with a change made meanwhile begins the work again where it asked for one view of all', async () => {
    const { id } = await company.application({ name: 'One' });
    let attempts = 0;
    await working(async (tx) => {
      await tx.run('set transaction isolation level repeatable read', []);
      expect(await tx.query(namesHere)).toHaveLength(1);
      if (++attempts === 1) await bed.given.sql(`update application set description = 'x' where id = $1`, [id]);
      await tx.execute(touch, [id, 'y']);
    });
    expect(attempts).toBe(2);
    expect(await query(`select description from application where id = $1`, [id])).toEqual([{ description: 'xy' }]);
  });

  it('that never ends is given up after a few attempts', async () => {
    let attempts = 0;
    const hopeless = working(async (tx) => {
      attempts++;
      await tx.run(`do $$ begin raise exception 'again' using errcode = 'serialization_failure'; end $$`, []);
    });
    await expect(hopeless).rejects.toThrow('again');
    expect(attempts).toBe(4);
  });
});

describe('a write in one statement', () => {
  it('is whole or not at all, and begins again when the database asks for that', async () => {
    await bed.given.sql('create sequence tries');
    await bed.given.sql(`
      create function succeed_at_last(name text) returns text language plpgsql security definer set search_path = public as $$
      begin
        if nextval('tries') < 3 then raise exception 'again' using errcode = 'deadlock_detected'; end if;
        return name;
      end $$`);
    const make = statement<{ name: string }>(
      undefined,
      `with made as (
         insert into application (organization_id, id, name, name_key) values ($1, new_id(), $2, $2) returning name)
       select succeed_at_last(name) as name from made`,
    );
    expect(await bed.database.inOneStatement(callerOf(company), make, ['Payroll'])).toEqual([{ name: 'Payroll' }]);
    expect(await names()).toEqual(['Payroll']);
    expect(await bed.given.sql(`select last_value::int as tries from tries`)).toEqual([{ tries: 3 }]);
  });

  it('that never comes through tells whoever asked to try again, in a transaction or alone', async () => {
    await bed.given.sql(`create function never_succeed() returns int language plpgsql as
      $$ begin raise exception 'again' using errcode = 'deadlock_detected'; end $$`);
    const never = statement<never>(undefined, 'select never_succeed(), $1::uuid');
    let begun = 0;
    const within = bed.database.inTransaction(callerOf(company), async (tx) => {
      begun++;
      await tx.query(never);
    });
    await expect(within).rejects.toThrow(/try again/);
    expect(begun).toBe(4);
    await expect(bed.database.inOneStatement(callerOf(company), never, [])).rejects.toBeInstanceOf(ConflictError);
  });
});

describe('values', () => {
  const everyKind = statement<Record<string, unknown>>(
    undefined,
    `select timestamptz '2024-01-09 12:01:00.1+01' as instant, date '2024-02-29' as day, 9007199254740991::bigint as count,
       '{"b": [1, null], "a": "ü"}'::jsonb as document, '\\x00ff'::bytea as bytes, $1::uuid as id, null::text as nothing,
       array['a', null]::text[] as list, true as flag, 1.5::float8 as share, count(*) as counted from (values (1)) v`,
  );
  const expected = () => ({
    instant: '2024-01-09T11:01:00.100Z',
    day: '2024-02-29',
    count: 9_007_199_254_740_991,
    document: { a: 'ü', b: [1, null] },
    bytes: Buffer.from([0, 255]),
    id: company.id,
    nothing: null,
    list: ['a', null],
    flag: true,
    share: 1.5,
    counted: 1,
  });

  it('of rows are the same outside and inside of transactions', async () => {
    expect(await bed.database.query(callerOf(company), everyKind)).toEqual([expected()]);
    expect(await working((tx) => tx.query(everyKind))).toEqual([expected()]);
  });

  it('of entities are dates to the millisecond and documents as they were', async () => {
    const config = {
      kind: 'delimited-file',
      authoritative: true,
      priority: 7,
      mapping: { 'Ünique "id"': 'nativeIdentity' },
    };
    const application = named('Payroll');
    const id = newId();
    await working(async (tx) => {
      tx.em.persist(application);
      await tx.em.flush();
      const connector = Connector.of(application, 'Feed');
      connector.id = id;
      connector.configure(config as never);
      connector.createdAt = new Date('2024-01-09T11:01:00.100Z');
      tx.em.persist(connector);
    });
    await working(async (tx) => {
      const connector = await tx.em.findOneOrFail(Connector, id);
      expect(connector.createdAt).toEqual(new Date('2024-01-09T11:01:00.100Z'));
      expect(connector.syncDisabledAt).toBeNull();
      expect(connector.config).toEqual(config);
    });
  });
});

describe('a statement', () => {
  const prepared = systemStatement<{ name: string; uses: number }>(
    undefined,
    `select name, (generic_plans + custom_plans)::int as uses from pg_prepared_statements order by name`,
  );

  it('is prepared once if it has a name, and never without', async () => {
    const door = await openDatabase(bed.file.serverUrl);
    const kept = statement<never>('test.kept', `select $1::uuid`);
    for (let i = 0; i < 3; i++) await door.database.query(callerOf(company), kept);
    for (let i = 0; i < 3; i++) await door.database.query(callerOf(company), namesHere);
    await door.database.inTransaction(callerOf(company), (tx) => tx.query(namesHere));
    expect(await door.database.asSystem('test', (system) => system.query(prepared))).toEqual([
      { name: 'test.kept', uses: 3 },
    ]);
    await door.close();
    expect(() => statement('test.kept', 'select $1::text')).toThrow(/two statements/);
  });

  it('of the system needs a reason', async () => {
    await expect(bed.database.asSystem('', async () => 1)).rejects.toThrow(/reason/);
  });
});

describe('the pool', () => {
  it('says how many connections are open, idle and waited for, before the first one too', async () => {
    const patient = { statementMs: 0, lockMs: 0 };
    const door = await openDatabase(bed.file.serverUrl, productEntities, patient);
    expect(door.database.poolFigures()).toEqual({ open: 0, idle: 0, most: 4, waiting: 0 });
    await bed.given.sql('select pg_advisory_lock(7)');
    const wait = systemStatement<never>(undefined, 'select pg_advisory_xact_lock(7)');
    const busy = Array.from({ length: 6 }, () => door.database.asSystem('test', (system) => system.query(wait)));
    const all = { open: 4, idle: 0, waiting: 2 };
    await expect.poll(() => door.database.poolFigures(), { timeout: 10_000 }).toMatchObject(all);
    await bed.given.sql('select pg_advisory_unlock(7)');
    await Promise.all(busy);
    expect(door.database.poolFigures()).toEqual({ open: 4, idle: 4, most: 4, waiting: 0 });
    await door.close();
  });
});
