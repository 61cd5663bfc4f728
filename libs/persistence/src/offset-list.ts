import type { Caller } from '@app/access';
import type { OffsetPageOf } from '@app/kernel';
import type { Condition, Sort } from '@app/query';
import { type ColumnTable, conditionToSql } from './condition-sql.js';
import type { Database } from './database.js';
import { type Statement, statement } from './statement.js';

/** A list of records that is filtered, sorted and read slice by slice: SQL from constant tables. */
export interface OffsetList<Row> {
  /** The records, with joins as far as conditions and orders name them. */
  readonly from: string;
  /** The column of the record's id. */
  readonly id: string;
  /** Which records there are at all. */
  readonly where: string;
  readonly columns: ColumnTable;
  /** What it may be sorted by. */
  readonly orders: Readonly<Record<string, string>>;
  /** The whole statement of the rows behind `page`, which has their ids; it joins what `from` has, by the same names. */
  readonly rows: (page: string) => string;
  /** Never set: it carries the row type. */
  readonly row?: Row;
}

export interface OffsetSearch {
  readonly where: Condition;
  readonly sort: readonly Sort[];
  readonly limit: number;
  readonly offset: number;
  /** Whether all there are without limit and offset are to be counted. */
  readonly withTotal: boolean;
}

/** A further condition on the records; `bind` gives the place of a value. */
export type Narrowing = (bind: (value: unknown) => string) => string;

interface Query<Row> {
  readonly statement: Statement<Row>;
  readonly values: readonly unknown[];
}

export async function readOffsetPage<Row>(
  database: Database,
  caller: Pick<Caller, 'organizationId'>,
  list: OffsetList<Row>,
  search: OffsetSearch,
  narrowing: readonly Narrowing[] = [],
): Promise<OffsetPageOf<Row>> {
  const page = pageQuery(list, search, narrowing);
  const items = await database.query(caller, page.statement, page.values);
  if (!search.withTotal) return { items };

  const count = countQuery(list, search.where, narrowing);
  const [counted] = await database.query(caller, count.statement, count.values);
  return { items, total: counted?.total ?? 0 };
}

/** Skips on what is walked, then fetches the rows of the page alone. */
function pageQuery<Row>(
  list: OffsetList<Row>,
  { where, sort, limit, offset }: OffsetSearch,
  narrowing: readonly Narrowing[],
): Query<Row> {
  const selected = selection(list, where, narrowing);
  const order = orderOf(list, sort);
  const slice = `limit ${selected.bind(limit)} offset ${selected.bind(offset)}`;
  const page = `(select ${list.id} as id from ${list.from} where ${selected.text} order by ${order} ${slice}) page`;
  return { statement: statement(undefined, `${list.rows(page)} order by ${order}`), values: selected.values };
}

function countQuery<Row>(
  list: OffsetList<Row>,
  where: Condition,
  narrowing: readonly Narrowing[],
): Query<{ total: number }> {
  const { text, values } = selection(list, where, narrowing);
  const counted = `select count(*) as total from ${list.from} where ${text}`;
  return { statement: statement(undefined, counted), values };
}

function selection<Row>(list: OffsetList<Row>, where: Condition, narrowing: readonly Narrowing[]) {
  const condition = conditionToSql(where, list.columns, 2);
  const values = [...condition.values];
  const bind = (value: unknown) => `$${values.push(value) + 1}`;
  const parts = [list.where, `(${condition.text})`, ...narrowing.map((narrow) => narrow(bind))];
  return { text: parts.join(' and '), values, bind };
}

/**
 * A total order. The closing id runs the way of the first key and nulls stand where PostgreSQL puts them (last ascending,
 * first descending), so turning every direction around gives the exact reverse.
 */
function orderOf<Row>({ id, orders }: OffsetList<Row>, sort: readonly Sort[]): string {
  const keys = sort.map(({ path, direction }) => `${columnOf(orders, path)} ${direction}`);
  return [...keys, `${id} ${sort[0]?.direction ?? 'asc'}`].join(', ');
}

function columnOf(orders: OffsetList<unknown>['orders'], path: string): string {
  const column = Object.hasOwn(orders, path) ? orders[path] : undefined;
  if (!column) throw new Error(`this list is not sorted by ${path}`);
  return column;
}
