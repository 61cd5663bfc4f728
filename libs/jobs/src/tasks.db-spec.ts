import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, serverCaller } from '@app/access';
import { newId, NotFoundError } from '@app/kernel';
import { principalOf } from '../../../test/support/callers.js';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import type { NewTask, TaskMessage, TaskOutcome } from './task.js';
import { Tasks } from './tasks.js';

let bed: TestBed;
let tasks: Tasks;
let company: GivenOrganization;
let connector: Row;
let caller: Caller;

beforeAll(async () => {
  bed = await openTestBed();
  tasks = new Tasks(bed.database);
});
afterAll(() => bed.close());
beforeEach(async () => {
  company = await bed.given.organization();
  connector = await company.connector(await company.application());
  caller = {
    ...principalOf(company.id, ['ORG_ADMIN']),
    requestId: 'request-1',
    onBehalfOf: { id: newId(), name: 'Bo' },
  };
});

const told: TaskMessage = { type: 'INFO', key: 'done', text: 'It is done.' };
const success: TaskOutcome = { succeeded: true, messages: [told] };
const failed: TaskOutcome = { succeeded: false, messages: [{ type: 'ERROR', key: 'no', text: 'It is not.' }] };

function task(columns: Partial<NewTask> = {}): NewTask {
  const subject = { subjectType: 'account', subjectId: newId(), connectorId: connector.id } as const;
  return { id: newId(), kind: 'account.disable', ...subject, ...columns };
}
const begin = async (...all: NewTask[]) => {
  await bed.database.inTransaction(caller, (tx) => tasks.begin(tx, all));
  return all.map(({ id }) => id);
};
const finish = (claimed: { id: string; attempt: number }, outcome = success) =>
  bed.database.inTransaction(caller, (tx) => tasks.finish(tx, claimed, outcome));
const reader = () => principalOf(company.id, ['AUDITOR']);
const read = (id: string) => tasks.get(reader(), id);

describe('a task', () => {
  it('is begun with its cause or not at all, in the name of whoever asked', async () => {
    const one = task({ details: { forceProvisioning: true } });
    const undone = bed.database.inTransaction(caller, async (tx) => {
      await tasks.begin(tx, [one]);
      throw new Error('changed my mind');
    });
    await expect(undone).rejects.toThrow('changed my mind');
    await expect(read(one.id)).rejects.toThrow(NotFoundError);
    await begin(one);
    expect(await read(one.id)).toMatchObject({
      kind: 'account.disable',
      state: 'queued',
      connector_name: connector.name,
      requested_by: 'Somebody',
      messages: [],
      finished_at: null,
    });
    expect(await tasks.claim(company.id, one.id)).toEqual({
      id: one.id,
      kind: 'account.disable',
      subjectId: one.subjectId,
      details: { forceProvisioning: true },
      attempt: 1,
      caller: {
        organizationId: company.id,
        actor: caller.actor,
        onBehalfOf: caller.onBehalfOf,
        requestId: 'request-1',
      },
    });
  });

  it('may be done as it is begun', async () => {
    const [id] = (await begin(task({ outcome: success }), task({ outcome: failed }))) as [string];
    const done = await read(id);
    expect(done).toMatchObject({ state: 'succeeded', messages: [told], started_at: done.created_at });
    expect(done.finished_at).toBe(done.created_at);
    expect(await tasks.claim(company.id, id)).toBeUndefined();
  });

  it('is in one pair of hands at a time, and in others once those are thought lost', async () => {
    const [id] = (await begin(task())) as [string];
    const claims = await Promise.allSettled(Array.from({ length: 5 }, () => tasks.claim(company.id, id)));
    const [first, ...others] = claims.flatMap((claimed) => (claimed.status === 'fulfilled' ? claimed.value : []));
    expect(others).toEqual([]);
    await expect(tasks.claim(company.id, id)).rejects.toThrow('in hand');
    await bed.given.sql(`update task set lease_until = now() - interval '1 second' where id = $1`, [id]);
    const second = await tasks.claim(company.id, id);
    expect(second?.attempt).toBe(2);
    // The first one was not lost after all, but it is no longer his.
    await expect(finish(first!)).rejects.toThrow('in other hands');
    await tasks.release(first!, [told]);
    expect(await read(id)).toMatchObject({ state: 'running', messages: [] });
    await finish(second!);
    await expect(finish(second!)).rejects.toThrow('in other hands');
    expect(await read(id)).toMatchObject({ state: 'succeeded', attempts: 2 });
  });

  it('is given back to be tried again, and says why', async () => {
    const [id] = (await begin(task())) as [string];
    const claimed = (await tasks.claim(company.id, id))!;
    await tasks.release(claimed, failed.messages);
    expect(await read(id)).toMatchObject({ state: 'queued', messages: failed.messages, attempts: 1 });
    expect((await tasks.claim(company.id, id))?.attempt).toBe(2);
  });

  it('waits for an earlier one of the same record', async () => {
    const subjectId = newId();
    const [earlier, later, other] = (await begin(task({ subjectId }), task({ subjectId }), task())) as [
      string,
      string,
      string,
    ];
    await expect(tasks.claim(company.id, later)).rejects.toThrow('an earlier one');
    expect(await tasks.claim(company.id, other)).toBeDefined();
    const first = (await tasks.claim(company.id, earlier))!;
    await expect(tasks.claim(company.id, later)).rejects.toThrow('an earlier one');
    await finish(first, failed);
    expect(await tasks.claim(company.id, later)).toBeDefined();
  });

  it('undoes what was done with it when somebody else has ended it', async () => {
    const [id] = (await begin(task())) as [string];
    const claimed = (await tasks.claim(company.id, id))!;
    await finish(claimed);
    const writing = bed.database.inTransaction(caller, async (tx) => {
      await tasks.begin(tx, [task()]);
      await tasks.finish(tx, claimed, success);
    });
    await expect(writing).rejects.toThrow('in other hands');
    const rows = await bed.given.sql('select id from task where organization_id = $1', [company.id]);
    expect(rows).toHaveLength(1);
  });
});

