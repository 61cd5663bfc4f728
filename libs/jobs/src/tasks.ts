import { Injectable } from '@nestjs/common';
import { type Caller, narrowedTo, type Principal, serverCaller } from '@app/access';
import { isId, NotFoundError } from '@app/kernel';
import { Database, statement, systemStatement, type Transaction } from '@app/persistence';
import { type ClaimedTask, type NewTask, summaryOf, type TaskMessage, type TaskOutcome, type TaskRow } from './task.js';

const leaseMinutes = 10;

const insertTasks = statement<never>(
  undefined,
  `insert into task (organization_id, id, kind, subject_type, subject_id, connector_id, parent_id, details, state, messages,
     requested_by, caller, started_at, finished_at, lease_until)
   select $1, t.id, t.kind, t.subject_type, t.subject_id, t.connector_id, t.parent_id, t.details, t.state, t.messages,
     $3, $4::jsonb, case when t.state <> 'queued' then now() end,
     case when t.state in ('succeeded', 'failed') then now() end,
     case when t.state = 'running' then now() + interval '${leaseMinutes} minutes' end
     from jsonb_to_recordset($2::jsonb) as t (id uuid, kind text, subject_type text, subject_id uuid, connector_id uuid,
       parent_id uuid, details jsonb, state text, messages jsonb)`,
);

const get = statement<TaskRow>(
  'task.get',
  `select t.id, t.kind, t.subject_type, t.subject_id, t.connector_id, c.name as connector_name, o.name as owner_name,
     p.kind as parent_kind, t.state, t.messages, t.details, t.requested_by, t.attempts, t.created_at, t.updated_at,
     t.started_at, t.finished_at
     from task t
     left join connector c on c.organization_id = $1 and c.id = t.connector_id
     left join owner o on t.subject_type = 'owner' and o.organization_id = $1 and o.id = t.subject_id
     left join task p on p.organization_id = $1 and p.id = t.parent_id
    where t.organization_id = $1 and t.id = $2 and ($3::uuid is null or exists (
      select from connector_owner w
       where w.organization_id = $1 and w.connector_id = t.connector_id and w.user_id = $3))`,
);

interface ClaimedRow {
  readonly id: string;
  readonly kind: string;
  readonly subject_id: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly attempts: number;
  readonly caller: Omit<Caller, 'organizationId'>;
}

/** What is asked of one record one after another is done one after another: the later one waits for the earlier. */
const claim = statement<ClaimedRow>(
  undefined,
  `update task t set state = 'running', attempts = attempts + 1, started_at = coalesce(started_at, now()),
      lease_until = now() + interval '${leaseMinutes} minutes', updated_at = now()
    where t.organization_id = $1 and t.id = $2 and t.finished_at is null and (t.state = 'queued' or t.lease_until < now())
      and not exists (
        select from task o where o.organization_id = $1 and o.subject_id = t.subject_id and o.finished_at is null and o.position < t.position)
    returning t.id, t.kind, t.subject_id, t.details, t.attempts, t.caller`,
);
const isUnfinished = statement<{ id: string }>(
  undefined,
  `select id from task where organization_id = $1 and id = $2 and finished_at is null`,
);
const release = statement<never>(
  undefined,
  `update task set state = 'queued', lease_until = null, messages = $4::jsonb, updated_at = now()
    where organization_id = $1 and id = $2 and attempts = $3 and state = 'running'`,
);
const finish = statement<{ parent_id: string | null; subject_type: string; subject_id: string }>(
  undefined,
  `update task set state = $4, messages = $5::jsonb, lease_until = null, updated_at = now(), finished_at = now()
    where organization_id = $1 and id = $2 and attempts = $3 and finished_at is null returning parent_id, subject_type, subject_id`,
);

