import type { ConnectorScope } from '@app/access';
import type { Condition, Sort } from '@app/query';
import { conditionToSql, type Statement, statement, statementFamily } from '@app/persistence';
import { accountColumns, accountOrder } from './account-columns.js';
import { type AccountRow, selectAccounts } from './account-rows.js';
import { type TallyFilter, tallyTotal, tallyValues } from './account-tally.js';

interface Query<Row> {
  readonly statement: Statement<Row>;
  readonly values: readonly unknown[];
}

interface PageRequest {
  readonly where: Condition;
  readonly sort: readonly Sort[];
  readonly limit: number;
  readonly offset: number;
}

/** The most rows a page has: written into the text, so that a plan for any page is a plan for few rows. */
const largestPage = 250;

/**
 * Lists without a filter, by connector, by owner, with and without owner, each in four orders and two directions, as
 * first and as later pages, and by connector, owned or not also from the end. Every further shape is planned anew.
 */
const common = statementFamily<AccountRow>('account.page', 144);

/** Skips on a narrow index, then fetches the rows of the page alone. */
export function accountPageQuery(request: PageRequest, scope: ConnectorScope): Query<AccountRow> {
  const { where, sort, limit, offset } = request;
  const selected = accountsWhere(where, scope);
  const next = selected.values.length + 2;
  const slice = offset === 0 ? { skipped: '0', values: [] } : { skipped: `$${next + 1}`, values: [offset] };
  const text = pageText(selected.text, sort, accountOrder(sort), slice.skipped, `$${next}`);
  return { statement: statementOf(request, scope, text), values: [...selected.values, limit, ...slice.values] };
}

/**
 * The same page counted from the end: what lies behind it is known from the tally, in the same snapshot. Of a million
 * accounts the page at 900,000 is found past 100,000.
 */
export function accountPageFromEndQuery(request: PageRequest, tally: TallyFilter): Query<AccountRow> {
  const { where, sort, limit, offset } = request;
  const selected = accountsWhere(where, 'all');
  const [size, skipped, connectorId, correlated] = [2, 3, 4, 5].map((n) => `$${selected.values.length + n}`);
  const behind = `(select total from list) - ${skipped}::bigint`;
  const text = pageText(
    selected.text,
    sort,
    accountOrder(reversed(sort)),
    `greatest(${behind} - ${size}::bigint, 0)`,
    `greatest(least(${size}::bigint, ${behind}), 0)`,
    `list as (${tallyTotal(connectorId!, correlated!)}),`,
  );
  const values = [...selected.values, limit, offset, ...tallyValues(tally)];
  return { statement: statementOf(request, 'all', text), values };
}

function pageText(where: string, sort: readonly Sort[], walk: string, skipped: string, size: string, before = '') {
  return `with ${before} page as (
      select walked.id from (
        select a.id from account a where ${where} order by ${walk} limit ${largestPage} offset ${skipped}) walked
       limit ${size})
    ${selectAccounts('page join account a on a.organization_id = $1 and a.id = page.id')}
    order by ${accountOrder(sort)}`;
}

function reversed(sort: readonly Sort[]): readonly Sort[] {
  const keys = sort.length > 0 ? sort : [{ path: 'id', direction: 'asc' } as const];
  return keys.map(({ path, direction }) => ({ path, direction: direction === 'asc' ? 'desc' : 'asc' }));
}

function statementOf({ where, sort, limit }: PageRequest, scope: ConnectorScope, text: string): Statement<AccountRow> {
  if (limit > largestPage) throw new Error(`a page has at most ${largestPage} accounts`);
  return scope === 'all' && sort.length <= 1 && isCommon(where) ? common(text) : statement(undefined, text);
}

const commonPaths: ReadonlySet<string> = new Set(['connectorId', 'ownerId', 'uncorrelated']);

function isCommon(where: Condition): boolean {
  return conditionIsEverything(where) || (where.kind === 'compare' && where.op === 'eq' && commonPaths.has(where.path));
}

export function accountCountQuery(where: Condition, scope: ConnectorScope): Query<{ total: number }> {
  const selected = accountsWhere(where, scope);
  const text = `select count(*) as total from account a where ${selected.text}`;
  return { statement: statement(undefined, text), values: selected.values };
}

/** Whether a user's own connectors include the account's; `user` is SQL of his id. */
export function ofOwnConnectors(user: string): string {
  return `a.connector_id in (
    select own.connector_id from connector_owner own where own.organization_id = $1 and own.user_id = ${user}::uuid)`;
}

function accountsWhere(where: Condition, scope: ConnectorScope): { text: string; values: readonly unknown[] } {
  const live = 'a.organization_id = $1 and a.deleted_at is null';
  const { text, values } = conditionToSql(where, accountColumns, 2);
  const parts = conditionIsEverything(where) ? [live] : [live, `(${text})`];
  if (scope === 'all') return { text: parts.join(' and '), values };
  return {
    text: [...parts, ofOwnConnectors(`$${values.length + 2}`)].join(' and '),
    values: [...values, scope.userId],
  };
}

function conditionIsEverything(where: Condition): boolean {
  return where.kind === 'and' && where.of.length === 0;
}