describe('a task of parts', () => {
  it.each([
    ['all done', [success, success], 'succeeded', 'all_done'],
    ['one failed', [success, failed], 'failed', 'some_failed'],
  ] as const)('ends with the last of them: %s', async (_, outcomes, state, key) => {
    const whole = task({ kind: 'identity.disable', subjectType: 'owner', connectorId: null });
    const parts = outcomes.map(() => task({ parentId: whole.id }));
    await begin(whole, ...parts);
    const claims = await Promise.all(parts.map(({ id }) => tasks.claim(company.id, id)));
    expect(await read(whole.id)).toMatchObject({ state: 'queued' });
    // Both at once: the later one sees the end of the other.
    await Promise.all(claims.map((claimed, i) => finish(claimed!, outcomes[i])));
    expect(await read(whole.id)).toMatchObject({ state, messages: [{ key }] });
    expect(await read(parts[0]!.id)).toMatchObject({ parent_kind: 'identity.disable' });
  });
});

describe('a task that gathers its parts', () => {
  const gathering = () => task({ kind: 'identity.disable', subjectType: 'owner', connectorId: null, gathers: true });
  const complete = (id: string) => bed.database.inTransaction(caller, (tx) => tasks.complete(tx, id));

  it('does not end while more of them may come, and then with the last', async () => {
    const whole = gathering();
    const [, first] = (await begin(whole, task({ parentId: whole.id }))) as [string, string];
    await finish((await tasks.claim(company.id, first))!);
    expect(await read(whole.id)).toMatchObject({ state: 'running', finished_at: null });
    const [second] = (await begin(task({ parentId: whole.id }))) as [string];
    await complete(whole.id);
    expect(await read(whole.id)).toMatchObject({ state: 'queued' });
    await finish((await tasks.claim(company.id, second))!);
    expect(await read(whole.id)).toMatchObject({ state: 'succeeded', messages: [{ text: '2 accounts were done.' }] });
  });

  it.each([
    ['all are done', [success, failed], 'some_failed'],
    ['there are none', [], 'nothing_to_do'],
  ] as const)('ends at once when %s', async (_, outcomes, key) => {
    const whole = gathering();
    await begin(whole, ...outcomes.map((outcome) => task({ parentId: whole.id, outcome })));
    await complete(whole.id);
    const ended = await read(whole.id);
    expect(ended).toMatchObject({ messages: [{ key }] });
    expect(ended.finished_at).not.toBeNull();
  });

  it('is given up when whoever gathered them has died', async () => {
    const [id] = (await begin(gathering())) as [string];
    await bed.given.sql(`update task set lease_until = now() - interval '61 minutes' where id = $1`, [id]);
    await tasks.tidy(async () => {
      throw new Error('no account is concerned');
    });
    expect(await read(id)).toMatchObject({ state: 'failed', messages: [{ key: 'given_up' }] });
    await expect(complete(id)).rejects.toThrow('in other hands');
  });
});

