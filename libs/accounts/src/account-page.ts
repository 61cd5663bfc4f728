import type { ConnectorScope } from '@app/access';
import type { Condition, Sort } from '@app/query';
import { conditionToSql, type Statement, statement, statementFamily } from '@app/persistence';
import { accountColumns, accountOrder } from './account-columns.js';
import { type AccountRow, selectAccounts } from './account-rows.js';

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

/** Four sort keys in two directions and none, for everybody and for the narrowed: lists without a filter. */
const unfiltered = statementFamily<AccountRow>('account.page', 18);

/** Skips on a narrow index, then fetches the rows of the page alone. */
export function accountPageQuery(
  { where, sort, limit, offset }: PageRequest,
  scope: ConnectorScope,
): Query<AccountRow> {
  const order = accountOrder(sort);
  const selected = accountsWhere(where, scope);
  const next = selected.values.length + 2;
  const text = `with page as (
      select a.id from account a where ${selected.text} order by ${order} limit $${next} offset $${next + 1})
    ${selectAccounts('page join account a on a.organization_id = $1 and a.id = page.id')}
    order by ${order}`;
  const isUnfiltered = conditionIsEverything(where) && sort.length <= 1;
  return {
    statement: isUnfiltered ? unfiltered(text) : statement(undefined, text),
    values: [...selected.values, limit, offset],
  };
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
