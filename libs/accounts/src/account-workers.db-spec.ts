import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Principal, Role } from '@app/access';
import { Askers } from '@app/auth';
import { type AccountWriter, SourceWriters } from '@app/connectors';
import { JobQueue, Tasks } from '@app/jobs';
import { newId } from '@app/kernel';
import { Announcements } from '@app/persistence';
import { principalOf } from '../../../test/support/callers.js';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { Trail } from '../../../test/support/trail.js';
import { Workbench } from '../../../test/support/workbench.js';
import { accountJobs, wakeNext } from './account-jobs.js';
import { AccountOperationWorker } from './account-operation-worker.js';
import { AccountOperations } from './account-operations.js';
import { AccountReloadWorker } from './account-reload-worker.js';
import { StillAllowed } from './still-allowed.js';

let bench: Workbench;
let operations: AccountOperations;
let worker: AccountOperationWorker;
let reader: AccountReloadWorker;
let company: GivenOrganization;
let connector: Row;
let account: Row;
let trail: Trail;
let helpdesk: Principal;
const asked: string[] = [];
let answer: () => Promise<void>;
let noting: (() => void) | undefined;

const once = { jobId: newId(), last: false };
const lastTry = { ...once, last: true };

beforeAll(async () => {
  bench = await Workbench.open([AccountOperationWorker, AccountReloadWorker, Askers, StillAllowed], accountJobs);
  operations = bench.get(AccountOperations);
  worker = bench.get(AccountOperationWorker);
  reader = bench.get(AccountReloadWorker);
  const write = (operation: string) => async () => {
    asked.push(operation);
    await answer();
  };
  const writer: AccountWriter = { enable: write('enable'), disable: write('disable'), unlock: write('unlock') };
  bench.get(SourceWriters).register('delimited-file', writer);
  // Stands for whatever may go wrong between the source's answer and our own commit.
  bench.get(Announcements).on('sync', 'account.changed', async () => noting?.());
});
afterAll(() => bench.close());
beforeEach(async () => {
  company = await bench.given.organization();
  connector = await bench.connector(company, 'System', {
    kind: 'delimited-file',
    mapping: { login: 'nativeIdentity', off: 'disabled' },
  });
  account = await company.account(connector, null, { native_identity: 'ada', name: 'ada' });
  trail = new Trail(bench.given, company.id);
  helpdesk = await holder('HELPDESK');
  asked.length = 0;
  answer = async () => {};
  noting = undefined;
});

/** A user of the company with this role, signed in. */
async function holder(role: Role): Promise<Principal> {
  const { id } = await company.user();
  await bench.given.insert('role_assignment', { organization_id: company.id, user_id: id, role });
  return principalOf(company.id, [role], id);
}

const caller = () => helpdesk;
const work = (taskId: string) => ({ organizationId: company.id, taskId });
const disable = () => operations.operate(caller(), 'disable', account.id, { forceProvisioning: false });
const status = (id: string) => bench.get(Tasks).get(principalOf(company.id, ['AUDITOR']), id);

async function isDisabled(): Promise<unknown> {
  const [row] = await bench.given.sql('select disabled from account where id = $1', [account.id]);
  return row?.['disabled'];
}

/** Jobs that wake a worker for this task. */
async function jobsOf(taskId: string): Promise<number> {
  const scope = `select count(*)::int as n from pgboss.job where data ->> 'taskId' = $1`;
  const rows = await bench.database.asSystem('test', (system) => system.run(scope, [taskId]));
  return (rows.rows[0] as { n: number }).n;
}

