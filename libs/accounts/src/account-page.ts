import type { Condition } from '@app/query';
import { conditionToSql, type Statement, statement, statementFamily } from '@app/persistence';
import { accountColumns } from './account-columns.js';
import { type OrderKey, reversed, sortedBy, totalOrder, walkOf } from './account-order.js';
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
 * Lists without a filter, by connector, by owner, with and without owner, each in nine orders and two directions, as
 * first and as later pages, and by connector, owned or not also from the end. Every further shape is planned anew.
 */
const common = statementFamily<AccountRow>('account.page', 324);

/** Skips on a narrow index, then fetches the rows of the page alone. */
export function accountPageQuery(request: PageRequest): Query<AccountRow> {
  const { where, order, limit, offset } = request;
  const selected = new Selection(where);
  const size = selected.bind(limit);
  const skipped = offset === 0 ? '0' : `${selected.bind(offset)}::bigint`;
  const walk = walkOf(order, selected, { skipped, most: largestPage });
  return queryOf(request, selected, pageText(walk.text, size, sortedBy('page', walk.by)));
}

/**
 * The same page counted from the end: what lies behind it is known from the tally, in the same snapshot. Of a million
 * accounts the page at 900,000 is found past 100,000.
 */
export function accountPageFromEndQuery(request: PageRequest, tally: TallyFilter): Query<AccountRow> {
  const { where, order, limit, offset } = request;
  const selected = new Selection(where);
  const [size, before] = [selected.bind(limit), selected.bind(offset)];
  const [connectorIds, correlated] = tallyValues(tally).map((value) => selected.bind(value));
  const behind = `(select total from list) - ${before}::bigint`;
  const skipped = `greatest(${behind} - ${size}::bigint, 0)`;
  const walk = walkOf(reversed(totalOrder(order)), selected, { skipped, most: largestPage });
  const text = pageText(
    walk.text,
    `greatest(least(${size}::bigint, ${behind}), 0)`,
    sortedBy('page', reversed(walk.by)),
    `list as (${tallyTotal(connectorIds!, correlated!)}),`,
  );
  return queryOf(request, selected, text);
}

function pageText(walk: string, size: string, order: string, before = '') {
  return `with ${before} page as (select walked.* from (${walk}) walked limit ${size})
    ${selectAccounts('page join account a on a.organization_id = $1 and a.id = page.id')}
    order by ${order}`;
}

function queryOf({ where, order, limit }: PageRequest, { values }: Selection, text: string): Query<AccountRow> {
  if (limit > largestPage) throw new Error(`a page has at most ${largestPage} accounts`);
  const isCommon = isCommonWhere(where) && order.length <= 1 && order.every((key) => 'sql' in key);
  return { statement: isCommon ? common(text) : statement(undefined, text), values };
}

const commonPaths: ReadonlySet<string> = new Set(['connectorId', 'ownerId', 'uncorrelated']);

function isCommonWhere(where: Condition): boolean {
  return isEverything(where) || (where.kind === 'compare' && where.op === 'eq' && commonPaths.has(where.path));
}

export function accountCountQuery(where: Condition): Query<{ total: number }> {
  const selected = new Selection(where);
  const text = `select count(*) as total from account a where ${selected.where}`;
  return { statement: statement(undefined, text), values: selected.values };
}

/** Whether a user's own connectors include the account's; `user` is SQL of his id. */
export function ofOwnConnectors(user: string): string {
  return `a.connector_id in (
    select own.connector_id from connector_owner own where own.organization_id = $1 and own.user_id = ${user}::uuid)`;
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
