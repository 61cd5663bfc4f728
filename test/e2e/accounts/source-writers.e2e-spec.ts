import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { newId } from '@app/kernel';
import { Database } from '@app/persistence';
import { type Client, TestApi } from '../../support/api.js';
import type { Feed } from '../../support/feed.js';
import type { Row } from '../../support/given.js';
import { brokenInvariants } from '../../support/invariants.js';
import { RecordingWriter } from '../../support/recording-writer.js';
import { Trail } from '../../support/trail.js';
import { AccountCalls, header, messagesOf, systemOf, type WireTask } from '../../support/writes-company.js';

let api: TestApi;
let helpdesk: Client;
let accounts: AccountCalls;
let writer: RecordingWriter;
let trail: Trail;
let feed: Feed;
let ada: Row;
const system: string[] = [];

beforeAll(async () => {
  api = await TestApi.start();
  const admin = await api.as('Administrator');
  helpdesk = await api.as('HELPDESK');
  accounts = new AccountCalls(helpdesk);
  trail = new Trail(api.given, api.organization.id);
  ada = await api.organization.owner({ name: 'Ada Amir', identity_id: 'E1' });
  writer = await RecordingWriter.beside(api);
  feed = await systemOf(api, admin);
});
afterEach(() => {
  writer.release();
  writer.failures = 0;
});
afterAll(() => api.close());

const row = (login: string, off: boolean, blocked = false) => `${login},,,E1,${off},${blocked},,,`;

/** An account of its own, read from the system's file. */
async function read(off = false, blocked = false) {
  const login = `user-${system.length}`;
  system.push(row(login, off, blocked));
  expect((await sync())['state']).toBe('succeeded');
  return accounts.named(login);
}
const sync = () => feed.sync([header, ...system].join('\n'));

async function statusOf(task: { readonly id: string }): Promise<WireTask> {
  return (await helpdesk.get(`/task-status/${task.id}`).expect(200)).body;
}

async function asked(path: string, body: object = {}): Promise<{ id: string }> {
  return (await accounts.post(path, body).expect(202)).body;
}

async function begun(nativeIdentity: unknown): Promise<void> {
  await vi.waitUntil(() => writer.of(nativeIdentity).length === 1, { timeout: 15_000 });
}

describe.each([
  ['disable', 'disabled', true, () => read()],
  ['enable', 'disabled', false, () => read(true)],
  ['unlock', 'locked', false, () => read(false, true)],
] as const)('%s at a source that can be written to', (operation, field, value, account) => {
  it('changes the account once the source has done it, in the name of whoever asked', async () => {
    const { id, nativeIdentity } = await account();
    writer.hold();
    await trail.mark();
    const { body: task, headers } = await accounts
      .post(`/accounts/${id}/${operation}`, { externalVerificationId: 'T-7' })
      .expect(202);
    await begun(nativeIdentity);
    expect(await statusOf(task)).toMatchObject({ completionStatus: null, completed: null, percentComplete: 50 });
    expect(await accounts.get(id)).toMatchObject({ [field]: !value });
    expect(await trail.events()).toEqual([]);

    writer.release();
    const done = await accounts.done({ status: 202, body: task });
    expect([done.completionStatus, messagesOf(done), done['percentComplete']]).toEqual([
      'SUCCESS',
      ['written_to_source'],
      100,
    ]);
    expect(await accounts.get(id)).toMatchObject({ [field]: value });
    expect(writer.written.at(-1)).toMatchObject({
      operation,
      options: { forceProvisioning: false, externalVerificationId: 'T-7' },
    });
    const { user } = helpdesk;
    expect(await trail.events()).toMatchObject([
      {
        action: `account.${operation}${operation === 'unlock' ? 'ed' : 'd'}`,
        subject_id: id,
        before: { [field]: !value },
        after: { [field]: value },
        actor_id: user.id,
        request_id: headers['x-request-id'],
      },
    ]);
    expect(await brokenInvariants(api.given, api.organization)).toEqual([]);
  });

  it('asks nobody for what is so already, unless it is to be forced', async () => {
    const { id, nativeIdentity } = await account();
    await accounts.done(await accounts.post(`/accounts/${id}/${operation}`, {}));
    const again = await accounts.done(await accounts.post(`/accounts/${id}/${operation}`, {}));
    expect(messagesOf(again)).toEqual(['already_so']);
    await trail.mark();
    await accounts.done(await accounts.post(`/accounts/${id}/${operation}`, { forceProvisioning: true }));
    expect(writer.of(nativeIdentity)).toEqual([operation, operation]);
    expect(await trail.events()).toEqual([]);
  });
});

