import { Injectable } from '@nestjs/common';
import { type ConnectorScope, connectorScope, type Principal } from '@app/access';
import { actorValues, eventsInsert } from '@app/audit';
import { SourceWriters, type WriteOptions } from '@app/connectors';
import { JobQueue, type NewTask, summaryOf, Tasks } from '@app/jobs';
import { isId, newId, NotFoundError } from '@app/kernel';
import { Database, type Statement, statement, type Transaction } from '@app/persistence';
import { alreadySo, done, message } from './account-messages.js';
import { operateAccount, reloadAccount } from './account-jobs.js';
import { ofOwnConnectors } from './account-page.js';
import { isPending, type StateOperation, taskOf } from './pending-operations.js';
import { requireHeld } from './stored-account.js';

interface Candidate {
  readonly id: string;
  readonly connector_id: string;
  readonly kind: string;
  readonly disabled: boolean;
  readonly locked: boolean;
  readonly owner_id: string | null;
  readonly pending: boolean;
}

const hold = statement<never>(
  undefined,
  `select a.id from account a
    where a.organization_id = $1 and (a.id = any($2::uuid[]) or a.owner_id = any($3::uuid[])) and a.deleted_at is null
    order by a.id for no key update`,
);

const select = `select a.id, a.connector_id, c.kind, a.disabled, a.locked, a.owner_id, ${isPending('a')} as pending
   from account a join connector c on c.organization_id = $1 and c.id = a.connector_id
  where a.organization_id = $1 and (a.id = any($2::uuid[]) or a.owner_id = any($3::uuid[])) and a.deleted_at is null`;
const candidates = statement<Candidate>(undefined, `${select} order by a.id`);
const ownCandidates = statement<Candidate>(undefined, `${select} and ${ofOwnConnectors('$4')} order by a.id`);

const liveOwners = statement<{ id: string }>(
  undefined,
  `select id from owner where organization_id = $1 and id = any($2::uuid[]) and deleted_at is null`,
);

const effects = {
  enable: { column: 'disabled', value: false, action: 'account.enabled' },
  disable: { column: 'disabled', value: true, action: 'account.disabled' },
  unlock: { column: 'locked', value: false, action: 'account.unlocked' },
} as const satisfies Record<StateOperation, { column: 'disabled' | 'locked'; value: boolean; action: string }>;

/** The next run takes over what the source says, also of the same file; if it says anything of it. */
const forgotten = (column: string) => `case when exists (
  select from connector c, jsonb_each_text(c.config -> 'mapping') m
   where c.organization_id = $1 and c.id = a.connector_id and m.value = '${column}') then null else a.source_hash end`;

function writing(operation: StateOperation): Statement<{ id: string; owner_id: string | null }> {
  const { column, value, action } = effects[operation];
  return statement(
    undefined,
    `with changed as (
       update account a set ${column} = ${value}, version = a.version + 1, modified_at = now(),
           source_hash = ${forgotten(column)}
        where a.organization_id = $1 and a.id = any($2::uuid[]) and a.deleted_at is null and a.${column} <> ${value}
       returning a.id, a.owner_id),
     told as (${eventsInsert(
       3,
       `select '${action}', 'account', id, jsonb_build_object('${column}', ${!value}),
          jsonb_build_object('${column}', ${value}) from changed`,
     )})
     select id, owner_id from changed`,
  );
}
const writes = { enable: writing('enable'), disable: writing('disable'), unlock: writing('unlock') } as const;

/** Enabled, disabled, unlocked: here at once where nobody writes to the source, else when the source has done it. */
export async function writeState(
  tx: Transaction,
  operation: StateOperation,
  accountIds: readonly string[],
): Promise<void> {
  if (accountIds.length === 0) return;
  const changed = await tx.query(writes[operation], [accountIds, ...actorValues(tx.caller)]);
  if (changed.length === 0) return;
  const ownerIds = changed.flatMap(({ owner_id }) => owner_id ?? []);
  tx.announce({ kind: 'account.changed', ids: changed.map(({ id }) => id), ownerIds });
}

export interface OperationRequest extends WriteOptions {
  /** Also whether the owner may sign in here, which is no matter of an account. */
  readonly unlocksSignIn?: boolean;
}

/** How it went with one person of several. */
export interface OwnerOperation {
  readonly ownerId: string;
  /** Absent: there is no such owner. */
  readonly taskId?: string;
}

/** What is done to an account’s state, and the tasks that tell how it goes. */
@Injectable()
export class AccountOperations {
  constructor(
    private readonly database: Database,
    private readonly writers: SourceWriters,
    private readonly tasks: Tasks,
    private readonly jobs: JobQueue,
  ) {}

  /** @returns the task */
  async operate(caller: Principal, operation: StateOperation, id: string, request: OperationRequest): Promise<string> {
    return this.database.inTransaction(caller, async (tx) => {
      const scope = connectorScope(caller, 'accounts:state');
      const [account] = await this.hold(tx, [id], [], scope);
      if (!account) throw new NotFoundError('account');
      const [task] = await this.begin(tx, operation, [account], request);
      return task!.id;
    });
  }