describe('who sees a task', () => {
  it('is whoever reads accounts; SOURCE_SUBADMIN those of own connectors only', async () => {
    const user = await company.user();
    const [id, ofNoConnector] = (await begin(task(), task({ connectorId: null }))) as [string, string];
    const narrow = principalOf(company.id, ['SOURCE_SUBADMIN'], user.id);
    await expect(tasks.get(narrow, id)).rejects.toThrow(NotFoundError);
    await company.connectorOwner(connector, user);
    expect((await tasks.get(narrow, id)).id).toBe(id);
    await expect(tasks.get(narrow, ofNoConnector)).rejects.toThrow(NotFoundError);
    expect((await read(ofNoConnector)).id).toBe(ofNoConnector);
  });

  it('is nobody of another organization, and nobody finds what is no id', async () => {
    const [id] = (await begin(task())) as [string];
    const stranger = principalOf((await bed.given.organization()).id, ['Administrator']);
    await expect(tasks.get(stranger, id)).rejects.toThrow(NotFoundError);
    await expect(read('nonsense')).rejects.toThrow(NotFoundError);
    await expect(tasks.claim(stranger.organizationId, id)).resolves.toBeUndefined();
  });
});

describe('tidying', () => {
  const age = (id: string, columns: string) => bed.given.sql(`update task set ${columns} where id = $1`, [id]);
  const woken: string[] = [];
  const wake = async (_: unknown, accountId: string) => void woken.push(accountId);
  beforeEach(() => void woken.splice(0));
  const old = `interval '91 days'`;

  it('removes what ended 90 days ago, with its parts, and nothing younger or open', async () => {
    const whole = task({ outcome: success });
    const [gone, part, young, open] = (await begin(
      whole,
      task({ parentId: whole.id, outcome: success }),
      task({ outcome: success }),
      task(),
    )) as [string, string, string, string];
    for (const id of [gone, part]) await age(id, `finished_at = now() - ${old}, created_at = now() - ${old}`);
    await age(young, `finished_at = now() - interval '89 days'`);
    await tasks.tidy(wake);
    for (const id of [gone, part]) await expect(read(id)).rejects.toThrow(NotFoundError);
    for (const id of [young, open]) expect((await read(id)).id).toBe(id);
  });

  it('gives up what nobody has come to the end of, and its whole with it', async () => {
    const whole = task({ kind: 'identity.disable', subjectType: 'owner' });
    const part = task({ parentId: whole.id });
    const waiting = task();
    const [, lost, forgotten, fresh] = (await begin(whole, part, waiting, task())) as [string, string, string, string];
    await tasks.claim(company.id, lost);
    await age(lost, `lease_until = now() - interval '61 minutes'`);
    for (const id of [forgotten, whole.id]) await age(id, `updated_at = now() - interval '25 hours'`);
    await tasks.tidy(wake);
    for (const id of [lost, forgotten]) {
      expect(await read(id)).toMatchObject({ state: 'failed', messages: [{ key: 'given_up' }] });
    }
    expect(await read(whole.id)).toMatchObject({ state: 'failed', messages: [{ key: 'some_failed' }] });
    expect(await read(fresh)).toMatchObject({ state: 'queued' });
    expect(woken.toSorted()).toEqual([part.subjectId, waiting.subjectId].toSorted());
  });

  it('gives what waited behind a task given up a turn of its own, and wakes it', async () => {
    const subjectId = newId();
    const [first, behind] = (await begin(task({ subjectId }), task({ subjectId }))) as [string, string];
    for (const id of [first, behind]) await age(id, `updated_at = now() - interval '25 hours'`);
    await tasks.tidy(wake);
    expect(woken).toEqual([subjectId]);
    expect((await read(first)).state).toBe('failed');
    expect((await tasks.claim(company.id, behind))?.attempt).toBe(1);
  });

  it('leaves a task in hand when what waited behind it cannot be woken', async () => {
    const [id] = (await begin(task())) as [string];
    await age(id, `updated_at = now() - interval '25 hours'`);
    const failing = tasks.tidy(async () => {
      throw new Error('no queue');
    });
    await expect(failing).rejects.toThrow('no queue');
    expect((await read(id)).state).toBe('queued');
  });

  it('removes more than one batch of old tasks, wholes of many parts among them', async () => {
    const whole = task({ outcome: success });
    await begin(whole, ...Array.from({ length: 5_100 }, () => task({ parentId: whole.id, outcome: success })));
    await bed.given.sql(`update task set finished_at = now() - ${old} where organization_id = $1`, [company.id]);
    await tasks.tidy(wake);
    expect(await bed.given.sql('select id from task where organization_id = $1', [company.id])).toEqual([]);
  });
});

describe('what the server does by itself', () => {
  it('is told in the server’s name', async () => {
    const server = serverCaller(company.id, 'system', 'tasks', null);
    const one = task({ outcome: success });
    await bed.database.inTransaction(server, (tx) => tasks.begin(tx, [one]));
    expect(await read(one.id)).toMatchObject({ requested_by: 'tasks' });
    await bed.database.inTransaction(server, (tx) => tasks.begin(tx, []));
  });
});
