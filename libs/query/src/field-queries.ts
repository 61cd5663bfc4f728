import { InvalidError } from '@app/kernel';
import { and, type Comparison, type Condition, not, or } from './condition.js';
import { entryOf } from './fields.js';
import { parseInstant } from './instant.js';
import { quoted } from './query-error.js';

/** What a field of a search is: its values, its operators, and where it is found. */
type SearchField =
  | { readonly type: 'text' | 'number' | 'date'; readonly path: string }
  /** `path` compares whole ids, `textPath` parts of them. */
  | { readonly type: 'id'; readonly path: string; readonly textPath: string }
  | { readonly type: 'enum'; readonly path: string; readonly values: readonly string[] };

/** A search's fields by public name; what it lacks is refused. */
export type SearchFieldTable = Readonly<Record<string, SearchField>>;

type Json = Readonly<Record<string, unknown>>;
type Type = SearchField['type'] | 'metadata';

const mostQueries = 20;
const mostValues = 200;
const mostCharacters = 1_000;

const equalities = ['equals', 'not_equals', 'in', 'not_in'];
const parts = ['contains', 'not_contains', 'starts_with', 'ends_with'];
const orders = ['greater_than', 'greater_than_or_equal', 'less_than', 'less_than_or_equal', 'between'];
const presence = ['is_null', 'is_not_null'];
const operators: Readonly<Record<Type, readonly string[]>> = {
  text: [...equalities, ...parts, ...presence],
  id: [...equalities, ...parts, ...presence],
  enum: equalities,
  number: [...equalities, ...orders],
  date: [...equalities, ...orders, ...presence],
  metadata: [...equalities, ...parts, ...orders, ...presence],
};
/** Each is the exact complement of another, and so includes what has no value at all. */
const complements: Readonly<Record<string, string>> = {
  not_equals: 'equals',
  not_in: 'in',
  not_contains: 'contains',
  is_not_null: 'is_null',
};
const comparisons: Readonly<Record<string, Comparison>> = {
  greater_than: 'gt',
  greater_than_or_equal: 'ge',
  less_than: 'lt',
  less_than_or_equal: 'le',
};

/**
 * Reads `field_queries` of the owners' search: all are to be met. Whatever is not understood
 * is refused and named with its place in the list, as `name[2].operator`.
 */
export function parseFieldQueries(sent: unknown, table: SearchFieldTable, name: string): Condition {
  if (!Array.isArray(sent)) throw InvalidError.field(name, `${name} must be a list.`);
  if (sent.length > mostQueries) throw InvalidError.field(name, `${name} must hold at most ${mostQueries} queries.`);
  const read = sent.map((query: unknown, i) => new FieldQuery(query, table, `${name}[${i}]`));
  return and(...read.map((query) => query.condition()));
}

const metadataField = /^metadata\.[A-Za-z0-9_.-]{1,64}$/;
const metadataNumbers = '#number';

/** Where a metadata field is found when it is compared as a number; as a text its path is its name. */
export function numberPath(field: string): string {
  return `${field}${metadataNumbers}`;
}

/** The metadata key a path names, and whether its values are numbers. */
export function metadataKeyOf(path: string): { readonly key: string; readonly asNumber: boolean } | undefined {
  const asNumber = path.endsWith(metadataNumbers);
  const field = asNumber ? path.slice(0, -metadataNumbers.length) : path;
  return metadataField.test(field) ? { key: field.slice('metadata.'.length), asNumber } : undefined;
}

class FieldQuery {
  private readonly field: string;
  private readonly operator: string;
  private readonly known: SearchField | { readonly type: 'metadata'; readonly path: string };
  private readonly query: Json;

  constructor(
    query: unknown,
    table: SearchFieldTable,
    private readonly at: string,
  ) {
    if (typeof query !== 'object' || query === null || Array.isArray(query)) {
      throw InvalidError.field(at, `${at} must be {field, operator, value}.`);
    }
    this.query = query as Json;
    const stray = Object.keys(this.query).find((name) => !['field', 'operator', 'value'].includes(name));
    if (stray !== undefined)
      throw InvalidError.field(at, `${at} takes field, operator and value, not ${quoted(stray)}.`);
    this.field = this.textOf('field');
    this.known = metadataField.test(this.field)
      ? { type: 'metadata', path: this.field }
      : (entryOf(table, this.field) ??
        this.refuse('field', `is no field to search by: ${Object.keys(table).join(', ')}, metadata.<key>`));
    this.operator = this.textOf('operator');
    const supported = operators[this.known.type];
    if (!supported.includes(this.operator)) this.refuse('operator', `must be one of ${supported.join(', ')}`);
  }

  condition(): Condition {
    const positive = complements[this.operator];
    return positive === undefined ? this.positive(this.operator) : not(this.positive(positive));
  }

