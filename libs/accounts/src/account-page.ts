import type { Condition } from '@app/query';
import type { Caller } from '@app/access';
import { conditionToSql, type Database, type Statement, statement, statementFamily } from '@app/persistence';
import { accountColumns } from './account-columns.js';
import { type OrderKey, reversed, sortedBy, totalOrder, type Walk, walkOf } from './account-order.js';
import { type AccountRow, selectAccounts } from './account-rows.js';
import { type TallyFilter, tallyTotal, tallyValues } from './account-tally.js';

interface Query<Row> {
  readonly statement: Statement<Row>;
  readonly values: readonly unknown[];
}

/** A page of a list; what the list asks of connectors is answered already. */
export interface PageRequest {
  readonly where: Condition;
  readonly order: readonly OrderKey[];
  readonly limit: number;
  readonly offset: number;
}

/** The most rows a page has: written into the text, so that a plan for any page is a plan for few rows. */
const largestPage = 250;

/**
 * Lists without a filter and by what is the same for every value or names few accounts, each in nine orders and two
 * directions, as first and as later pages, and some also from the end: the first so many shapes are prepared as a whole.
 */
const common = statementFamily<AccountRow>('account.page', 400);

/** A page in one statement where that is prepared; else its ids, whose statement is planned anew, and then their rows. */
export type AccountPageQuery = { readonly rows: Query<AccountRow> } | { readonly ids: Query<{ ids: string | null }> };

/** Skips on a narrow index, then fetches the rows of the page alone. */
export function accountPageQuery(request: PageRequest): AccountPageQuery {
  const { where, order, limit, offset } = request;
  const selected = new Selection(where);
  const size = selected.bind(limit);
  const skipped = offset === 0 ? '0' : `${selected.bind(offset)}::bigint`;
  const { text, by } = walkOf(order, selected, { skipped, most: largestPage });
  return queryOf(request, selected.values, { page: `select walked.* from (${text}) walked limit ${size}`, by });
}

/**
 * The same page counted from the end: what lies behind it is known from the tally, in the same snapshot. Of a million
 * accounts the page at 900,000 is found past 100,000.
 */
export function accountPageFromEndQuery(request: PageRequest, tally: TallyFilter): AccountPageQuery {
  const { where, order, limit, offset } = request;
  const selected = new Selection(where);
  const [size, before] = [selected.bind(limit), selected.bind(offset)];
  const [connectorIds, correlated] = tallyValues(tally).map((value) => selected.bind(value));
  const behind = `(select total from list) - ${before}::bigint`;
  const skipped = `greatest(${behind} - ${size}::bigint, 0)`;
  const walk = walkOf(reversed(totalOrder(order)), selected, { skipped, most: largestPage });
  const page = `with list as (${tallyTotal(connectorIds!, correlated!)})
    select walked.* from (${walk.text}) walked limit greatest(least(${size}::bigint, ${behind}), 0)`;
  return queryOf(request, selected.values, { page, by: reversed(walk.by) });
}

function queryOf(
  request: PageRequest,
  values: readonly unknown[],
  { page, by }: { page: string; by: Walk['by'] },
): AccountPageQuery {
  if (request.limit > largestPage) throw new Error(`a page has at most ${largestPage} accounts`);
  const sorted = `order by ${sortedBy('page', by)}`;
  if (isCommon(request)) {
    const rows = selectAccounts(`(${page}) page join account a on a.organization_id = $1 and a.id = page.id`);
    return { rows: { statement: common(`${rows} ${sorted}`), values } };
  }
  const ids = `select array_agg(page.id ${sorted})::text as ids from (${page}) page`;
  return { ids: { statement: statement(undefined, ids), values } };
}

/**
 * Accounts in the order of their ids. A page is as long as its ids are many, though one may have been deleted since they
 * were looked up: whoever reads page after page takes a short one for the last.
 */
const accountsByIds = statement<AccountRow>(
  'account.by-ids',
  `${selectAccounts(`unnest($2::uuid[]) with ordinality as page (id, place)
    join account a on a.organization_id = $1 and a.id = page.id`)}
   order by page.place`,
);

export async function fetchPage(database: Database, caller: Caller, query: AccountPageQuery): Promise<AccountRow[]> {
  if ('rows' in query) return database.query(caller, query.rows.statement, query.rows.values);
  // One text, which goes back as it came: of hundreds of ids none is looked at on the way.
  const [found] = await database.query(caller, query.ids.statement, query.ids.values);
  return found?.ids ? database.query(caller, accountsByIds, [found.ids]) : [];
}

/** Their plan is the same for every value, for they name few accounts, or ask for what has an index of its own. */
const commonPaths: ReadonlySet<string> = new Set(
  'id name nativeIdentity ownerId hasEntitlements manuallyCorrelated origin identityState'.split(' '),
);
/** So is theirs in the orders they have an index for; in any other, few accounts and many want another plan. */
const ownOrders: ReadonlySet<string> = new Set(['a.id', 'a.name_key', 'a.created_at', 'a.modified_at']);

function isCommon({ where, order }: PageRequest): boolean {
  const [key] = order;
  if (order.length > 1 || (key && !('sql' in key))) return false;
  if (isEverything(where)) return true;
  if (where.kind !== 'compare' || where.op !== 'eq') return false;
  const isOwnOrder = key === undefined || ownOrders.has(key.sql);
  return commonPaths.has(where.path) || (isOwnOrder && ['connectorId', 'uncorrelated'].includes(where.path));
}

export function accountCountQuery(where: Condition): Query<{ total: number }> {
  const selected = new Selection(where);
  const text = `select count(*) as total from account a where ${selected.where}`;
  return { statement: statement(undefined, text), values: selected.values };
}

/** The live accounts that meet a condition, as SQL, and the values behind the organization's. */
class Selection {
  readonly where: string;
  readonly values: unknown[];

  constructor(where: Condition) {
    const { text, values } = conditionToSql(where, accountColumns, 2);
    const live = 'a.organization_id = $1 and a.deleted_at is null';
    this.where = isEverything(where) ? live : `${live} and (${text})`;
    this.values = [...values];
  }

  bind(value: unknown): string {
    return `$${this.values.push(value) + 1}`;
  }
}

function isEverything(where: Condition): boolean {
  return where.kind === 'and' && where.of.length === 0;
}