describe('an operation', () => {
  it('is tried again when the source fails, and done once it does not', async () => {
    const { id, nativeIdentity } = await read();
    writer.failures = 1;
    const task = await asked(`/accounts/${id}/disable`);
    await begun(nativeIdentity);
    await expect.poll(async () => messagesOf(await statusOf(task))).toEqual(['will_be_tried_again']);
    expect(await statusOf(task)).toMatchObject({ completed: null, progress: 'waiting to be tried again' });
    expect(await accounts.get(id)).toMatchObject({ disabled: false });
    const done = await accounts.done({ status: 202, body: task });
    expect([done.completionStatus, writer.of(nativeIdentity)]).toEqual(['SUCCESS', ['disable', 'disable']]);
    expect(await accounts.get(id)).toMatchObject({ disabled: true });
  }, 30_000);

  it('that its source refuses to the last changes nothing, and tells why', async () => {
    const { id } = await read();
    writer.failures = 1;
    writer.hold();
    const task = await asked(`/accounts/${id}/disable`);
    const last = `update pgboss.job set retry_limit = 0 where name = 'accounts.operate' and data ->> 'taskId' = $1`;
    await sqlAsServer(last, [task.id]);
    writer.release();
    await trail.mark();
    const done = await accounts.done({ status: 202, body: task });
    expect(done).toMatchObject({
      completionStatus: 'ERROR',
      messages: [
        {
          type: 'ERROR',
          localizedText: { message: 'The source did not do it: the directory is read only' },
        },
      ],
    });
    expect(await accounts.get(id)).toMatchObject({ disabled: false });
    expect(await trail.events()).toEqual([]);
  });

  it('is done once, however often its job is delivered', async () => {
    const { id, nativeIdentity } = await read();
    writer.hold();
    const task = await asked(`/accounts/${id}/disable`);
    await begun(nativeIdentity);
    const again = `insert into pgboss.job (name, data, retry_limit) select name, data, 0 from pgboss.job where data ->> 'taskId' = $1`;
    await sqlAsServer(again, [task.id]);
    await sqlAsServer(again, [task.id]);
    writer.release();
    await accounts.done({ status: 202, body: task });
    await expect
      .poll(
        async () =>
          sqlAsServer(`select from pgboss.job where data ->> 'taskId' = $1 and state < 'completed'`, [task.id]),
        {
          timeout: 15_000,
        },
      )
      .toEqual([]);
    expect(writer.of(nativeIdentity)).toEqual(['disable']);
  }, 30_000);

  it('waits for the one that was asked for before it on the same account', async () => {
    const { id, nativeIdentity } = await read();
    writer.hold();
    const tasks = [await asked(`/accounts/${id}/disable`), await asked(`/accounts/${id}/enable`)];
    await begun(nativeIdentity);
    expect(await statusOf(tasks[1]!)).toMatchObject({ completed: null, percentComplete: 0 });
    writer.release();
    for (const body of tasks) await accounts.done({ status: 202, body });
    expect(writer.of(nativeIdentity)).toEqual(['disable', 'enable']);
    expect(await accounts.get(id)).toMatchObject({ disabled: false });
  }, 30_000);

  it('on an account that goes meanwhile ends with a warning', async () => {
    const { id, nativeIdentity } = await read();
    writer.hold();
    const task = await asked(`/accounts/${id}/disable`);
    await begun(nativeIdentity);
    const admin = await api.as('ORG_ADMIN');
    await admin.post(`/accounts/${id}/remove`).expect(202);
    writer.release();
    const done = await accounts.done({ status: 202, body: task });
    expect([done.completionStatus, messagesOf(done)]).toEqual(['WARNING', ['account_gone']]);
    await helpdesk.get(`/accounts/${id}`).expect(404);
  });
});

describe('a run', () => {
  it('leaves the state of an account alone while an operation on it is open, and takes it over afterwards', async () => {
    const { id, nativeIdentity } = await read();
    const other = await read();
    writer.hold();
    const task = await asked(`/accounts/${id}/disable`);
    await begun(nativeIdentity);
    // The source says something of the state that is of the time before, and something else.
    const at = system.findIndex((line) => line.startsWith(`${String(nativeIdentity)},`));
    system[at] = `${String(nativeIdentity)},New name,,E1,false,true,,,`;
    const run = await sync();
    expect([run['state'], run['accountsUpdated']]).toEqual(['succeeded', 1]);
    expect(await accounts.get(id)).toMatchObject({ name: 'New name', disabled: false, locked: false });
    expect(await accounts.get(other.id)).toEqual(other);

    writer.release();
    await accounts.done({ status: 202, body: task });
    expect(await accounts.get(id)).toMatchObject({ disabled: true, locked: false });
    await sync();
    expect(await accounts.get(id)).toMatchObject({ disabled: false, locked: true });
    expect(await brokenInvariants(api.given, api.organization)).toEqual([]);
  }, 30_000);

  it('and a reload leave it alone alike', async () => {
    const { id, nativeIdentity } = await read();
    const at = system.findIndex((line) => line.startsWith(`${String(nativeIdentity)},`));
    system[at] = `${String(nativeIdentity)},Read again,,E1,true,true,,,`;
    await feed.upload([header, ...system].join('\n'));
    writer.hold();
    const reload = await asked(`/accounts/${id}/reload`);
    await accounts.done({ status: 202, body: reload });
    expect(await accounts.get(id)).toMatchObject({ name: 'Read again', disabled: true, locked: true });
    const enable = await asked(`/accounts/${id}/enable`);
    await begun(nativeIdentity);
    system[at] = `${String(nativeIdentity)},Once more,,E1,true,false,,,`;
    await feed.upload([header, ...system].join('\n'));
    const second = await asked(`/accounts/${id}/reload`);
    writer.release();
    for (const body of [enable, second]) await accounts.done({ status: 202, body });
    // The file is of the time before the operation: what it says of the state counts again, as it would in a run.
    expect(await accounts.get(id)).toMatchObject({ name: 'Once more', disabled: true, locked: false });
  }, 30_000);
});