  private positive(operator: string): Condition {
    const { path } = this.known;
    if (operator === 'is_null') {
      if (this.query['value'] !== undefined) this.refuse('value', 'must be left out');
      return { kind: 'isNull', path };
    }
    if (operator === 'in') return or(...this.list(1, mostValues).map((value) => this.equal(value)));
    if (operator === 'between') return this.between();
    const { value } = this.query;
    if (operator === 'equals') return this.equal(value);
    const op = comparisons[operator];
    return op === undefined ? this.part(operator, value) : this.compare(op, value);
  }

  private equal(value: unknown): Condition {
    const { path, type } = this.known;
    if (type === 'date') return this.sameTime(value);
    if (type === 'number') return this.compare('eq', value);
    if (type === 'metadata' && typeof value === 'number') return this.compare('eq', value);
    if (type === 'metadata' && typeof value === 'boolean') {
      return { kind: 'compare', path, op: 'eq', value: String(value) };
    }
    const text = this.text(value);
    const known = this.known as { values?: readonly string[] };
    if (type === 'enum' && !known.values?.includes(text.toLowerCase())) {
      this.refuse('value', `must be one of ${known.values?.join(', ')}`);
    }
    return { kind: 'compare', path, op: 'eq', value: text };
  }

  /** A plain date is the whole day, in UTC. */
  private sameTime(value: unknown): Condition {
    const { path } = this.known;
    const { instant, wholeDay } = this.time(value);
    if (!wholeDay) return { kind: 'compare', path, op: 'eq', value: instant };
    const last = new Date(instant.getTime() + 86_400_000 - 1);
    return and({ kind: 'compare', path, op: 'ge', value: instant }, { kind: 'compare', path, op: 'le', value: last });
  }

  private between(): Condition {
    const [low, high] = this.list(2, 2) as [unknown, unknown];
    const [from, to] = [this.compare('ge', low), this.compare('le', high)];
    if (valueOf(from) > valueOf(to)) this.refuse('value', 'must be [low, high], low first');
    return and(from, to);
  }

  private compare(op: Comparison, value: unknown): Condition {
    const { path, type } = this.known;
    if (type === 'date') return { kind: 'compare', path, op, value: this.time(value).instant };
    if (type !== 'metadata') return { kind: 'compare', path, op, value: this.number(value) };
    if (typeof value !== 'number') this.refuse('value', 'must be a number to compare metadata by');
    return { kind: 'compare', path: numberPath(path), op, value };
  }

  private part(operator: string, value: unknown): Condition {
    const text = this.text(value);
    if (text === '') this.refuse('value', 'must not be empty');
    const path = this.known.type === 'id' ? this.known.textPath : this.known.path;
    if (operator === 'contains') return { kind: 'contains', path, value: text };
    return { kind: operator === 'starts_with' ? 'startsWith' : 'endsWith', path, value: text };
  }

  private list(least: number, most: number): readonly unknown[] {
    const { value } = this.query;
    const size = least === most ? `${least}` : `${least} to ${most}`;
    if (Array.isArray(value) && value.length >= least && value.length <= most) return value;
    return this.refuse('value', `must be a list of ${size} values`);
  }

  private text(value: unknown): string {
    if (typeof value === 'string' && value.length <= mostCharacters) return value;
    return this.refuse('value', `must be a text of at most ${mostCharacters} characters`);
  }

  /** The statistics print their numbers as texts, so they may come back as such. */
  private number(value: unknown): number {
    const isNumeral = typeof value === 'string' && /^-?\d{1,15}(\.\d{1,6})?$/.test(value);
    const number = isNumeral ? Number(value) : value;
    return typeof number === 'number' && Number.isFinite(number) ? number : this.refuse('value', 'must be a number');
  }

  private time(value: unknown): { instant: Date; wholeDay: boolean } {
    const wholeDay = typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value);
    const instant = typeof value === 'string' ? parseInstant(wholeDay ? `${value}T00:00:00Z` : value) : undefined;
    if (instant) return { instant, wholeDay };
    return this.refuse('value', 'must be a date, such as 2026-01-31, or a date-time with its zone');
  }

  private textOf(name: 'field' | 'operator'): string {
    const value = this.query[name];
    return typeof value === 'string' ? value : this.refuse(name, 'is required and must be a text');
  }

  private refuse(part: 'field' | 'operator' | 'value', problem: string): never {
    const sent = this.query[part];
    const shown = typeof sent === 'string' ? ` (${quoted(sent)})` : '';
    throw InvalidError.field(`${this.at}.${part}`, `${this.at}.${part}${shown} ${problem}.`);
  }
}

function valueOf(condition: Condition): number {
  return condition.kind === 'compare' ? Number(condition.value) : 0;
}
