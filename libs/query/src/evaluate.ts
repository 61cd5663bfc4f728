import type { Comparison, Condition } from './condition.js';

/**
 * What a condition means, for one record: the oracle that database queries are tested against. Our choice throughout:
 * two-valued logic, absent or differently typed values fail every comparison, texts compare folded and by code point.
 * A path that reads as a list matches when one of its elements does.
 */
export function matches(
  condition: Condition,
  read: (path: string) => unknown,
  fold: (text: string) => string = lowerCaseNfc,
): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.of.every((part) => matches(part, read, fold));
    case 'or':
      return condition.of.some((part) => matches(part, read, fold));
    case 'not':
      return !matches(condition.of, read, fold);
    case 'isNull':
      return present(read(condition.path)).length === 0;
    default:
      return present(read(condition.path)).some((value) => leafMatches(condition, value, fold));
  }
}

type ValueLeaf = Exclude<Extract<Condition, { path: string }>, { kind: 'isNull' }>;

function leafMatches(leaf: ValueLeaf, value: unknown, fold: (text: string) => string): boolean {
  if (leaf.kind === 'compare') return compares(value, leaf.op, leaf.value, fold);
  if (leaf.kind === 'in') return leaf.values.some((wanted) => compares(value, 'eq', wanted, fold));
  return typeof value === 'string' && textTests[leaf.kind](fold(value), fold(leaf.value));
}

const textTests: Record<'startsWith' | 'contains' | 'endsWith', (text: string, part: string) => boolean> = {
  startsWith: (text, part) => text.startsWith(part),
  contains: (text, part) => text.includes(part),
  endsWith: (text, part) => text.endsWith(part),
};

const holds: Record<Comparison, (order: number) => boolean> = {
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
  lt: (order) => order < 0,
  le: (order) => order <= 0,
};

function compares(left: unknown, op: Comparison, right: unknown, fold: (text: string) => string): boolean {
  const order = orderOf(left, right, fold);
  return order !== undefined && holds[op](order);
}

function orderOf(left: unknown, right: unknown, fold: (text: string) => string): number | undefined {
  if (typeof left === 'string' && typeof right === 'string') return byCodePoint(fold(left), fold(right));
  if (left instanceof Date && right instanceof Date) return left.getTime() - right.getTime();
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
  return undefined;
}

/** The order of the database's "C" collation; JavaScript's own puts U+10000 and beyond before U+E000. */
function byCodePoint(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function present(value: unknown): unknown[] {
  return [value].flat().filter((element) => element !== null && element !== undefined);
}

function lowerCaseNfc(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