describe('an operation whose turn comes later', () => {
  const ended = async (task: { readonly id: string }) => {
    const done = await accounts.done({ status: 202, body: task });
    return [done.completionStatus, messagesOf(done)];
  };

  it('is refused when whoever asked may not do it any more', async () => {
    const { id, nativeIdentity } = await read();
    const leaving = await api.as('HELPDESK');
    writer.hold();
    const first = await asked(`/accounts/${id}/disable`);
    await begun(nativeIdentity);
    const { body: second } = await leaving.post(`/accounts/${id}/enable`).send({}).expect(202);
    const { body: third } = await leaving.post(`/accounts/${id}/reload`).expect(202);
    await api.given.sql('delete from role_assignment where user_id = $1', [leaving.user.id]);
    writer.release();
    expect(await ended(first)).toEqual(['SUCCESS', ['written_to_source']]);
    for (const task of [second, third]) expect(await ended(task)).toEqual(['ERROR', ['not_allowed']]);
    expect(writer.of(nativeIdentity)).toEqual(['disable']);
    expect(await accounts.get(id)).toMatchObject({ disabled: true });
  }, 30_000);

  it('is not done when the account was deleted meanwhile', async () => {
    const { id, nativeIdentity } = await read();
    const admin = await api.as('ORG_ADMIN');
    writer.hold();
    await asked(`/accounts/${id}/disable`);
    await begun(nativeIdentity);
    const second = await asked(`/accounts/${id}/unlock`, { forceProvisioning: true });
    await admin.delete(`/accounts/${id}`).expect(202);
    writer.release();
    expect(await ended(second)).toEqual(['ERROR', ['account_gone']]);
    expect(writer.of(nativeIdentity)).toEqual(['disable']);
  }, 30_000);
});

describe('all accounts of an identity', () => {
  it('are disabled beside each other, and its own task ends with the last of them', async () => {
    const admin = new AccountCalls(await api.as('ORG_ADMIN'));
    const owner = await api.organization.owner({ name: 'Bob', identity_id: 'E9' });
    const logins = ['bob-1', 'bob-2', 'bob-3'];
    system.push(...logins.map((login) => `${login},,,E9,${login === 'bob-3'},false,,,`));
    await sync();
    writer.hold();
    const { body } = await admin.post(`/identities-accounts/${owner.id}/disable`).expect(202);
    await expect
      .poll(() => writer.written.filter(({ nativeIdentity }) => nativeIdentity.startsWith('bob')).length)
      .toBe(2);
    const open = (await admin.client.get(`/task-status/${body.id}`).expect(200)).body;
    expect(open).toMatchObject({ completed: null, target: { id: owner.id, type: 'IDENTITY', name: 'Bob' } });
    writer.failures = 1;
    writer.release();
    const done = await admin.done({ status: 202, body });
    expect([done.completionStatus, messagesOf(done)]).toEqual(['SUCCESS', ['all_done']]);
    for (const login of logins) expect(await accounts.named(login)).toMatchObject({ disabled: true });
    expect(writer.of('bob-3')).toEqual([]);
  }, 30_000);

  it('fail together if one fails', async () => {
    const admin = new AccountCalls(await api.as('ORG_ADMIN'));
    const { id, nativeIdentity, identityId } = await read();
    expect(identityId).toBe(ada.id);
    const task = newId();
    const parent = { organization_id: api.organization.id, id: task, kind: 'identity.disable', subject_type: 'owner' };
    await api.given.insert('task', { ...parent, subject_id: ada.id, requested_by: 'test' });
    writer.failures = 1;
    writer.hold();
    const child = await asked(`/accounts/${id}/disable`);
    await api.given.sql('update task set parent_id = $1 where id = $2', [task, child.id]);
    await sqlAsServer(`update pgboss.job set retry_limit = 0 where data ->> 'taskId' = $1`, [child.id]);
    await begun(nativeIdentity);
    writer.release();
    const done = await admin.done({ status: 202, body: { id: task } });
    expect([done.completionStatus, messagesOf(done)]).toEqual(['ERROR', ['some_failed']]);
    expect((await statusOf(child))['parentName']).toBe('Disable accounts of an identity');
  });
});

/** The queue's own tables are the server's. */
async function sqlAsServer(text: string, values: readonly unknown[]): Promise<unknown[]> {
  const { rows } = await api.app.get(Database).asSystem('test', (scope) => scope.run(text, values));
  return rows;
}