/** Parts that end at the same moment: the later one sees the end of the other. */
const holdParent = statement<never>(
  undefined,
  `select p.id from task p join task t on t.organization_id = $1 and t.id = $2 and p.id = t.parent_id
    where p.organization_id = $1 for no key update of p`,
);
const countParts = statement<{ all: number; open: number; failed: number }>(
  undefined,
  `select count(*)::integer as all, (count(*) filter (where finished_at is null))::integer as open,
     (count(*) filter (where state = 'failed'))::integer as failed
     from task where organization_id = $1 and parent_id = $2`,
);
const finishParent = statement<never>(
  undefined,
  `update task set state = $3, messages = $4::jsonb, started_at = coalesce(started_at, created_at), updated_at = now(),
      finished_at = now()
    where organization_id = $1 and id = $2 and finished_at is null and lease_until is null`,
);
const stopGathering = statement<{ id: string }>(
  undefined,
  `update task set state = 'queued', started_at = null, lease_until = null, updated_at = now()
    where organization_id = $1 and id = $2 and finished_at is null and lease_until is not null returning id`,
);

interface Abandoned {
  readonly organization_id: string;
  readonly id: string;
  readonly attempts: number;
}

/** Its worker died and nobody took it up again, or its job was lost. A task of parts ends with them, and one that waits for an earlier one has had no turn yet. */
const abandoned = systemStatement<Abandoned>(
  undefined,
  `select t.organization_id, t.id, t.attempts from task t
    where t.finished_at is null and (t.lease_until < now() - interval '1 hour'
      or (t.state = 'queued' and t.updated_at < now() - interval '1 day'
        and not exists (select from task c where c.organization_id = t.organization_id and c.parent_id = t.id)))
      and not exists (select from task e where e.organization_id = t.organization_id and e.subject_id = t.subject_id
        and e.finished_at is null and e.position < t.position)
    order by t.updated_at limit 1000`,
);
const removedAtOnce = 5_000;

/** Parts before their wholes, which would take them along however many they are. */
const removeOld = systemStatement<never>(
  undefined,
  `delete from task where (organization_id, id) in (
     select organization_id, id from task where finished_at < now() - interval '90 days'
      order by finished_at, parent_id is null limit ${removedAtOnce})`,
);

const givenUp: TaskOutcome = {
  succeeded: false,
  messages: [{ type: 'ERROR', key: 'given_up', text: 'No worker came to the end of it. Ask for it again.' }],
};

/** What users see of the work they asked for: begun in the transaction of its cause, kept 90 days. */
@Injectable()
export class Tasks {
  constructor(private readonly database: Database) {}

  /** In the name of the transaction's caller; some may be done already. */
  async begin(tx: Transaction, tasks: readonly NewTask[]): Promise<void> {
    if (tasks.length === 0) return;
    const { actor, onBehalfOf, requestId } = tx.caller;
    const caller = { actor, requestId, ...(onBehalfOf && { onBehalfOf }) };
    await tx.query(insertTasks, [JSON.stringify(tasks.map(rowOf)), actor.name, JSON.stringify(caller)]);
  }

  /** SOURCE_SUBADMIN sees those of the connectors he owns. */
  async get(caller: Principal, id: string): Promise<TaskRow> {
    const values = [id, narrowedTo(caller, 'accounts:read')];
    const [task] = isId(id) ? await this.database.query(caller, get, values) : [];
    if (!task) throw new NotFoundError('task');
    return task;
  }

  /**
   * All parts of a task that gathered them are begun: it ends with the last of them, which may be now.
   * @throws {TaskLost} it was given up in the meantime
   */
  async complete(tx: Transaction, id: string): Promise<void> {
    const [gathered] = await tx.query(stopGathering, [id]);
    if (!gathered) throw new TaskLost();
    await this.finishWhole(tx, id);
  }

