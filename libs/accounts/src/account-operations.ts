import { Injectable } from '@nestjs/common';
import { narrowedTo, type Principal } from '@app/access';
import { actorValues, eventsInsert } from '@app/audit';
import { ofOwnConnectors, SourceWriters, type WriteOptions } from '@app/connectors';
import { JobQueue, type NewTask, Tasks } from '@app/jobs';
import { DomainError, isId, newId, NotFoundError } from '@app/kernel';
import { Database, type Statement, statement, type Transaction } from '@app/persistence';
import { alreadySo, done, message } from './account-messages.js';
import { operateAccount, reloadAccount } from './account-jobs.js';
import { modifiedNow } from './modified-at.js';
import { isPending, type StateOperation, taskOf } from './pending-operations.js';
import { requireHeld } from './stored-account.js';

interface Candidate {
  readonly id: string;
  readonly connector_id: string;
  readonly kind: string;
  readonly disabled: boolean;
  readonly locked: boolean;
  readonly pending: boolean;
}

/** Of one person where he is named, and only within reach of who asks: nobody holds what he may not see. */
const reached = `a.organization_id = $1 and a.id = any($2::uuid[]) and a.deleted_at is null
    and ($3::uuid is null or a.owner_id = $3) and ($4::uuid is null or ${ofOwnConnectors('$4')})`;
const hold = statement<never>(undefined, `select a.id from account a where ${reached} order by a.id for no key update`);
const candidates = statement<Candidate>(
  undefined,
  `select a.id, a.connector_id, c.kind, a.disabled, a.locked, ${isPending('a')} as pending
     from account a join connector c on c.organization_id = $1 and c.id = a.connector_id
    where ${reached} order by a.id`,
);

/** No row: there is no such person. */
const accountsOfOwner = statement<{ ids: string[] }>(
  undefined,
  `select coalesce((select jsonb_agg(a.id order by a.id) from account a
       where a.organization_id = $1 and a.owner_id = o.id and a.deleted_at is null), '[]') as ids
     from owner o where o.organization_id = $1 and o.id = $2 and o.deleted_at is null`,
);

/** Accounts of one person that are taken up in one transaction. */
const atOnce = 1_000;

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
       update account a set ${column} = ${value}, version = a.version + 1, modified_at = ${modifiedNow},
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
  /** Absent with no refusal: there is no such owner. */
  readonly taskId?: string;
  /** Why not all of his accounts were taken up. */
  readonly refusal?: DomainError;
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
      const [account] = await holdCandidates(tx, [id], null, narrowedTo(caller, 'accounts:state'));
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

  /** All accounts of these people, each with a task of its own below the person’s. What fails for one fails for him alone. */
  async operateOnOwners(
    caller: Principal,
    operation: StateOperation,
    ownerIds: readonly string[],
  ): Promise<OwnerOperation[]> {
    const outcomes = new Map<string, Omit<OwnerOperation, 'ownerId'>>();
    for (const id of new Set(ownerIds.filter(isId).map((one) => one.toLowerCase()))) {
      outcomes.set(id, await this.operateOnOwner(caller, operation, id).catch(refusalOfOne));
    }
    return ownerIds.map((ownerId) => ({ ownerId, ...outcomes.get(ownerId.toLowerCase()) }));
  }

  /** However many accounts he has: each transaction takes up some of them, and his task ends after the last. */
  private async operateOnOwner(caller: Principal, operation: StateOperation, ownerId: string) {
    const taskId = newId();
    const take = async (tx: Transaction, ids: readonly string[], isLast: boolean) => {
      const accounts = await holdCandidates(tx, ids, ownerId, null);
      await this.begin(tx, operation, accounts, { forceProvisioning: false }, taskId);
      if (isLast) await this.tasks.complete(tx, taskId);
    };
    const rest = await this.database.inTransaction(caller, async (tx) => {
      const [owner] = await tx.query(accountsOfOwner, [ownerId]);
      if (!owner) return undefined;
      await this.tasks.begin(tx, [wholeOf(operation, ownerId, taskId)]);
      await take(tx, owner.ids.slice(0, atOnce), owner.ids.length <= atOnce);
      return owner.ids.slice(atOnce);
    });
    if (!rest) return {};
    try {
      for (let from = 0; from < rest.length; from += atOnce) {
        const ids = rest.slice(from, from + atOnce);
        await this.database.inTransaction(caller, (tx) => take(tx, ids, from + atOnce >= rest.length));
      }
    } catch (error) {
      const task = { id: taskId, attempt: 0 };
      await this.database.inTransaction(caller, (tx) => this.tasks.finish(tx, task, done(message('brokenOff'))));
      throw error;
    }
    return { taskId };
  }

  private async begin(
    tx: Transaction,
    operation: StateOperation,
    accounts: readonly Candidate[],
    request: OperationRequest,
    parentId?: string,
  ): Promise<NewTask[]> {
    const judged = accounts.map((account) => ({ account, how: this.wayOf(account, operation, request) }));
    const begun = judged.map(({ account, how }) => ({
      ...taskAbout(account, operation, request, how),
      ...(parentId !== undefined && { parentId }),
    }));
    const here = judged.flatMap(({ account, how }) => (how === 'here' ? account.id : []));
    await writeState(tx, operation, here);
    await this.tasks.begin(tx, begun);
    const queued = begun.filter(({ outcome }) => outcome === undefined);
    const { organizationId } = tx;
    await this.jobs.enqueueAll(
      tx,
      operateAccount,
      queued.map(({ id }) => ({ organizationId, taskId: id })),
    );
    return begun;
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

function wholeOf(operation: StateOperation, ownerId: string, id: string): NewTask {
  const subject = { subjectType: 'owner', subjectId: ownerId, connectorId: null } as const;
  return { id, kind: `identity.${operation}`, ...subject, gathers: true };
}

async function holdCandidates(
  tx: Transaction,
  ids: readonly string[],
  ownerId: string | null,
  ofUser: string | null,
): Promise<Candidate[]> {
  await tx.query(hold, [ids, ownerId, ofUser]);
  return tx.query(candidates, [ids, ownerId, ofUser]);
}

/** A refusal is about the one person; a fault, or a database that is away, is about all of them. */
function refusalOfOne(error: unknown): Pick<OwnerOperation, 'refusal'> {
  if (error instanceof DomainError && error.code !== 'unavailable') return { refusal: error };
  throw error;
}
