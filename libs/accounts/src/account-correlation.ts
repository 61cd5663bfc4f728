import { Injectable } from '@nestjs/common';
import { narrowedTo, type Principal } from '@app/access';
import { ofOwnConnectors } from '@app/connectors';
import { DomainError, fold, isId } from '@app/kernel';
import { Database, statement, type Transaction } from '@app/persistence';
import { personOf } from './account-cells.js';
import { AccountLinks, type LinkOutcome, type WantedLink } from './account-links.js';
import { RuleLinks } from './rule-links.js';
import { storedAccounts } from './stored-account.js';
import { holdAccounts } from './tallying.js';

/** One account and whose it is to be. */
export interface CorrelationRow {
  /** By which the outcome is told. */
  readonly row: number;
  readonly account: { readonly id: string } | { readonly connectorId: string; readonly nativeIdentity: string };
  /** Null: nobody by hand any more, but whoever the rules name. */
  readonly owner: { readonly id: string } | { readonly email: string } | null;
}

export interface CorrelationOutcome {
  readonly row: number;
  /** Null: it is not known which. */
  readonly accountId: string | null;
  /** Whose the account is now; of a failed row, whose it was to be, as far as that is known. */
  readonly ownerId: string | null;
  readonly status: 'correlated' | 'released' | 'unchanged' | 'failed';
  readonly message: string | null;
}

interface FoundAccount {
  readonly place: number;
  readonly id: string;
  readonly found: number;
}

const wanted = `jsonb_to_recordset($2::jsonb) as w(place integer, id uuid, connector uuid, native text)`;
const live = 'a.organization_id = $1 and a.deleted_at is null';
const findAccounts = statement<FoundAccount>(
  undefined,
  `with reached as (
     select w.place, a.id, a.connector_id from ${wanted} join account a on ${live} and a.id = w.id
     union all
     select w.place, a.id, a.connector_id from ${wanted}
       join account a on ${live} and a.native_identity_key = w.native and a.connector_id = w.connector)
   select a.place, (array_agg(a.id))[1] as id, count(*)::integer as found from reached a
    where $3::uuid is null or ${ofOwnConnectors('$3')} group by a.place`,
);

const findOwners = statement<{ email: string; id: string; found: number }>(
  undefined,
  `with known as (
     select w.email, o.id from unnest($2::text[]) as w(email)
       join owner o on o.organization_id = $1 and o.deleted_at is null and o.email_key = w.email
     union
     select w.email, o.id from unnest($2::text[]) as w(email)
       join owner o on o.organization_id = $1 and o.deleted_at is null and o.alt_email_key = w.email)
   select k.email, (array_agg(k.id))[1] as id, count(*)::integer as found from known k group by k.email`,
);

const rowsAtOnce = 1_000;

/** Says of many accounts whose they are. Each row stands for itself; a thousand are one transaction of few statements. */
@Injectable()
export class AccountCorrelation {
  constructor(
    private readonly database: Database,
    private readonly links: AccountLinks,
    private readonly rules: RuleLinks,
  ) {}

  /** Of several rows about one account only the first counts. */
  async correlate(caller: Principal, rows: readonly CorrelationRow[]): Promise<CorrelationOutcome[]> {
    const outcomes: CorrelationOutcome[] = [];
    const named = new Map<string, number>();
    for (let from = 0; from < rows.length; from += rowsAtOnce) {
      const some = rows.slice(from, from + rowsAtOnce);
      try {
        const judged = await this.database.inTransaction(caller, (tx) => this.some(tx, caller, some, named));
        for (const { row, accountId } of judged) {
          if (accountId !== null && !named.has(accountId)) named.set(accountId, row);
        }
        outcomes.push(...judged);
      } catch (error) {
        // What was written before stays written, so it has to be told.
        if (from === 0 || !(error instanceof DomainError)) throw error;
        const { message } = error;
        return [...outcomes, ...rows.slice(from).map((row) => failed(row, null, `Nothing was changed: ${message}`))];
      }
    }
    return outcomes;
  }

  private async some(
    tx: Transaction,
    caller: Principal,
    rows: readonly CorrelationRow[],
    before: ReadonlyMap<string, number>,
  ): Promise<CorrelationOutcome[]> {
    const accounts = await this.accountsOf(tx, caller, rows);
    const owners = await this.ownersOf(tx, rows);
    const named = new Map(before);
    const judged = rows.map((row, place): Judged => {
      const account = accountIn(row, accounts.get(place));
      if ('message' in account) return failed(row, null, account.message);
      const earlier = named.get(account.id);
      if (earlier !== undefined) return failed(row, account.id, `Row ${earlier} is about this account already.`);
      named.set(account.id, row.row);
      const owner = ownerIn(row, owners);
      return 'message' in owner
        ? failed(row, account.id, owner.message)
        : { row, accountId: account.id, ownerId: owner.id };
    });
    const releases = await this.releasesOf(tx, judged);
    const links = judged.flatMap((one): WantedLink[] => {
      if ('status' in one) return [];
      const { accountId, ownerId } = one;
      if (ownerId !== null) return [{ accountId, ownerId, correlation: 'manual' }];
      return releases.has(accountId)
        ? [{ accountId, ownerId: releases.get(accountId) ?? null, correlation: 'rule' }]
        : [];
    });
    const told = await this.links.link(tx, links);
    const after = new Map(links.map(({ accountId, ownerId }) => [accountId, ownerId]));
    return judged.map((one) => ('status' in one ? one : outcomeOf(one, after, told.get(one.accountId))));
  }

