import { fold, isId } from '@app/kernel';
import type { Condition } from '@app/query';

interface Column {
  /** SQL of the column, from a constant table: a name from outside never reaches SQL text. */
  readonly sql: string;
  /** `folded` columns hold keys made by `fold`; `exact` texts compare as they are. */
  readonly type: 'folded' | 'exact' | 'uuid' | 'boolean' | 'instant' | 'number';
  /** SQL of an exact text's folded twin, which has the index: equal texts have equal keys. */
  readonly key?: string;
}

export type ColumnTable = Readonly<Record<string, Column>>;

export interface SqlFragment {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** The one place where a Condition becomes SQL. Values are always bound; the result is never null-valued at the top. */
export function conditionToSql(condition: Condition, columns: ColumnTable, firstParameter: number): SqlFragment {
  const values: unknown[] = [];
  const bind = (value: unknown, cast = ''): string => `$${values.push(value) + firstParameter - 1}${cast}`;
  return { text: write(condition, columns, bind), values };
}

type Bind = (value: unknown, cast?: string) => string;

function write(condition: Condition, columns: ColumnTable, bind: Bind): string {
  switch (condition.kind) {
    case 'and':
      return combine(condition.of, ' and ', 'true', columns, bind);
    case 'or':
      return combine(condition.of, ' or ', 'false', columns, bind);
    case 'not':
      return negated(condition.of, columns, bind);
    case 'isNull':
      return `${columnOf(columns, condition.path).sql} is null`;
    case 'in':
      return inList(columnOf(columns, condition.path), condition.values, bind);
    case 'startsWith':
      return prefix(columnOf(columns, condition.path), condition.value, bind);
    case 'contains':
      return like(columnOf(columns, condition.path), `%${escapeLike(condition.value)}%`, bind);
    case 'endsWith':
      return like(columnOf(columns, condition.path), `%${escapeLike(condition.value)}`, bind);
    case 'compare':
      return comparison(columnOf(columns, condition.path), condition.op, condition.value, bind);
  }
}

/** That something is there is written as partial indexes have it, which know no other way to say so. */
function negated(of: Condition, columns: ColumnTable, bind: Bind): string {
  if (of.kind === 'isNull') return `${columnOf(columns, of.path).sql} is not null`;
  return `(${write(of, columns, bind)}) is not true`;
}

function combine(of: readonly Condition[], by: string, empty: string, columns: ColumnTable, bind: Bind): string {
  if (of.length === 0) return empty;
  return of.map((part) => `(${write(part, columns, bind)})`).join(by);
}

const symbols = { eq: '=', ne: '<>', gt: '>', ge: '>=', lt: '<', le: '<=' } as const;
const casts = {
  folded: '',
  exact: '',
  uuid: '::uuid',
  boolean: '::boolean',
  instant: '::timestamptz',
  number: '::numeric',
};

function comparison(column: Column, op: keyof typeof symbols, value: unknown, bind: Bind): string {
  // No id is spelled like that, so every id there is differs from it.
  if (column.type === 'uuid' && !isId(String(value))) return op === 'ne' ? `${column.sql} is not null` : 'false';
  if (typeof value === 'boolean' && (op === 'eq' || op === 'ne')) return truth(column, value === (op === 'eq'));
  const compared = `${column.sql} ${symbols[op]} ${bind(stored(column, value), casts[column.type])}`;
  return column.key && op === 'eq' ? `${compared} and ${column.key} = ${bind(fold(String(value)))}` : compared;
}

/** Written out, not bound: a partial index serves `owner_id is null`, but not `(owner_id is null) = $2`. */
function truth(column: Column, holds: boolean): string {
  return holds ? column.sql : `not ${column.sql}`;
}

function inList(column: Column, values: readonly unknown[], bind: Bind): string {
  const kept = column.type === 'uuid' ? values.filter((value) => isId(String(value))) : values;
  if (kept.length === 0) return 'false';
  const cast = { ...casts, folded: '::text', exact: '::text' }[column.type];
  return `${column.sql} = any(${bind(
    kept.map((value) => stored(column, value)),
    `${cast}[]`,
  )})`;
}

function stored(column: Column, value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  return column.type === 'folded' ? fold(String(value)) : value;
}

/** A prefix is a range on the column's index, never a pattern: a generic plan cannot use LIKE. */
function prefix(column: Column, value: string, bind: Bind): string {
  if (column.type === 'uuid') return uuidPrefix(column, value.toLowerCase(), bind);
  const low = column.type === 'folded' ? fold(value) : value;
  if (low === '') return `${column.sql} is not null`;
  const high = followingPrefix(low);
  const from = `${column.sql} >= ${bind(low)}`;
  return high === undefined ? from : `${from} and ${column.sql} < ${bind(high)}`;
}

/** The least text that comes after every text with this prefix, in code point order (`collate "C"` on UTF-8). */
function followingPrefix(text: string): string | undefined {
  const points = Array.from(text, (character) => character.codePointAt(0)!);
  while (points.length > 0) {
    const last = points.pop()!;
    if (last === 0x10ffff) continue;
    const next = last + 1 >= 0xd800 && last + 1 <= 0xdfff ? 0xe000 : last + 1;
    return String.fromCodePoint(...points, next);
  }
  return undefined;
}

const uuidTemplate = '00000000-0000-0000-0000-000000000000';

function uuidPrefix(column: Column, value: string, bind: Bind): string {
  const fits =
    value.length <= 36 &&
    Array.from(value).every((character, i) =>
      uuidTemplate[i] === '-' ? character === '-' : /[0-9a-f]/.test(character),
    );
  if (!fits) return 'false';
  const low = value + uuidTemplate.slice(value.length);
  const high = value + uuidTemplate.slice(value.length).replaceAll('0', 'f');
  return `${column.sql} between ${bind(low, '::uuid')} and ${bind(high, '::uuid')}`;
}

/** `%`, `_` and `\` have no special meaning in what users write. */
export function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&');
}

function like(column: Column, pattern: string, bind: Bind): string {
  return `${column.sql} like ${bind(column.type === 'folded' ? fold(pattern) : pattern)}`;
}

function columnOf(columns: ColumnTable, path: string): Column {
  const column = Object.hasOwn(columns, path) ? columns[path] : undefined;
  if (!column) throw new Error(`no column for ${path}`);
  return column;
}
