import { Injectable } from '@nestjs/common';
import type { Permission, Principal } from '@app/access';
import type { ConnectorConfig } from '@app/connectors';
import { type TaskOutcome, Tasks } from '@app/jobs';
import { InvalidError, isId, newId } from '@app/kernel';
import { Database, type Transaction, violatedUnique } from '@app/persistence';
import { cellsOf } from './account-cells.js';
import { withoutNulls } from './account-changes.js';
import { done, message } from './account-messages.js';
import { AccountWriting, type RowOfAccount } from './account-writing.js';
import {
  type GivenAttributes,
  headerOf,
  readNamedRow,
  requireLimited,
  saysNothing,
  type SortedAttributes,
  sortAttributes,
  sortReplacement,
  withNativeIdentity,
} from './given-attributes.js';
import { holdConnector, isFlatFile } from './held-connector.js';
import { holdAccountOfKey, requireHeld, type StoredAccount } from './stored-account.js';

const attempts = 3;

/** Accounts that are made, replaced and taken away by hand. What is asked for is done at once; the task tells of it. */
@Injectable()
export class AccountCommands {
  constructor(
    private readonly database: Database,
    private readonly writing: AccountWriting,
    private readonly tasks: Tasks,
  ) {}

  /**
   * Makes an account, brings a removed one back, or changes one that is there: what names it decides. What is not said
   * of one that is there stays.
   * @returns the task
   */
  async create(caller: Principal, given: GivenAttributes): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.database.inTransaction(caller, (tx) => this.createIn(tx, caller, given));
      } catch (error) {
        // Somebody else, or a run, has made it at the same moment: now it is there.
        if (attempt === attempts || violatedUnique(error) === undefined) throw error;
      }
    }
  }

  /** Of the attributes the account shows, those that are not said go; of what it does not show only what is said changes. */
  async replace(caller: Principal, id: string, given: GivenAttributes): Promise<string> {
    return this.database.inTransaction(caller, async (tx) => {
      const stored = await requireFlatFile(tx, caller, id);
      if (!namesSource(stored, given)) throw unknownSource();

      const changed = await changeSaid(this.writing, tx, stored, sortReplacement(stored, given));
      return this.told(tx, 'account.update', stored, done(message(changed ? 'hereOnly' : 'unchanged')));
    });
  }

  /** Only of a flat file: an account of anything else is taken away where it is. */
  async delete(caller: Principal, id: string): Promise<string> {
    return this.database.inTransaction(caller, async (tx) =>
      this.goneIn(tx, 'account.delete', await requireFlatFile(tx, caller, id)),
    );
  }

  /** Of any kind of connector; the source is not asked. */
  async remove(caller: Principal, id: string): Promise<string> {
    return this.database.inTransaction(caller, async (tx) =>
      this.goneIn(tx, 'account.remove', await requireHeld(tx, caller, 'accounts:remove', id)),
    );
  }

  private async createIn(tx: Transaction, caller: Principal, given: GivenAttributes): Promise<string> {
    const { sourceId } = given as { sourceId?: unknown };
    const known = typeof sourceId === 'string' && isId(sourceId);
    const connector = known ? await holdConnector(tx, caller, sourceId) : undefined;
    if (!connector) throw unknownSource();

    const sorted = withNativeIdentity(connector.config, given, sortAttributes(connector.config, given));
    const row = rowOf(connector.config, sorted.cells, sorted, null);
    const stored = await holdAccountOfKey(tx, connector.id, row.accountKey);
    if (stored && !stored.deleted) return this.updateIn(tx, stored, sorted);

    if (stored) {
      const again = new Map([...stateCells(stored), ...sorted.cells]);
      await this.writing.change(tx, stored, rowOf(stored.config, again, sorted, null));
    }
    const id = stored?.id ?? (await this.writing.create(tx, connector, row));
    return this.told(tx, 'account.create', { id, connector_id: connector.id }, done(message('madeHereOnly')));
  }

  private async updateIn(tx: Transaction, stored: StoredAccount, sorted: SortedAttributes): Promise<string> {
    const changed = await changeSaid(this.writing, tx, stored, sorted);
    return this.told(tx, 'account.update', stored, done(message(changed ? 'hereOnly' : 'unchanged')));
  }

  private async goneIn(tx: Transaction, kind: string, stored: StoredAccount): Promise<string> {
    await this.writing.remove(tx, stored);
    return this.told(tx, kind, stored, done(message('removedHereOnly')));
  }

  private async told(
    tx: Transaction,
    kind: string,
    account: Pick<StoredAccount, 'id' | 'connector_id'>,
    outcome: TaskOutcome,
  ): Promise<string> {
    const id = newId();
    const subject = { subjectType: 'account', subjectId: account.id, connectorId: account.connector_id } as const;
    await this.tasks.begin(tx, [{ id, kind, ...subject, outcome }]);
    return id;
  }
}