  /** By the place of the row. */
  private async accountsOf(tx: Transaction, caller: Principal, rows: readonly CorrelationRow[]) {
    const asked = rows.flatMap(({ account }, place): object[] => {
      if ('id' in account) return isId(account.id) ? [{ place, id: account.id }] : [];
      const { connectorId: connector, nativeIdentity } = account;
      return isId(connector) ? [{ place, connector, native: fold(nativeIdentity) }] : [];
    });
    const values = [JSON.stringify(asked), narrowedTo(caller, 'accounts:write')];
    return new Map((await tx.query(findAccounts, values)).map((found) => [found.place, found]));
  }

  /** By their addresses, where rows name them so. */
  private async ownersOf(tx: Transaction, rows: readonly CorrelationRow[]) {
    const emails = new Set(rows.flatMap(({ owner }) => (owner && 'email' in owner ? fold(owner.email) : [])));
    const found = emails.size > 0 ? await tx.query(findOwners, [[...emails]]) : [];
    return new Map(found.map((owner) => [owner.email, owner]));
  }

  /** Whom the rules name for each account whose link was made by hand and is given up. */
  private async releasesOf(tx: Transaction, judged: readonly Judged[]): Promise<ReadonlyMap<string, string | null>> {
    const given = judged.flatMap((one) => ('status' in one || one.ownerId !== null ? [] : one.accountId));
    if (given.length === 0) return new Map();
    // All in one order, those that get an owner too: holding some now and others later is how two requests meet.
    await holdAccounts(
      tx,
      judged.flatMap(({ accountId }) => accountId ?? []),
    );
    const manual = (await storedAccounts(tx, given)).filter(({ correlation }) => correlation === 'manual');
    const accounts = manual.map((stored) => {
      const connector = { id: stored.connector_id, config: stored.config };
      return { id: stored.id, connector, person: personOf(stored) };
    });
    const named = await this.rules.namedFor(tx, accounts);
    return new Map(accounts.map(({ id }) => [id, named.get(id) ?? null]));
  }
}

interface Wanted {
  readonly row: CorrelationRow;
  readonly accountId: string;
  readonly ownerId: string | null;
}
type Judged = Wanted | CorrelationOutcome;
type Named<T> = { readonly id: T } | { readonly message: string };

function failed({ row, owner }: CorrelationRow, accountId: string | null, message: string): CorrelationOutcome {
  return { row, accountId, ownerId: owner && 'id' in owner ? owner.id : null, status: 'failed', message };
}

function accountIn({ account }: CorrelationRow, found: FoundAccount | undefined): Named<string> {
  if (found === undefined) return { message: 'There is no such account.' };
  if (found.found > 1 && !('id' in account)) {
    return { message: 'Several accounts of the source have this native identity: name one by its id.' };
  }
  return { id: found.id };
}

const noOwner = 'There is no such identity.';

function ownerIn(
  { owner }: CorrelationRow,
  byEmail: ReadonlyMap<string, { readonly id: string; readonly found: number }>,
): Named<string | null> {
  if (owner === null) return { id: null };
  if ('id' in owner) return isId(owner.id) ? { id: owner.id.toLowerCase() } : { message: noOwner };
  const found = byEmail.get(fold(owner.email));
  if (found === undefined) return { message: noOwner };
  return found.found > 1 ? { message: 'Several identities have this address: name one by its id.' } : { id: found.id };
}

function outcomeOf(
  { row, accountId, ownerId }: Wanted,
  after: ReadonlyMap<string, string | null>,
  outcome: LinkOutcome | undefined,
): CorrelationOutcome {
  const now = { row: row.row, accountId, ownerId: after.get(accountId) ?? null };
  switch (outcome) {
    case 'changed':
      return { ...now, status: ownerId === null ? 'released' : 'correlated', message: null };
    case 'unchanged':
      return { ...now, status: 'unchanged', message: null };
    case 'no_owner':
      return failed(row, accountId, noOwner);
    case 'no_account':
      return failed(row, accountId, 'There is no such account.');
    case undefined:
      return { ...now, status: 'unchanged', message: 'No link was made by hand: there is nothing to release.' };
  }
}
