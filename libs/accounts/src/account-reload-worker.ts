import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import {
  ConnectorFileService,
  findDelimitedRow,
  type FoundRow,
  type NewestFile,
  SourceFileError,
} from '@app/connectors';
import { type ClaimedTask, type JobAttempt, JobQueue, type TaskMessage, Tasks } from '@app/jobs';
import { InvalidError } from '@app/kernel';
import { Database, type Transaction } from '@app/persistence';
import { type AccountWork, reloadAccount, wakeNext } from './account-jobs.js';
import { done, failure, message } from './account-messages.js';
import { AccountWriting, type RowOfAccount } from './account-writing.js';
import { isFlatFile } from './held-connector.js';
import { StillAllowed } from './still-allowed.js';
import { holdAccount, type StoredAccount } from './stored-account.js';

/** Takes over what the newest file of a connector says of one account, as the next run would. */
@Injectable()
export class AccountReloadWorker implements OnModuleInit {
  private readonly logger = new Logger('Accounts');

  constructor(
    private readonly database: Database,
    private readonly files: ConnectorFileService,
    private readonly writing: AccountWriting,
    private readonly tasks: Tasks,
    private readonly jobs: JobQueue,
    private readonly allowed: StillAllowed,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(reloadAccount, (work, attempt) => this.work(work, attempt));
  }

  /** Throws when it is to be tried again. */
  async work({ organizationId, taskId }: AccountWork, { last }: JobAttempt): Promise<void> {
    const task = await this.tasks.claim(organizationId, taskId);
    if (!task) return;
    try {
      await this.reload(task);
    } catch (error) {
      this.logger.error({ err: error, taskId }, 'an account could not be read again');
      if (last) await this.end(task, failure('internal', 'It stopped on an internal error; the server log has it.'));
      else await this.tasks.release(task, []);
      throw error;
    }
  }

  private async reload(task: ClaimedTask): Promise<void> {
    const account = await this.database.inTransaction(task.caller, (tx) => holdAccount(tx, task.subjectId));
    if (!account) return this.end(task, message('gone'));
    if (!(await this.allowed.is(task))) return this.end(task, message('notAllowed'));
    if (!isFlatFile(account)) return this.end(task, message('noReader'));
    const file = await this.files.newest(task.caller, account.connector_id);
    if (!file) return this.end(task, message('noFile'));

    const found = await this.find(task, account, file);
    if ('type' in found) return this.end(task, found);
    await this.ending(task, (tx) => this.takeOver(tx, task, account, found));
  }

  /** The row, or why there is none. The file is read with no transaction open. */
  private async find(
    { caller }: ClaimedTask,
    account: StoredAccount,
    file: NewestFile,
  ): Promise<RowOfAccount | TaskMessage> {
    try {
      const bytes = this.files.read(caller, file.id);
      const found = await findDelimitedRow(bytes, account.config, file.taken_at, account.native_key);
      return rowIn(found, account, file);
    } catch (error) {
      if (!(error instanceof SourceFileError || error instanceof InvalidError)) throw error;
      return failure('file_unreadable', `The newest file cannot be read: ${error.message}`);
    }
  }

  private async takeOver(
    tx: Transaction,
    task: ClaimedTask,
    read: StoredAccount,
    row: RowOfAccount,
  ): Promise<TaskMessage> {
    const now = await holdAccount(tx, task.subjectId);
    if (!now) return message('gone');
    // Under another configuration the row says something else.
    if (JSON.stringify(now.config) !== JSON.stringify(read.config))
      throw new Error('the connector was changed meanwhile');
    await this.writing.change(tx, now, { ...row, attributes: { ...now.attributes, ...row.account.attributes } });
    return message('readAgain');
  }

  private async end(task: ClaimedTask, outcome: TaskMessage): Promise<void> {
    await this.ending(task, async () => outcome);
  }

  private async ending(task: ClaimedTask, work: (tx: Transaction) => Promise<TaskMessage>): Promise<void> {
    await this.database.inTransaction(task.caller, async (tx) => {
      await this.tasks.finish(tx, task, done(await work(tx)));
      await wakeNext(tx, this.jobs, task.subjectId);
    });
  }
}

function rowIn(found: FoundRow | undefined, account: StoredAccount, file: NewestFile): RowOfAccount | TaskMessage {
  if (!found) return message('noRow');
  const { row, hash } = found;
  if (!('account' in row)) {
    return failure('row_refused', `The newest file names the account, but its row is refused: ${row.message}`, 'WARN');
  }
  const { accountKey } = row;
  return {
    accountKey,
    account: row.account,
    says: account.config.mapping,
    attributes: account.attributes,
    figuresAt: file.taken_at,
    rekeys: true,
    hash,
  };
}