/** What is said over what the account holds, which else stays as it is. */
export async function changeSaid(
  writing: AccountWriting,
  tx: Transaction,
  stored: StoredAccount,
  sorted: SortedAttributes,
): Promise<boolean> {
  if (saysNothing(sorted)) return false;
  const cells = new Map([...cellsOf(stored), ...sorted.cells]);
  return writing.change(tx, stored, rowOf(stored.config, cells, sorted, stored));
}

/** @throws {InvalidError} for an account whose attributes are for its source to say */
export function requireFlatFileAccount(stored: StoredAccount, what: string): void {
  if (!isFlatFile(stored)) throw new InvalidError(`Only accounts of delimited files ${what}.`);
}

async function requireFlatFile(tx: Transaction, caller: Principal, id: string): Promise<StoredAccount> {
  const stored = await requireHeld(tx, caller, 'accounts:write' satisfies Permission, id);
  requireFlatFileAccount(stored, 'are replaced and deleted here');
  return stored;
}

/** Of an account that stays beside what is said: only what is said; of one that is made, all a row could say. */
function rowOf(
  config: ConnectorConfig,
  cells: ReadonlyMap<string, string>,
  { free, fallbackName, cells: said, names }: SortedAttributes,
  kept: StoredAccount | null,
): RowOfAccount {
  const row = readNamedRow(config, cells, fallbackName ?? kept?.name, names);
  const mapping = kept === null ? config.mapping : mappingOf(config, said);
  const targets = Object.values(mapping);
  const ofColumns = Object.entries(row.account.attributes).filter(([name]) => targets.includes(`attributes.${name}`));
  const before = kept?.attributes ?? {};
  const attributes = withoutNulls({ ...before, ...free, ...Object.fromEntries(ofColumns) });
  requireLimited(config, before, attributes);
  const compared = config.correlationRules.some(({ account }) => targets.includes(account));
  return {
    ...row,
    attributes,
    says: mapping,
    figuresAt: kept === null || targets.includes('failedLoginsLastHour') ? new Date().toISOString() : null,
    rekeys: kept === null || compared || fallbackName !== undefined,
  };
}

function mappingOf({ mapping }: ConnectorConfig, said: ReadonlyMap<string, string>): ConnectorConfig['mapping'] {
  return Object.fromEntries(Object.entries(mapping).filter(([column]) => said.has(column)));
}

/** Whether an account is disabled or locked, when it returns and that is not said: nobody is let in by that. */
function stateCells(stored: StoredAccount): Map<string, string> {
  const own = cellsOf(stored);
  const columns = (['disabled', 'locked'] as const).flatMap((target) => headerOf(stored.config, target) ?? []);
  return new Map(columns.map((column) => [column, own.get(column) ?? '']));
}

/** A source may be named, but none that an account is not of. An attribute of that name is told by it as it is shown. */
function namesSource(stored: StoredAccount, given: GivenAttributes): boolean {
  if (!Object.hasOwn(given, 'sourceId')) return true;
  const { sourceId } = given;
  if (typeof sourceId === 'string' && sourceId.toLowerCase() === stored.connector_id) return true;
  return Object.hasOwn(stored.attributes, 'sourceId') && sourceId === stored.attributes['sourceId'];
}

function unknownSource(): InvalidError {
  return InvalidError.field('attributes.sourceId', 'attributes.sourceId must be the id of a source.');
}