  /**
   * Takes the task in hand for some minutes. Undefined: it is done.
   * @throws {TaskWaits} somebody else has it, who may yet be lost, or an earlier task of the same record is not done
   */
  async claim(organizationId: string, id: string): Promise<ClaimedTask | undefined> {
    const [row] = await this.database.inOneStatement({ organizationId }, claim, [id]);
    if (!row) {
      const [waiting] = await this.database.query({ organizationId }, isUnfinished, [id]);
      if (waiting) throw new TaskWaits();
      return undefined;
    }
    const { kind, subject_id: subjectId, details, attempts: attempt } = row;
    return { id, kind, subjectId, details, attempt, caller: { organizationId, ...row.caller } };
  }

  /** Gives the task back to be tried again; the messages say why. */
  async release({ id, attempt, caller }: ClaimedTask, messages: readonly TaskMessage[]): Promise<void> {
    await this.database.inOneStatement(caller, release, [id, attempt, JSON.stringify(messages)]);
  }

  /**
   * Ends the task in the transaction of what it did.
   * @throws {TaskLost} somebody else has it by now, or it was ended: nothing of the transaction may stay
   */
  async finish(
    tx: Transaction,
    task: { readonly id: string; readonly attempt: number },
    outcome: TaskOutcome,
  ): Promise<void> {
    await this.end(tx, task, outcome);
  }

  /** For a job of the clock. `wake` calls for what waited behind a task of an account that is given up, in one transaction with its end. */
  async tidy(wake: (tx: Transaction, accountId: string) => Promise<void>): Promise<void> {
    const reason = 'tasks of every organization grow old';
    const left = await this.database.asSystem(reason, (system) => system.query(abandoned));
    for (const task of left) await this.giveUp(task, wake).catch(unlessLost);
    await this.database.asSystem(reason, async (system) => {
      while ((await system.execute(removeOld)) >= removedAtOnce);
    });
  }

  private async giveUp(
    { organization_id, id, attempts }: Abandoned,
    wake: (tx: Transaction, accountId: string) => Promise<void>,
  ): Promise<void> {
    await this.database.inTransaction(serverCaller(organization_id, 'system', 'tasks', null), async (tx) => {
      const ended = await this.end(tx, { id, attempt: attempts }, givenUp);
      if (ended.subject_type === 'account') await wake(tx, ended.subject_id);
    });
  }

  private async end(tx: Transaction, task: { readonly id: string; readonly attempt: number }, outcome: TaskOutcome) {
    await tx.query(holdParent, [task.id]);
    const [ended] = await tx.query(finish, [task.id, task.attempt, ...ending(outcome)]);
    if (!ended) throw new TaskLost();
    if (ended.parent_id !== null) await this.finishWhole(tx, ended.parent_id);
    return ended;
  }

  private async finishWhole(tx: Transaction, id: string): Promise<void> {
    const [parts] = await tx.query(countParts, [id]);
    if (parts?.open === 0) await tx.query(finishParent, [id, ...ending(summaryOf(parts))]);
  }
}

/** It is to be asked for again later. */
class TaskWaits extends Error {
  constructor() {
    super('the task is in hand, or an earlier one of the same record comes first');
  }
}

/** The task is no longer in the hands of whoever wants to end it. */
class TaskLost extends Error {
  constructor() {
    super('the task is in other hands');
  }
}

function unlessLost(error: unknown): void {
  if (!(error instanceof TaskLost)) throw error;
}

function ending({ succeeded, messages }: TaskOutcome): [state: string, messages: string] {
  return [succeeded ? 'succeeded' : 'failed', JSON.stringify(messages)];
}

function rowOf(task: NewTask) {
  const { id, kind, outcome, gathers } = task;
  const open = gathers ? 'running' : 'queued';
  return {
    id,
    kind,
    subject_type: task.subjectType,
    subject_id: task.subjectId,
    connector_id: task.connectorId,
    parent_id: task.parentId ?? null,
    details: task.details ?? {},
    state: outcome === undefined ? open : outcome.succeeded ? 'succeeded' : 'failed',
    messages: outcome?.messages ?? [],
  };
}
