import { Injectable } from '@nestjs/common';
import type { Principal } from '@app/access';
import { InvalidError } from '@app/kernel';
import { Database, type Transaction } from '@app/persistence';
import { cellsOf } from './account-cells.js';
import { changeSaid, requireFlatFileAccount } from './account-commands.js';
import { AccountLinks, type WantedLink } from './account-links.js';
import { AccountWriting } from './account-writing.js';
import { columnOf, type GivenAttributes, isAttribute, sortChanges } from './given-attributes.js';
import { isFlatFile } from './held-connector.js';
import { requireHeld, type StoredAccount } from './stored-account.js';

/** What of an account may be edited, as it is at this moment. */
export interface EditableAccount {
  readonly ownerId: string | null;
  /** A person made the link, and no run overrides it. */
  readonly manual: boolean;
  /** By every name they are written under; of a flat file only. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** What is to be another. Absent: left as it is. */
export interface AccountEdit {
  readonly ownerId?: string | null;
  readonly manual?: boolean;
  /** Null takes one away. */
  readonly attributes?: GivenAttributes;
}

/** Edits of one account: all of it or nothing, judged by what the account is when its turn comes. */
@Injectable()
export class AccountEdits {
  constructor(
    private readonly database: Database,
    private readonly links: AccountLinks,
    private readonly writing: AccountWriting,
  ) {}

  /** `decide` may refuse what it meets; it is asked again when the transaction begins again. */
  async edit(caller: Principal, id: string, decide: (account: EditableAccount) => AccountEdit): Promise<void> {
    await this.database.inTransaction(caller, async (tx) => {
      const stored = await requireHeld(tx, caller, 'accounts:write', id);
      const edit = decide(editable(stored));
      if (edit.attributes !== undefined) await this.editAttributes(tx, stored, edit.attributes);
      const link = linkOf(stored, edit);
      if (link !== undefined) await this.link(tx, link);
    });
  }

  private async editAttributes(tx: Transaction, stored: StoredAccount, given: GivenAttributes): Promise<void> {
    requireFlatFileAccount(stored, 'have attributes that are edited here');
    await changeSaid(this.writing, tx, stored, sortChanges(stored, given));
  }

  private async link(tx: Transaction, link: WantedLink): Promise<void> {
    const outcome = (await this.links.link(tx, [link])).get(link.accountId);
    if (outcome === 'no_owner') throw InvalidError.field('identityId', 'There is no such identity.');
  }
}

function editable(stored: StoredAccount): EditableAccount {
  return {
    ownerId: stored.owner_id,
    manual: stored.correlation === 'manual',
    attributes: { ...(isFlatFile(stored) && namedCells(stored)), ...stored.attributes },
  };
}

/** What the account holds by every name of each column, but those that mean something else of it. */
function namedCells(stored: StoredAccount): Record<string, string> {
  const { config, attributes } = stored;
  const named = [...cellsOf(stored)].flatMap(([column, text]) => {
    const target = config.mapping[column]!;
    const names = [column, ...(isAttribute(target) ? [target] : [])];
    return text === '' ? [] : names.map((name) => [name, column, text] as const);
  });
  const meant = named.filter(([name, column]) => columnOf(config, name, attributes) === column);
  return Object.fromEntries(meant.map(([name, , text]) => [name, text]));
}

/** A link that is named is a person’s unless he says it is not; one that is kept is what he says. */
function linkOf(stored: StoredAccount, { ownerId, manual }: AccountEdit): WantedLink | undefined {
  const accountId = stored.id;
  const next = ownerId === undefined ? stored.owner_id : ownerId;
  if (next === null) {
    if (manual) throw InvalidError.field('manuallyCorrelated', 'An account without an identity is not correlated.');
    return ownerId === undefined ? undefined : { accountId, ownerId: null, correlation: 'manual' };
  }
  if (ownerId !== undefined) return { accountId, ownerId: next, correlation: manual === false ? 'rule' : 'manual' };
  if (manual === undefined || manual === (stored.correlation === 'manual')) return undefined;
  return { accountId, ownerId: next, correlation: manual ? 'manual' : 'rule' };
}
