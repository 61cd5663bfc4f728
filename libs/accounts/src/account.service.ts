import { Injectable } from '@nestjs/common';
import { connectorScope, narrowedTo, type Principal } from '@app/access';
import { isId, NotFoundError, type OffsetPageOf } from '@app/kernel';
import type { Condition, Sort } from '@app/query';
import { Database, statement } from '@app/persistence';
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

/** Nearer than this, walking from the front costs less than asking how many there are. */
const farBehind = 10_000;

const byId = statement<AccountRow>(
  'account.by-id',
  `${selectAccounts('account a')}
    where a.organization_id = $1 and a.id = $2 and a.deleted_at is null
      and ($3::uuid is null or ${ofOwnConnectors('$3')})`,
);

const ownedBy = statement<OwnedAccountRow>(
  'account.of-owners',
  `select ${ownedAccountColumns('$4::timestamptz')} from account a
     join connector c on c.organization_id = $1 and c.id = a.connector_id
     join application p on p.organization_id = $1 and p.id = c.application_id
    where a.organization_id = $1 and a.owner_id = any($2::uuid[]) and a.deleted_at is null
      and ($3::uuid is null or ${ofOwnConnectors('$3')})
    order by p.name_key, a.name_key, a.id`,
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
    const [account] = isId(id) ? await this.database.query(caller, byId, [id, narrowedTo(caller)]) : [];
    if (!account) throw new NotFoundError('account');
    return account;
  }

  /** Every id asked for is a key, unknown ones of an empty list; one statement for all of them. */
  async ofOwners(caller: Principal, ownerIds: readonly string[], now = new Date()) {
    const wanted = [...new Set(ownerIds.filter(isId).map((id) => id.toLowerCase()))];
    const values = [wanted, narrowedTo(caller), now.toISOString()];
    const rows = wanted.length > 0 ? await this.database.query(caller, ownedBy, values) : [];
    const byOwner = Map.groupBy(rows, (row) => row.owner_id);
    return new Map<string, OwnedAccountRow[]>(ownerIds.map((id) => [id, byOwner.get(id.toLowerCase()) ?? []]));
  }

  /** Far behind, the nearer end decides from where to walk. */
  private async pageQuery(caller: Principal, search: AccountSearch, counted: number | undefined) {
    const scope = connectorScope(caller);
    const kept = scope === 'all' && search.offset >= farBehind ? tallyFilterOf(search.where) : undefined;
    if (!kept) return accountPageQuery(search, scope);
    const total = counted ?? (await this.tally.total(caller, kept));
    return search.offset > total / 2 ? accountPageFromEndQuery(search, kept) : accountPageQuery(search, scope);
  }

  private async count(caller: Principal, where: Condition): Promise<number> {
    const scope = connectorScope(caller);
    const kept = scope === 'all' ? tallyFilterOf(where) : undefined;
    if (kept) return this.tally.total(caller, kept);

    const query = accountCountQuery(where, scope);
    const [row] = await this.database.query(caller, query.statement, query.values);
    return row?.total ?? 0;
  }
}
