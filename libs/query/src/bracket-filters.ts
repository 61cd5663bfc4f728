import { InvalidError } from '@app/kernel';
import { and, type Comparison, type Condition, not } from './condition.js';
import { entryOf } from './fields.js';
import { parseInstant } from './instant.js';
import { quoted } from './query-error.js';

/** What stands in the second pair of brackets of `filter[field][OP]`. */
type BracketOperator = 'EQ' | 'CO' | 'SW' | 'IN' | 'PR' | 'LT' | 'GT';

/** How the value of one filter is read, and what it asks for, in paths of our own. */
export type BracketFilter =
  | { readonly type: 'text' | 'instant' | 'boolean'; readonly asks: (value: never) => Condition }
  | { readonly type: 'choice'; readonly values: readonly string[]; readonly asks: (value: never) => Condition }
  | { readonly type: 'list'; readonly asks: (value: never) => Condition };

/** A listing's filters by public field name, and by operator. What it lacks is refused. */
export type BracketFilterTable = Readonly<Record<string, Readonly<Partial<Record<BracketOperator, BracketFilter>>>>>;

export interface BracketFilters {
  readonly where: Condition;
  /** The fields that were filtered by. */
  readonly fields: ReadonlySet<string>;
}

type Query = Readonly<Record<string, unknown>>;
type Reader = (parameter: string, sent: unknown, filter: BracketFilter) => unknown;

/** The most values one `IN` may name. */
const mostValues = 500;

/**
 * Reads all `filter[field][OP]` parameters of a query; all are to be met. A field or operator the listing lacks, a value
 * of another type and a filter given twice are refused by name: one that was ignored would show more than was asked for.
 */
export function parseBracketFilters(query: Query, table: BracketFilterTable): BracketFilters {
  const parts: Condition[] = [];
  const [fields, filters] = [new Set<string>(), new Set<BracketFilter>()];
  for (const parameter of Object.keys(query).filter(isBracketFilter)) {
    const { field, filter } = filterNamed(parameter, table);
    // Of a list both spellings are the same filter.
    if (filters.has(filter)) throw refused(parameter, `${quoted(parameter)} is there in another spelling already.`);
    filters.add(filter);
    fields.add(field);
    const value = readers[filter.type](parameter, query[parameter], filter);
    parts.push((filter.asks as (value: unknown) => Condition)(value));
  }
  return { where: and(...parts), fields };
}

/** Whether a parameter is, or was meant to be, a filter. */
export function isBracketFilter(parameter: string): boolean {
  return /^filter\b/i.test(parameter);
}

/** Every parameter a table stands for, as it is written. */
export function bracketParameters(table: BracketFilterTable): { parameter: string; filter: BracketFilter }[] {
  return Object.entries(table).flatMap(([field, operators]) =>
    Object.entries(operators).map(([operator, filter]) => ({ parameter: `filter[${field}][${operator}]`, filter })),
  );
}

function filterNamed(parameter: string, table: BracketFilterTable) {
  const [, field = '', operator = '', list] = /^filter\[(\w+)\]\[(\w+)\](\[\])?$/.exec(parameter) ?? [];
  const operators = entryOf(table, field);
  const known = operators && entryOf(operators as Readonly<Record<string, BracketFilter>>, operator);
  if (known && (list === undefined || known.type === 'list')) return { field, filter: known };
  const accepted = operators
    ? Object.keys(operators).map((name) => `filter[${field}][${name}]`)
    : Object.keys(table).map((name) => `filter[${name}]`);
  throw refused(parameter, `There is no ${quoted(parameter)} here, but ${accepted.join(', ')}.`);
}

const readers: Record<BracketFilter['type'], Reader> = {
  text: once,
  boolean: (parameter, sent) => {
    const text = once(parameter, sent);
    if (text !== 'true' && text !== 'false') throw refused(parameter, `${parameter} must be true or false.`);
    return text === 'true';
  },
  instant: (parameter, sent) => {
    const instant = parseInstant(once(parameter, sent));
    if (instant) return instant;
    throw refused(parameter, `${parameter} must be a date-time with its zone, such as 2026-01-31T12:00:00Z.`);
  },
  choice: (parameter, sent, filter) => {
    const text = once(parameter, sent);
    const { values } = filter as Extract<BracketFilter, { type: 'choice' }>;
    if (!values.includes(text)) throw refused(parameter, `${parameter} must be one of ${values.join(', ')}.`);
    return text;
  },
  list: (parameter, sent) => {
    const values = [sent].flat().flatMap((text) => (typeof text === 'string' ? text.split(',') : []));
    if (values.length > mostValues) throw refused(parameter, `${parameter} takes at most ${mostValues} values.`);
    return values;
  },
};

function once(parameter: string, sent: unknown): string {
  if (typeof sent !== 'string') throw refused(parameter, `${parameter} must be given once.`);
  return sent;
}

const longestName = 100;

function refused(parameter: string, message: string): InvalidError {
  return InvalidError.field(parameter.slice(0, longestName), message);
}

function comparing(op: Comparison, path: string) {
  return (value: string | boolean | Date): Condition => ({ kind: 'compare', path, op, value });
}

/** The filters there are, each over a path of ours. */
export const bracketFilter = {
  /** As the path compares texts: with or without case. */
  equals: (path: string) => ({ type: 'text', asks: comparing('eq', path) }) as const,
  contains: (path: string) =>
    ({ type: 'text', asks: (value: string): Condition => ({ kind: 'contains', path, value }) }) as const,
  startsWith: (path: string) =>
    ({ type: 'text', asks: (value: string): Condition => ({ kind: 'startsWith', path, value }) }) as const,
  oneOf: (path: string) =>
    ({ type: 'list', asks: (values: readonly string[]): Condition => ({ kind: 'in', path, values }) }) as const,
  is: (path: string) => ({ type: 'boolean', asks: comparing('eq', path) }) as const,
  isPresent: (path: string) =>
    ({
      type: 'boolean',
      asks: (wanted: boolean): Condition => (wanted ? not({ kind: 'isNull', path }) : { kind: 'isNull', path }),
    }) as const,
  before: (path: string) => ({ type: 'instant', asks: comparing('lt', path) }) as const,
  after: (path: string) => ({ type: 'instant', asks: comparing('gt', path) }) as const,
  choice: (values: readonly string[], asks: (value: string) => Condition) =>
    ({ type: 'choice', values, asks }) as const,
} as const;
