import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { HeldTransaction } from '../../../test/support/held-transaction.js';
import { brokenInvariants } from '../../../test/support/invariants.js';
import { Workbench } from '../../../test/support/workbench.js';
import { LeasedRun } from './leased-run.js';
import { RunExecutor } from './run-executor.js';
import { RunNotices } from './run-notices.js';

let bench: Workbench;
let company: GivenOrganization;
let system: Row;

beforeAll(async () => {
  bench = await Workbench.open([RunExecutor, RunNotices]);
});
afterAll(() => bench.close());
beforeEach(async () => {
  company = await bench.given.organization();
  system = await connect({ login: 'nativeIdentity', who: 'name', off: 'disabled', blocked: 'locked' });
});

const connect = (mapping: object) => bench.connector(company, `System ${newId()}`, { kind: 'delimited-file', mapping });

async function claimed(...rows: string[]): Promise<LeasedRun> {
  await bench.queue(company, system, ['login,who,off,blocked', ...rows].join('\n'));
  return (await LeasedRun.claim(bench.database, newId()))!;
}

async function sync(...rows: string[]): Promise<Row> {
  const run = await claimed(...rows);
  await bench.get(RunExecutor).execute(run);
  const [row] = await bench.given.sql('select * from sync_run where id = $1', [run.id]);
  return row!;
}

interface Account {
  readonly id: string;
  readonly name: string;
  readonly disabled: boolean;
  readonly locked: boolean;
  readonly known: boolean;
  readonly version: number;
}

async function account(login: string): Promise<Account> {
  const [row] = await bench.given.sql<Account>(
    `select id, name, disabled, locked, source_hash is not null as known, version from account
      where organization_id = $1 and connector_id = $2 and native_key = $3`,
    [company.id, system.id, login],
  );
  return row!;
}

/** An operation that a source has yet to do. */
async function pending(login: string, columns: object = {}): Promise<string> {
  const id = newId();
  const subject = { subject_type: 'account', subject_id: (await account(login)).id };
  const task = { organization_id: company.id, id, kind: 'account.disable', ...subject, requested_by: 'test' };
  await bench.given.insert('task', { ...task, ...columns });
  return id;
}
const finish = (id: string) =>
  bench.given.sql(`update task set state = 'succeeded', finished_at = now() where id = $1`, [id]);

describe('a run that reads the state of an account', () => {
  it('takes over everything but that while an operation on it is open, and reads the row again afterwards', async () => {
    await sync('a,One,no,no', 'b,One,no,no');
    const task = await pending('a');
    const run = await sync('a,Two,yes,yes', 'b,Two,yes,yes');
    expect(run).toMatchObject({ state: 'succeeded', accounts_updated: 2 });
    expect(await account('a')).toMatchObject({ name: 'Two', disabled: false, locked: false, known: false });
    expect(await account('b')).toMatchObject({ name: 'Two', disabled: true, locked: true, known: true });

    // The same file again: as long as the operation is open, there is nothing to take over.
    const version = (await account('a')).version;
    expect(await sync('a,Two,yes,yes', 'b,Two,yes,yes')).toMatchObject({ accounts_updated: 0, accounts_unchanged: 2 });
    expect((await account('a')).version).toBe(version);

    await finish(task);
    expect(await sync('a,Two,yes,yes', 'b,Two,yes,yes')).toMatchObject({ accounts_updated: 1, accounts_unchanged: 1 });
    expect(await account('a')).toMatchObject({ disabled: true, locked: true, known: true });
    expect(await sync('a,Two,yes,yes', 'b,Two,yes,yes')).toMatchObject({ accounts_updated: 0, accounts_unchanged: 2 });
    expect(await brokenInvariants(bench.given, company)).toEqual([]);
  });

  it('tells the trail of what it has taken over only', async () => {
    await sync('a,One,no,no');
    await pending('a');
    await sync('a,Two,yes,yes');
    const told = await bench.given.sql(
      `select before, after from audit_event where organization_id = $1 and action = 'account.updated'`,
      [company.id],
    );
    expect(told).toEqual([{ before: { name: 'One' }, after: { name: 'Two' } }]);
  });

  it.each([
    ['is done', { state: 'failed', finished_at: new Date() }],
    ['is another kind of task', { kind: 'account.reload' }],
    ['is one on another account', { subject_id: newId() }],
  ])('takes that over too where the operation %s', async (_, columns) => {
    await sync('a,One,no,no');
    await pending('a', columns);
    await sync('a,One,yes,no');
    expect(await account('a')).toMatchObject({ disabled: true, known: true });
  });

  it('leaves nothing aside of an account of another organization with the same id of a task', async () => {
    await sync('a,One,no,no');
    const elsewhere = await bench.given.organization();
    const task = { organization_id: elsewhere.id, id: newId(), kind: 'account.disable', requested_by: 'test' };
    await bench.given.insert('task', { ...task, subject_type: 'account', subject_id: (await account('a')).id });
    await sync('a,One,yes,no');
    expect(await account('a')).toMatchObject({ disabled: true });
  });

  it('knows the row where no state is mapped, whatever is open', async () => {
    system = await connect({ login: 'nativeIdentity', who: 'name' });
    await sync('a,One,,');
    await pending('a');
    await sync('a,Two,,');
    expect(await account('a')).toMatchObject({ name: 'Two', known: true });
  });

  it('shows in a dry run what a run would do', async () => {
    await sync('a,One,no,no');
    await pending('a');
    const run = await claimed('a,One,yes,no');
    await bench.given.sql('update sync_run set dry_run = true where id = $1', [run.id]);
    Object.defineProperty(run, 'dryRun', { value: true });
    await bench.get(RunExecutor).execute(run);
    const [row] = await bench.given.sql('select * from sync_run where id = $1', [run.id]);
    expect(row).toMatchObject({ state: 'succeeded', accounts_updated: 0, accounts_unchanged: 1 });
    expect(await account('a')).toMatchObject({ disabled: false });
  });

  it('leaves the state of an account that returns while an operation is open', async () => {
    await sync('a,One,no,no', 'b,One,no,no');
    await sync('b,One,no,no');
    await pending('a');
    await sync('a,One,yes,no', 'b,One,no,no');
    expect(await account('a')).toMatchObject({ disabled: false, known: false });
  });

  it('meets an operation that was begun at the last moment', async () => {
    await sync('a,One,no,no');
    const { id } = await account('a');
    const held = await HeldTransaction.begin(bench.ownerUrl, 'select id from account where id = $1 for no key update', [
      id,
    ]);
    const task = { id: newId(), values: [company.id, id] };
    await held.query(
      `insert into task (organization_id, id, kind, subject_type, subject_id, requested_by)
       values ($1, '${task.id}', 'account.disable', 'account', $2, 'test')`,
      task.values,
    );
    const running = sync('a,Two,yes,no');
    await held.untilInTheWayOf(1);
    await held.commit();
    expect((await running)['state']).toBe('succeeded');
    expect(await account('a')).toMatchObject({ name: 'Two', disabled: false, known: false });
  });
});