describe('what a source was asked', () => {
  it('is asked once, though it is delivered twice at once or later again', async () => {
    const task = await disable();
    const outcomes = await Promise.allSettled([worker.work(work(task), once), worker.work(work(task), once)]);
    expect(outcomes.map((one) => one.status).toSorted((a, b) => a.localeCompare(b))).toEqual(['fulfilled', 'rejected']);
    await worker.work(work(task), lastTry);
    expect(asked).toEqual(['disable']);
    expect(await isDisabled()).toBe(true);
    expect((await trail.events()).map(({ action }) => action)).toEqual(['account.disabled']);
  });

  it('and did counts here once it can be noted', async () => {
    const task = await disable();
    noting = () => {
      throw new Error('the database went away');
    };
    await expect(worker.work(work(task), once)).rejects.toThrow('went away');
    expect([await isDisabled(), (await status(task)).state]).toEqual([false, 'queued']);
    expect(await trail.events()).toEqual([]);
    noting = undefined;
    await worker.work(work(task), once);
    expect([await isDisabled(), (await status(task)).state]).toEqual([true, 'succeeded']);
    expect(asked).toEqual(['disable', 'disable']);
  });

  it('and did, but can never be noted, is told as such', async () => {
    const task = await disable();
    noting = () => {
      throw new Error('the database went away');
    };
    await expect(worker.work(work(task), lastTry)).rejects.toThrow('went away');
    expect(await status(task)).toMatchObject({ state: 'failed', messages: [{ key: 'not_noted' }] });
    expect(await isDisabled()).toBe(false);
  });

  it('by a worker that died is asked again by another, and only the later one counts', async () => {
    const task = await disable();
    let alive = () => {};
    answer = () =>
      new Promise((resolve) => {
        alive = resolve;
      });
    const silent = worker.work(work(task), once);
    await expect.poll(() => asked).toEqual(['disable']);
    await expect(worker.work(work(task), once)).rejects.toThrow('in hand');
    await bench.given.sql(`update task set lease_until = now() - interval '1 second' where id = $1`, [task]);
    answer = async () => {};
    await worker.work(work(task), once);
    alive();
    await expect(silent).rejects.toThrow('in other hands');
    expect(asked).toEqual(['disable', 'disable']);
    expect((await trail.events()).map(({ action }) => action)).toEqual(['account.disabled']);
    expect(await status(task)).toMatchObject({ state: 'succeeded', attempts: 2 });
  });

  it('fails for good with the source’s own words on one line, and wakes what waited behind it', async () => {
    const task = await disable();
    const behind = await operations.reload(caller(), account.id);
    expect(await jobsOf(behind)).toBe(1);
    await expect(reader.work(work(behind), lastTry)).rejects.toThrow('an earlier one');
    answer = async () => {
      throw new Error(`not\nwritable ${'x'.repeat(1_000)}`);
    };
    await worker.work(work(task), lastTry);
    const { state, messages } = await status(task);
    expect([state, messages[0]?.key]).toEqual(['failed', 'source_failed']);
    expect(messages[0]?.text).toMatch(/^The source did not do it: not writable x+$/);
    expect(messages[0]!.text.length).toBeLessThan(400);
    expect(await jobsOf(behind)).toBe(2);
    await reader.work(work(behind), once);
    expect(await status(behind)).toMatchObject({ state: 'succeeded', messages: [{ key: 'no_file' }] });
  });

  it('wakes what waited behind it also when it is given up', async () => {
    const task = await disable();
    const behind = await operations.reload(caller(), account.id);
    await bench.given.sql(`update task set updated_at = now() - interval '25 hours' where id = $1`, [task]);
    await bench.get(Tasks).tidy((tx, accountId) => wakeNext(tx, bench.get(JobQueue), accountId));
    expect(await status(task)).toMatchObject({ state: 'failed', messages: [{ key: 'given_up' }] });
    expect(await jobsOf(behind)).toBe(2);
    await reader.work(work(behind), once);
    expect((await status(behind)).state).toBe('succeeded');
  });

  it.each([
    [
      'the account is gone',
      () => bench.given.sql('update account set deleted_at = now() where id = $1', [account.id]),
      'account_gone',
    ],
    [
      'nothing can write there any more',
      () =>
        bench.given
          .sql(`alter table connector drop constraint connector_kind_is_known`)
          .then(() => bench.given.sql(`update connector set kind = 'else' where id = $1`, [connector.id])),
      'no_writer',
    ],
  ])('is not asked when %s', async (_, change, key) => {
    const task = await disable();
    await change();
    await worker.work(work(task), once);
    expect(asked).toEqual([]);
    expect(await status(task)).toMatchObject({ state: 'failed', messages: [{ key }] });
  });
});

