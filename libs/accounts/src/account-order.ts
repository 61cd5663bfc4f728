import type { Sort } from '@app/query';
import { type SortGroup, type SortKey, sortKeyOf } from './account-columns.js';
import type { ConnectorRanks } from './connector-facts.js';

type Direction = Sort['direction'];

/** A key of a list's order: of the account itself, or of its connector. */
export type OrderKey = (SortKey | { readonly connectors: ConnectorRanks }) & { readonly direction: Direction };

export interface Walk {
  /** SQL of the ids in order, with what they are sorted by, past what is skipped and as far as a page goes. */
  readonly text: string;
  /** What the walked rows are sorted by. */
  readonly by: readonly Pick<Column, 'name' | 'direction'>[];
}

/** Whom it walks past. */
interface Selected {
  /** SQL of the condition on `account a`. */
  readonly where: string;
  /** The place of one more parameter. */
  bind(value: unknown): string;
}

interface Bounds {
  /** SQL of how many are skipped. */
  readonly skipped: string;
  readonly most: number;
}

export function orderKeyOf(sort: Sort): OrderKey {
  return { ...sortKeyOf(sort), direction: sort.direction };
}

/** Nulls stand where PostgreSQL puts them (last ascending, first descending), so this is the exact reverse. */
export function reversed<Key extends { readonly direction: Direction }>(keys: readonly Key[]): Key[] {
  return keys.map((key) => ({ ...key, direction: key.direction === 'asc' ? 'desc' : 'asc' }));
}

/** The order of walked rows once more, for what they are joined with. */
export function sortedBy(alias: string, by: Walk['by']): string {
  return by.map(({ name, direction }) => `${alias}.${name} ${direction}`).join(', ');
}

/** A total order: it ends in `id`, which runs the way of the first key, and no key behind it is looked at. */
export function totalOrder(keys: readonly OrderKey[], direction = keys[0]?.direction ?? 'asc'): OrderKey[] {
  const end = keys.findIndex(isId);
  return end >= 0 ? keys.slice(0, end + 1) : [...keys, { sql: 'a.id', direction }];
}

/**
 * Walks an index from its start. Where the first key has few values, there is none by it: each value is walked by
 * itself, in the order of the further keys, and as far as the page goes.
 */
export function walkOf(keys: readonly OrderKey[], selected: Selected, bounds: Bounds): Walk {
  const [lead, ...rest] = totalOrder(keys);
  if (!lead) throw new Error('an order has keys');
  if ('groups' in lead) return groupWalk(lead, columnsOf(rest, selected), selected, bounds);
  if ('connectors' in lead) return connectorWalk(lead, columnsOf(rest, selected), selected, bounds);
  const columns = columnsOf([lead, ...rest], selected);
  return { text: slice(pickFrom(columns, selected.where), columns, bounds), by: columns };
}

interface Column {
  readonly sql: string;
  readonly name: string;
  readonly direction: Direction;
}

function columnsOf(keys: readonly OrderKey[], selected: Selected): Column[] {
  return keys.map((key, i) => ({
    sql: expressionOf(key, selected),
    name: isId(key) ? 'id' : `k${i}`,
    direction: key.direction,
  }));
}

function isId(key: OrderKey): boolean {
  return 'sql' in key && key.sql === 'a.id';
}

/** The key's value of each account, for sorting those that are alike in the keys before it. */
function expressionOf(key: OrderKey, selected: Selected): string {
  if ('sql' in key) return key.sql;
  if ('connectors' in key) return rankOf('a.connector_id', key.connectors, selected);
  const by = key.groups.find((group) => group.by !== undefined)?.by;
  return by ?? `case ${key.groups.map(({ where }, i) => `when ${where} then ${i}`).join(' ')} end`;
}

function rankOf(connector: string, { ids, ranks }: ConnectorRanks, selected: Selected): string {
  return `(${selected.bind(ranks)}::integer[])[array_position(${selected.bind(ids)}::uuid[], ${connector})]`;
}

function groupWalk(
  lead: { groups: readonly SortGroup[]; direction: Direction },
  inner: Column[],
  selected: Selected,
  bounds: Bounds,
): Walk {
  const own: Column = { sql: 'own', name: 'own', direction: lead.direction };
  const withOwn = lead.groups.some(({ by }) => by !== undefined);
  const columns = withOwn ? [own, ...inner] : inner;
  const lanes = lead.groups.map(({ where, by = 'null::text' }, lane) => {
    const sorted = withOwn ? [{ ...own, sql: by }, ...inner] : inner;
    const walk = pickFrom(sorted, `${selected.where} and ${where}`, `${lane} as lane,`);
    return `(${walk} order by ${orderOf(sorted)} limit ${reach(bounds)})`;
  });
  const all = [{ sql: 'lane', name: 'lane', direction: lead.direction }, ...columns];
  return {
    text: slice(`select * from (${lanes.join(' union all ')}) lanes`, all.map(bare), bounds),
    by: all,
  };
}

function connectorWalk(
  lead: { connectors: ConnectorRanks; direction: Direction },
  inner: Column[],
  selected: Selected,
  bounds: Bounds,
): Walk {
  const { ids, ranks } = lead.connectors;
  const ranked = `select r.id, r.lane from unnest(${selected.bind(ids)}::uuid[], ${selected.bind(ranks)}::integer[]) as r (id, lane)
    order by r.lane ${lead.direction}`;
  const lane = pickFrom(inner, `${selected.where} and a.connector_id = c.id`);
  const all = [{ sql: 'c.lane', name: 'lane', direction: lead.direction }, ...inner.map(bare)];
  const text = `select c.lane, own.* from (${ranked}) c
    cross join lateral (${lane} order by ${orderOf(inner)} limit ${reach(bounds)}) own`;
  return { text: slice(text, all, bounds), by: all };
}

function bare(column: Column): Column {
  return { ...column, sql: column.name };
}

function pickFrom(columns: readonly Column[], where: string, before = ''): string {
  return `select ${before} ${columns.map(({ sql, name }) => `${sql} as ${name}`).join(', ')} from account a where ${where}`;
}

function slice(text: string, columns: readonly Column[], { most, skipped }: Bounds): string {
  return `${text} order by ${orderOf(columns)} limit ${most} offset ${skipped}`;
}

function reach({ most, skipped }: Bounds): string {
  return skipped === '0' ? `${most}` : `${skipped} + ${most}`;
}

function orderOf(columns: readonly Column[]): string {
  return columns.map(({ sql, direction }) => `${sql} ${direction}`).join(', ');
}
