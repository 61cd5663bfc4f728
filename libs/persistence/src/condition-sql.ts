import { fold, isId } from '@app/kernel';
import type { Condition, Leaf } from '@app/query';

/** SQL here is from constant tables: a name from outside never reaches SQL text. */
interface ValueColumn {
  readonly sql: string;
  /** `folded` columns hold keys made by `fold`; `exact` texts compare as they are. */
  readonly type: 'folded' | 'exact' | 'uuid' | 'boolean' | 'instant' | 'number';
  /** SQL of an exact text's folded twin, which has the index: equal texts have equal keys. */
  readonly key?: string;
  /** Of a record with many such values: that one of them passes the test. */
  readonly someOf?: (test: string) => string;
}

/** Few values, each a condition of its own, written as the index that serves it has it; a record has at most one. */
interface ChoiceColumn {
  readonly type: 'choice';
  readonly choices: Readonly<Record<string, string>>;
}

type Column = ValueColumn | ChoiceColumn;

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
    default:
      return leaf(condition, columnOf(columns, condition.path), bind);
  }
}

/** That something is there is written as partial indexes have it, which know no other way to say so. */
function negated(of: Condition, columns: ColumnTable, bind: Bind): string {
  if (of.kind === 'isNull') return present(columnOf(columns, of.path));
  return `(${write(of, columns, bind)}) is not true`;
}

function leaf(condition: Leaf, column: Column, bind: Bind): string {
  if (column.type === 'choice') return choice(condition, column);
  if (condition.kind !== 'isNull') return (column.someOf ?? same)(test(condition, column, bind));
  return column.someOf ? `not ${present(column)}` : `${column.sql} is null`;
}

function present(column: Column): string {
  if (column.type === 'choice') return eitherOf(Object.values(column.choices));
  return (column.someOf ?? same)(`${column.sql} is not null`);
}

const same = (text: string): string => text;

function choice(condition: Leaf, column: ChoiceColumn): string {
  if (condition.kind === 'isNull') return `${present(column)} is not true`;
  const chosen = Object.entries(column.choices).filter(([value]) => isChosen(condition, value));
  return eitherOf(chosen.map(([, text]) => text));
}

function eitherOf(tests: readonly string[]): string {
  return tests.length === 0 ? 'false' : `(${tests.join(' or ')})`;
}

function isChosen(condition: Exclude<Leaf, { kind: 'isNull' }>, value: string): boolean {
  if (condition.kind === 'in') return condition.values.some((wanted) => fold(String(wanted)) === fold(value));
  if (condition.kind !== 'compare' || (condition.op !== 'eq' && condition.op !== 'ne')) {
    throw new Error(`one of few values is compared for being the same, not by ${condition.kind}`);
  }
  return (fold(String(condition.value)) === fold(value)) === (condition.op === 'eq');
}

function test(condition: Exclude<Leaf, { kind: 'isNull' }>, column: ValueColumn, bind: Bind): string {
  switch (condition.kind) {
    case 'in':
      return inList(column, condition.values, bind);
    case 'startsWith':
      return prefix(column, condition.value, bind);
    case 'contains':
      return like(column, `%${escapeLike(condition.value)}%`, bind);
    case 'endsWith':
      return like(column, `%${escapeLike(condition.value)}`, bind);
    case 'compare':
      return comparison(column, condition.op, condition.value, bind);
  }
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

function comparison(column: ValueColumn, op: keyof typeof symbols, value: unknown, bind: Bind): string {
  // No id is spelled like that, so every id there is differs from it.
  if (column.type === 'uuid' && !isId(String(value))) return op === 'ne' ? `${column.sql} is not null` : 'false';
  if (typeof value === 'boolean' && (op === 'eq' || op === 'ne')) return truth(column, value === (op === 'eq'));
  const compared = `${column.sql} ${symbols[op]} ${bind(stored(column, value), casts[column.type])}`;
  return column.key && op === 'eq' ? `${compared} and ${column.key} = ${bind(fold(String(value)))}` : compared;
}

/** Written out, not bound: a partial index serves `owner_id is null`, but not `(owner_id is null) = $2`. */
function truth(column: ValueColumn, holds: boolean): string {
  return holds ? column.sql : `not ${column.sql}`;
}

function inList(column: ValueColumn, values: readonly unknown[], bind: Bind): string {
  const kept = column.type === 'uuid' ? values.filter((value) => isId(String(value))) : values;
  if (kept.length === 0) return 'false';
  const cast = { ...casts, folded: '::text', exact: '::text' }[column.type];
  return `${column.sql} = any(${bind(
    kept.map((value) => stored(column, value)),
    `${cast}[]`,
  )})`;
}

function stored(column: ValueColumn, value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  return column.type === 'folded' ? fold(String(value)) : value;
}

/** A prefix is a range on the column's index, never a pattern: a generic plan cannot use LIKE. */
function prefix(column: ValueColumn, value: string, bind: Bind): string {
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

function uuidPrefix(column: ValueColumn, value: string, bind: Bind): string {
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

function like(column: ValueColumn, pattern: string, bind: Bind): string {
  return `${column.sql} like ${bind(column.type === 'folded' ? fold(pattern) : pattern)}`;
}

function columnOf(columns: ColumnTable, path: string): Column {
  const column = Object.hasOwn(columns, path) ? columns[path] : undefined;
  if (!column) throw new Error(`no column for ${path}`);
  return column;
}