describe('whoever asked for it', () => {
  const sql = (text: string, ...values: unknown[]) => bench.given.sql(text, values);
  const demote = (id: string | null) => sql('delete from role_assignment where user_id = $1', id);
  const asks = async (by: Principal) => [
    await operations.operate(by, 'disable', account.id, { forceProvisioning: false }),
    await operations.reload(by, account.id),
  ];

  /** Both tasks are done; answers how they ended. */
  async function outcomes(tasks: readonly string[]): Promise<string[]> {
    const [operated, reloaded] = tasks as [string, string];
    await worker.work(work(operated), once);
    await reader.work(work(reloaded), once);
    const ended = await Promise.all(tasks.map(status));
    return ended.map(({ messages }) => messages[0]!.key);
  }

  async function actingFor(userId: string, type: 'user' | 'client', id: string): Promise<Principal> {
    const actor = { type, id, name: 'Actor' };
    return { ...principalOf(company.id, ['HELPDESK'], userId), actor, onBehalfOf: { id: userId, name: 'Somebody' } };
  }

  const refused = ['not_allowed', 'not_allowed'];
  const done = ['written_to_source', 'no_file'];

  it.each([
    ['lost the role', demote],
    [
      'was deactivated',
      (id: string | null) => sql(`update app_user set active = false, inactive_reason = 'manual' where id = $1`, id),
    ],
    ['was deleted', (id: string | null) => sql('update app_user set deleted_at = now() where id = $1', id)],
    [
      'belongs to a company that was closed',
      () => sql(`update organization set account_type = 'DISABLED' where id = $1`, company.id),
    ],
  ])('and since %s is refused: the source is not asked and nothing is changed', async (_, change) => {
    const tasks = await asks(helpdesk);
    await change(helpdesk.userId);
    expect(await outcomes(tasks)).toEqual(refused);
    expect([asked, await isDisabled()]).toEqual([[], false]);
    expect((await status(tasks[0]!)).state).toBe('failed');
  });

  it('may have signed out', async () => {
    expect(await outcomes(await asks(helpdesk))).toEqual(done);
  });

  it('owns the connector still, if that is how he reaches it', async () => {
    const narrow = await holder('SOURCE_SUBADMIN');
    await company.connectorOwner(connector, { id: narrow.userId!, name: '' });
    const [first, second] = [await asks(narrow), await asks(narrow)];
    expect(await outcomes(first)).toEqual(done);
    await sql('delete from connector_owner where user_id = $1', narrow.userId);
    expect(await outcomes(second)).toEqual(refused);
  });

  it('as a client is refused with its user, and when it is gone', async () => {
    const client = async () => {
      const row = { id: newId(), organization_id: company.id, user_id: helpdesk.userId, name: newId() };
      const secret = { client_id: newId(), public_key: {}, created_by: helpdesk.userId };
      await bench.given.insert('oauth_client', { ...row, ...secret, roles: ['HELPDESK'] });
      return actingFor(helpdesk.userId!, 'client', row.id);
    };
    const [one, two] = [await client(), await client()];
    const tasks = [await asks(one), await asks(two), await asks(one)];
    expect(await outcomes(tasks[0]!)).toEqual(done);
    await sql('delete from oauth_client where id = $1', two.actor.id);
    expect(await outcomes(tasks[1]!)).toEqual(refused);
    await demote(helpdesk.userId);
    expect(await outcomes(tasks[2]!)).toEqual(refused);
  });

  it('as somebody else is refused with either of the two', async () => {
    const admin = await holder('Administrator');
    const as = await actingFor(helpdesk.userId!, 'user', admin.userId!);
    const [first, second] = [await asks(as), await asks(as)];
    expect(await outcomes(first)).toEqual(done);
    await demote(admin.userId);
    expect(await outcomes(second)).toEqual(refused);
  });
});

describe('reading an account again', () => {
  it('is done once, and begins again where it broke off', async () => {
    await bench.upload(company, connector, 'login,off\nada,yes\n');
    await trail.mark();
    const task = await operations.reload(caller(), account.id);
    noting = () => {
      throw new Error('the database went away');
    };
    await expect(reader.work(work(task), once)).rejects.toThrow('went away');
    expect([await isDisabled(), (await status(task)).state]).toEqual([false, 'queued']);
    await expect(reader.work(work(task), lastTry)).rejects.toThrow('went away');
    expect(await status(task)).toMatchObject({ state: 'failed', messages: [{ key: 'internal' }] });

    noting = undefined;
    const again = await operations.reload(caller(), account.id);
    await reader.work(work(again), once);
    await reader.work(work(again), once);
    expect(await isDisabled()).toBe(true);
    expect((await trail.events()).map(({ action }) => action)).toEqual(['account.updated']);
  });

  it('warns of a file that cannot be read, and of an account that is gone', async () => {
    await bench.upload(company, connector, 'login,off\nada,yes\n');
    await bench.given.sql(
      `update connector set config = jsonb_set(config, '{mapping}', '{"login": "nativeIdentity", "more": "email"}') where id = $1`,
      [connector.id],
    );
    const unreadable = await operations.reload(caller(), account.id);
    await reader.work(work(unreadable), once);
    const { state, messages } = await status(unreadable);
    expect([state, messages[0]?.key]).toEqual(['failed', 'file_unreadable']);
    expect(messages[0]?.text).toContain('more');

    const gone = await operations.reload(caller(), account.id);
    await bench.given.sql('update account set deleted_at = now() where id = $1', [account.id]);
    await reader.work(work(gone), once);
    expect(await status(gone)).toMatchObject({ state: 'failed', messages: [{ key: 'account_gone' }] });
  });
});
