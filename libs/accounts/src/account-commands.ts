import { Injectable } from '@nestjs/common';
import type { Permission, Principal } from '@app/access';
import type { AccountTarget, ConnectorConfig } from '@app/connectors';
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
  type SortedAttributes,
  sortAttributes,
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

  /** Everything that was said of the account before, and is not said now, goes. */
  async replace(caller: Principal, id: string, given: GivenAttributes): Promise<string> {
    return this.database.inTransaction(caller, async (tx) => {
      const stored = await requireFlatFile(tx, caller, id);
      const { sourceId } = given as { sourceId?: unknown };
      const meant = typeof sourceId === 'string' ? sourceId.toLowerCase() : sourceId;
      if (meant !== undefined && meant !== stored.connector_id) throw unknownSource();

      const sorted = sortAttributes(stored.config, given);
      const cells = new Map([...keptCells(stored, ...naming, ...state), ...sorted.cells]);
      const changed = await this.writing.change(
        tx,
        stored,
        rowOf(stored.config, cells, sorted, replacing(stored.name)),
      );
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

    const sorted = sortAttributes(connector.config, given);
    const cells = withNativeIdentity(connector.config, given, sorted);
    const row = rowOf(connector.config, cells, sorted, replacing(''));
    const stored = await holdAccountOfKey(tx, connector.id, row.accountKey);
    if (stored && !stored.deleted) return this.updateIn(tx, stored, { ...sorted, cells });

    if (stored) {
      const again = new Map([...keptCells(stored, ...state), ...cells]);
      await this.writing.change(tx, stored, rowOf(stored.config, again, sorted, replacing('')));
    }
    const id = stored?.id ?? (await this.writing.create(tx, connector, row));
    return this.told(tx, 'account.create', { id, connector_id: connector.id }, done(message('madeHereOnly')));
  }

  private async updateIn(tx: Transaction, stored: StoredAccount, sorted: SortedAttributes): Promise<string> {
    const changed = await this.writing.change(tx, stored, overlaid(stored, sorted));
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

/** What the account holds with what is said over it. */
export function overlaid(stored: StoredAccount, sorted: SortedAttributes): RowOfAccount {
  const cells = new Map([...cellsOf(stored), ...sorted.cells]);
  return rowOf(stored.config, cells, sorted, { attributes: stored.attributes, name: stored.name, whole: false });
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

function rowOf(
  config: ConnectorConfig,
  cells: ReadonlyMap<string, string>,
  { free, fallbackName, cells: said }: SortedAttributes,
  kept: Kept,
): RowOfAccount {
  const row = readNamedRow(config, cells, fallbackName ?? kept.name);
  const attributes = withoutNulls({ ...kept.attributes, ...free, ...row.account.attributes });
  requireLimited(config, kept.attributes, attributes);
  const says = (targets: readonly AccountTarget[]) =>
    kept.whole || targets.some((target) => said.has(headerOf(config, target) ?? ''));
  return {
    ...row,
    attributes,
    figuresAt: says(['failedLoginsLastHour']) ? new Date().toISOString() : null,
    rekeys: says(config.correlationRules.map(({ account }) => account)) || fallbackName !== undefined,
  };
}

/** What stays of an account beside what is said; whole: nothing that a row could say. */
interface Kept {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly name: string;
  readonly whole: boolean;
}

const replacing = (name: string): Kept => ({ attributes: {}, name, whole: true });

const naming = ['nativeIdentity', 'uuid'] as const;
/** Nobody is let in by what is not said. */
const state = ['disabled', 'locked'] as const;

/** What a replaced account keeps of itself, unless it is said otherwise. */
function keptCells(stored: StoredAccount, ...targets: readonly AccountTarget[]): Map<string, string> {
  const own = cellsOf(stored);
  const kept = targets.flatMap((target) => headerOf(stored.config, target) ?? []);
  return new Map(kept.map((column) => [column, own.get(column) ?? '']));
}

function unknownSource(): InvalidError {
  return InvalidError.field('attributes.sourceId', 'attributes.sourceId must be the id of a source.');
}
