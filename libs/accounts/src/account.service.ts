import { Injectable } from '@nestjs/common';
import { connectorScope, narrowedTo, type Principal } from '@app/access';
import { ofOwnConnectors } from '@app/connectors';
import { isId, NotFoundError, type OffsetPageOf } from '@app/kernel';
import { and, type Condition, simplify, type Sort } from '@app/query';
import { Database, type OffsetSearch, type Statement, statement } from '@app/persistence';
import { type OrderKey, orderKeyOf, totalOrder } from './account-order.js';
import {
  accountCountQuery,
  accountPageFromEndQuery,
  accountPageQuery,
  fetchPage,
  type PageRequest,
} from './account-page.js';
import { type AccountRow, ownedAccountColumns, type OwnedAccountRow, selectAccounts } from './account-rows.js';
import { AccountTally, connectorIdsIn, tallyFilterOf } from './account-tally.js';
import {
  asksConnectors,
  asksOfConnector,
  byConnector,
  type ConnectorFacts,
  connectorFacts,
  ofConnectors,
  ranksBy,
} from './connector-facts.js';

const reads = 'accounts:read';

/** Nearer than this, walking from the front costs less than asking how many there are. */
const farBehind = 10_000;

const accountById = `${selectAccounts('account a')}
    where a.organization_id = $1 and a.id = $2 and a.deleted_at is null`;
const byId = statement<AccountRow>('account.by-id', accountById);
const ownById = statement<AccountRow>('account.own-by-id', `${accountById} and ${ofOwnConnectors('$3')}`);

const ownedAccounts = `select ${ownedAccountColumns('$3::timestamptz')} from account a
     join connector c on c.organization_id = $1 and c.id = a.connector_id
     join application p on p.organization_id = $1 and p.id = c.application_id
     join owner o on o.organization_id = $1 and o.id = a.owner_id and o.deleted_at is null
    where a.organization_id = $1 and a.deleted_at is null`;
const listOrder = 'order by p.name_key, a.name_key, a.id';
const accountsOfOne = `${ownedAccounts} and a.owner_id = $2`;
const ownedByOne = statement<OwnedAccountRow>('account.of-owner', `${accountsOfOne} ${listOrder}`);
const ownOwnedByOne = statement<OwnedAccountRow>(
  'account.own-of-owner',
  `${accountsOfOne} and ${ofOwnConnectors('$4')} ${listOrder}`,
);
const accountsOfMany = `${ownedAccounts} and a.owner_id = any($2::uuid[])`;
const ownedByMany = statement<OwnedAccountRow>('account.of-owners', `${accountsOfMany} ${listOrder}`);
const ownOwnedByMany = statement<OwnedAccountRow>(
  'account.own-of-owners',
  `${accountsOfMany} and (a.owner_id = $4 or ${ofOwnConnectors('$5')}) ${listOrder}`,
);

/** Reads accounts. A SOURCE_SUBADMIN meets only those of the connectors he owns. */
@Injectable()
export class AccountService {
  constructor(
    private readonly database: Database,
    private readonly tally: AccountTally,
  ) {}

  async search(caller: Principal, search: OffsetSearch): Promise<OffsetPageOf<AccountRow>> {
    const request = await this.answered(caller, search);
    const counted = search.withTotal ? await this.count(caller, request.where) : undefined;
    const items = await fetchPage(this.database, caller, await this.pageQuery(caller, request, counted));
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

  /** What `ofOwner` says of each, by his id as it was asked for. */
  async ofOwners(caller: Principal, ownerIds: readonly string[], now = new Date()) {
    const ids = ownerIds.filter(isId);
    const userId = narrowedTo(caller, 'owners:read');
    const rows =
      userId === null
        ? await this.database.query(caller, ownedByMany, [ids, now.toISOString()])
        : await this.database.query(caller, ownOwnedByMany, [ids, now.toISOString(), caller.ownerId, userId]);
    const owned = Map.groupBy(rows, ({ owner_id }) => owner_id);
    return new Map(ownerIds.map((id) => [id, owned.get(id.toLowerCase()) ?? []]));
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

  /** The list as one of accounts alone: what it asks of connectors, or how far the caller reaches, is in it as their ids. */
  private async answered(caller: Principal, search: OffsetSearch): Promise<PageRequest> {
    const { sort, limit, offset } = search;
    const where = simplify(search.where);
    const scope = connectorScope(caller, reads);
    const asked = scope !== 'all' || asksConnectors(where) || sort.some(({ path }) => asksOfConnector(path));
    if (!asked) return { where, order: orderOf(sort, where, []), limit, offset };

    const userId = scope === 'all' ? null : scope.userId;
    const connectors = await this.database.query(caller, connectorFacts, [userId]);
    const reached = scope === 'all' ? [] : [ofConnectors(connectors.filter(({ own }) => own))];
    const narrowed = and(...reached, byConnector(where, connectors));
    return { where: narrowed, order: orderOf(sort, narrowed, connectorsOf(narrowed, connectors)), limit, offset };
  }

  /** Far behind, the nearer end decides from where to walk. */
  private async pageQuery(caller: Principal, request: PageRequest, counted: number | undefined) {
    const kept = request.offset >= farBehind ? tallyFilterOf(request.where) : undefined;
    if (!kept) return accountPageQuery(request);
    const total = counted ?? (await this.tally.total(caller, kept));
    return request.offset > total / 2 ? accountPageFromEndQuery(request, kept) : accountPageQuery(request);
  }

  private async count(caller: Principal, where: Condition): Promise<number> {
    const kept = tallyFilterOf(where);
    if (kept) return this.tally.total(caller, kept);

    const query = accountCountQuery(where);
    const [row] = await this.database.query(caller, query.statement, query.values);
    return row?.total ?? 0;
  }
}

/** Those whose accounts alone can meet the condition. */
function connectorsOf(where: Condition, connectors: readonly ConnectorFacts[]): readonly ConnectorFacts[] {
  return (where.kind === 'and' ? where.of : [where]).reduce((left, part) => {
    const ids = connectorIdsIn(part);
    return ids ? left.filter(({ id }) => ids.includes(id)) : left;
  }, connectors);
}

/** Where all accounts are alike in a key, it sorts nothing but says which way the list runs. */
function orderOf(sort: readonly Sort[], where: Condition, connectors: readonly ConnectorFacts[]): OrderKey[] {
  const ofNobody = tallyFilterOf(where)?.correlated === false;
  const keys = sort.flatMap((key): OrderKey[] => {
    if (ofNobody && ownerPaths.has(key.path)) return [];
    if (!asksOfConnector(key.path)) return [orderKeyOf(key)];
    const ranked = ranksBy(key, connectors);
    return new Set(ranked.ranks).size > 1 ? [{ connectors: ranked, direction: key.direction }] : [];
  });
  return keys.length === sort.length ? keys : totalOrder(keys, sort[0]?.direction);
}

const ownerPaths: ReadonlySet<string> = new Set(['ownerId', 'ownerName', 'identityState', 'ownerCorrelated']);
