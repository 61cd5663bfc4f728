import { Injectable } from '@nestjs/common';
import { connectorScope, narrowedTo, type Principal } from '@app/access';
import { isId, NotFoundError, type OffsetPageOf } from '@app/kernel';
import type { Condition, Sort } from '@app/query';
import { Database, type Statement, statement } from '@app/persistence';
import { accountCountQuery, accountPageFromEndQuery, accountPageQuery, ofOwnConnectors } from './account-page.js';
import { type AccountRow, ownedAccountColumns, type OwnedAccountRow, selectAccounts } from './account-rows.js';
import { AccountTally, tallyFilterOf } from './account-tally.js';

export interface AccountSearch {
  readonly where: Condition;
  readonly sort: readonly Sort[];
  readonly limit: number;
  readonly offset: number;
  readonly withTotal: boolean;
}

const reads = 'accounts:read';

/** Nearer than this, walking from the front costs less than asking how many there are. */
const farBehind = 10_000;

const accountById = `${selectAccounts('account a')}
    where a.organization_id = $1 and a.id = $2 and a.deleted_at is null`;
const byId = statement<AccountRow>('account.by-id', accountById);
const ownById = statement<AccountRow>('account.own-by-id', `${accountById} and ${ofOwnConnectors('$3')}`);

const accountsOfOne = `select ${ownedAccountColumns('$3::timestamptz')} from account a
     join connector c on c.organization_id = $1 and c.id = a.connector_id
     join application p on p.organization_id = $1 and p.id = c.application_id
     join owner o on o.organization_id = $1 and o.id = a.owner_id and o.deleted_at is null
    where a.organization_id = $1 and a.owner_id = $2 and a.deleted_at is null`;
const listOrder = 'order by p.name_key, a.name_key, a.id';
const ownedByOne = statement<OwnedAccountRow>('account.of-owner', `${accountsOfOne} ${listOrder}`);
const ownOwnedByOne = statement<OwnedAccountRow>(
  'account.own-of-owner',
  `${accountsOfOne} and ${ofOwnConnectors('$4')} ${listOrder}`,
);

/** Reads accounts. A SOURCE_SUBADMIN meets only those of the connectors he owns. */
@Injectable()
export class AccountService {
  constructor(
    private readonly database: Database,
    private readonly tally: AccountTally,
  ) {}

  async search(caller: Principal, search: AccountSearch): Promise<OffsetPageOf<AccountRow>> {
    const counted = search.withTotal ? await this.count(caller, search.where) : undefined;
    const page = await this.pageQuery(caller, search, counted);
    const items = await this.database.query(caller, page.statement, page.values);
    return counted === undefined ? { items } : { items, total: counted };
  }

  async get(caller: Principal, id: string): Promise<AccountRow> {
    const [account] = isId(id) ? await this.queryAs(narrowedTo(caller, reads), caller, byId, ownById, [id]) : [];
    if (!account) throw new NotFoundError('account');
    return account;
  }

  /**
   * None for an owner that does not exist: whoever must tell that from an owner of nothing asks for the owner. A user's
   * own accounts are his to see on every connector.
   */
  async ofOwner(caller: Principal, ownerId: string, now = new Date()): Promise<OwnedAccountRow[]> {
    if (!isId(ownerId)) return [];
    const userId = ownerId === caller.ownerId ? null : narrowedTo(caller, 'owners:read');
    return this.queryAs(userId, caller, ownedByOne, ownOwnedByOne, [ownerId, now.toISOString()]);
  }

  /** Two statements rather than one with a condition for either: each has one plan that is right for every caller. */
  private async queryAs<Row>(
    userId: string | null,
    caller: Principal,
    all: Statement<Row>,
    own: Statement<Row>,
    values: readonly unknown[],
  ) {
    return userId === null
      ? this.database.query(caller, all, values)
      : this.database.query(caller, own, [...values, userId]);
  }

  /** Far behind, the nearer end decides from where to walk. */
  private async pageQuery(caller: Principal, search: AccountSearch, counted: number | undefined) {
    const scope = connectorScope(caller, reads);
    const kept = scope === 'all' && search.offset >= farBehind ? tallyFilterOf(search.where) : undefined;
    if (!kept) return accountPageQuery(search, scope);
    const total = counted ?? (await this.tally.total(caller, kept));
    return search.offset > total / 2 ? accountPageFromEndQuery(search, kept) : accountPageQuery(search, scope);
  }

  private async count(caller: Principal, where: Condition): Promise<number> {
    const scope = connectorScope(caller, reads);
    const kept = scope === 'all' ? tallyFilterOf(where) : undefined;
    if (kept) return this.tally.total(caller, kept);

    const query = accountCountQuery(where, scope);
    const [row] = await this.database.query(caller, query.statement, query.values);
    return row?.total ?? 0;
  }
}