  /** The account is read again from its source, by a worker. */
  async reload(caller: Principal, id: string): Promise<string> {
    return this.database.inTransaction(caller, async (tx) => {
      const account = await requireHeld(tx, caller, 'accounts:state', id);
      const task = newId();
      const subject = { subjectType: 'account', subjectId: account.id, connectorId: account.connector_id } as const;
      await this.tasks.begin(tx, [{ id: task, kind: 'account.reload', ...subject }]);
      await this.jobs.enqueue(tx, reloadAccount, { organizationId: tx.organizationId, taskId: task });
      return task;
    });
  }

  /** All accounts of these people, each with a task of its own below the person’s. */
  async operateOnOwners(
    caller: Principal,
    operation: StateOperation,
    ownerIds: readonly string[],
  ): Promise<OwnerOperation[]> {
    const ids = ownerIds.filter(isId).map((id) => id.toLowerCase());
    return this.database.inTransaction(caller, async (tx) => {
      const live = new Set((await tx.query(liveOwners, [ids])).map(({ id }) => id));
      const accounts = await this.hold(tx, [], [...live], 'all');
      const parents = new Map([...live].map((owner) => [owner, newId()]));
      await this.begin(tx, operation, accounts, { forceProvisioning: false }, parents);
      return ownerIds.map((ownerId) => {
        const taskId = parents.get(ownerId.toLowerCase());
        return taskId === undefined ? { ownerId } : { ownerId, taskId };
      });
    });
  }

  private async hold(
    tx: Transaction,
    accountIds: readonly string[],
    ownerIds: readonly string[],
    scope: ConnectorScope,
  ): Promise<Candidate[]> {
    await tx.query(hold, [accountIds, ownerIds]);
    return scope === 'all'
      ? tx.query(candidates, [accountIds, ownerIds])
      : tx.query(ownCandidates, [accountIds, ownerIds, scope.userId]);
  }

  private async begin(
    tx: Transaction,
    operation: StateOperation,
    accounts: readonly Candidate[],
    request: OperationRequest,
    parents: ReadonlyMap<string, string> = new Map(),
  ): Promise<NewTask[]> {
    const judged = accounts.map((account) => ({ account, how: this.wayOf(account, operation, request) }));
    const children = judged.map(({ account, how }) => ({
      ...taskAbout(account, operation, request, how),
      ...(account.owner_id !== null && parents.has(account.owner_id) && { parentId: parents.get(account.owner_id)! }),
    }));
    const here = judged.flatMap(({ account, how }) => (how === 'here' ? account.id : []));
    await writeState(tx, operation, here);
    await this.tasks.begin(tx, [...wholes(operation, parents, children), ...children]);
    const queued = children.filter(({ outcome }) => outcome === undefined);
    const { organizationId } = tx;
    await this.jobs.enqueueAll(
      tx,
      operateAccount,
      queued.map(({ id }) => ({ organizationId, taskId: id })),
    );
    return children;
  }

  private wayOf(account: Candidate, operation: StateOperation, { forceProvisioning }: OperationRequest): Way {
    const { column, value } = effects[operation];
    const isSo = account[column] === value;
    if (this.writers.of(account.kind) === undefined) return isSo ? 'already' : 'here';
    // What is under way at the source may leave the account otherwise than it is now.
    return isSo && !forceProvisioning && !account.pending ? 'already' : 'source';
  }
}

type Way = 'already' | 'here' | 'source';

function taskAbout(account: Candidate, operation: StateOperation, request: OperationRequest, how: Way): NewTask {
  const { externalVerificationId, forceProvisioning, unlocksSignIn } = request;
  const aside = unlocksSignIn ? [message('loginsLeft')] : [];
  const told = how === 'already' ? alreadySo(operation) : message('hereOnly');
  return {
    id: newId(),
    kind: taskOf(operation),
    subjectType: 'account',
    subjectId: account.id,
    connectorId: account.connector_id,
    details: {
      forceProvisioning,
      ...(externalVerificationId !== undefined && { externalVerificationId }),
      ...(unlocksSignIn && { unlocksSignIn }),
    },
    ...(how !== 'source' && { outcome: done(told, ...aside) }),
  };
}

/** A person’s own task ends with the last of its parts, which may be now. */
function wholes(
  operation: StateOperation,
  parents: ReadonlyMap<string, string>,
  children: readonly NewTask[],
): NewTask[] {
  const parts = Map.groupBy(children, ({ parentId }) => parentId);
  return [...parents].map(([ownerId, id]) => {
    const own = parts.get(id) ?? [];
    const isDone = own.every(({ outcome }) => outcome !== undefined);
    const kind = `identity.${operation}`;
    const outcome = isDone ? { outcome: summaryOf({ all: own.length, failed: 0 }) } : {};
    return { id, kind, subjectType: 'owner', subjectId: ownerId, connectorId: null, ...outcome };
  });
}
