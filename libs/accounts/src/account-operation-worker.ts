import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { type AccountWriter, type SourceAccountAddress, SourceWriters, type WriteOptions } from '@app/connectors';
import { type ClaimedTask, type JobAttempt, JobQueue, type TaskMessage, Tasks } from '@app/jobs';
import { oneLine } from '@app/kernel';
import { Database, statement, type Transaction } from '@app/persistence';
import { type AccountWork, operateAccount, wakeNext } from './account-jobs.js';
import { done, failure, message } from './account-messages.js';
import { writeState } from './account-operations.js';
import { stateOperations, type StateOperation, taskOf } from './pending-operations.js';
import { StillAllowed } from './still-allowed.js';
import { holdAccounts } from './tallying.js';

type Address = SourceAccountAddress & { readonly kind: string };

const addressOf = statement<Address>(
  undefined,
  `select a.organization_id as "organizationId", a.connector_id as "connectorId", c.config, c.kind,
     a.native_identity as "nativeIdentity", a.uuid
     from account a join connector c on c.organization_id = $1 and c.id = a.connector_id
    where a.organization_id = $1 and a.id = $2 and a.deleted_at is null`,
);

/** Changes accounts at their source. No transaction is open while a source thinks; our own change follows its answer. */
@Injectable()
export class AccountOperationWorker implements OnModuleInit {
  private readonly logger = new Logger('Accounts');

  constructor(
    private readonly database: Database,
    private readonly writers: SourceWriters,
    private readonly tasks: Tasks,
    private readonly jobs: JobQueue,
    private readonly allowed: StillAllowed,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(operateAccount, (work, attempt) => this.work(work, attempt));
  }

  /** Throws when it is to be tried again. A task that is done, or in other hands, is nobody’s work any more. */
  async work({ organizationId, taskId }: AccountWork, { last }: JobAttempt): Promise<void> {
    const task = await this.tasks.claim(organizationId, taskId);
    if (!task) return;
    const [address] = await this.database.query(task.caller, addressOf, [task.subjectId]);
    const writer = address && this.writers.of(address.kind);
    if (!writer) return this.end(task, [message(address ? 'noWriter' : 'gone')]);
    if (!(await this.allowed.is(task))) return this.end(task, [message('notAllowed')]);

    const failed = await this.write(writer, address, task);
    if (failed === undefined) return this.note(task, last);
    if (last) return this.end(task, [failure('source_failed', `The source did not do it: ${oneLine(failed.message)}`)]);

    const words = oneLine(failed.message);
    await this.tasks.release(task, [failure('will_be_tried_again', `It will be tried again: ${words}`, 'WARN')]);
    throw failed;
  }

  /** @returns why it failed */
  private async write(writer: AccountWriter, address: Address, task: ClaimedTask): Promise<Error | undefined> {
    try {
      await writer[operationOf(task)](address, optionsOf(task));
      return undefined;
    } catch (error) {
      const failed = error instanceof Error ? error : new Error('The adapter failed.');
      this.logger.warn({ taskId: task.id, reason: failed.message }, 'an account could not be written to its source');
      return failed;
    }
  }

  private async note(task: ClaimedTask, last: boolean): Promise<void> {
    try {
      await this.apply(task);
    } catch (error) {
      this.logger.error({ err: error, taskId: task.id }, 'what a source has done could not be noted');
      if (last) await this.end(task, [message('notNoted')]);
      else await this.tasks.release(task, []);
      throw error;
    }
  }

  /** The source has done it, so it counts here too, in the name of whoever asked. */
  private async apply(task: ClaimedTask): Promise<void> {
    await this.ending(task, async (tx) => {
      await holdAccounts(tx, [task.subjectId]);
      const [still] = await tx.query(addressOf, [task.subjectId]);
      if (still) await writeState(tx, operationOf(task), [task.subjectId]);
      const aside = task.details['unlocksSignIn'] === true ? [message('loginsLeft')] : [];
      return [message(still ? 'written' : 'goneMeanwhile'), ...aside];
    });
  }

  private async end(task: ClaimedTask, messages: readonly TaskMessage[]): Promise<void> {
    await this.ending(task, async () => messages);
  }

  private async ending(task: ClaimedTask, work: (tx: Transaction) => Promise<readonly TaskMessage[]>): Promise<void> {
    await this.database.inTransaction(task.caller, async (tx) => {
      const messages = await work(tx);
      await this.tasks.finish(tx, task, done(...messages));
      await wakeNext(tx, this.jobs, task.subjectId);
    });
  }
}

function operationOf({ kind }: ClaimedTask): StateOperation {
  const operation = stateOperations.find((one) => taskOf(one) === kind);
  if (operation === undefined) throw new Error(`no operation on an account is called ${kind}`);
  return operation;
}

function optionsOf({ details }: ClaimedTask): WriteOptions {
  const { externalVerificationId, forceProvisioning } = details;
  return {
    forceProvisioning: forceProvisioning === true,
    ...(typeof externalVerificationId === 'string' && { externalVerificationId }),
  };
}
