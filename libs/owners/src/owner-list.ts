import { fold } from '@app/kernel';
import { escapeLike, type Statement, statement, statementFamily } from '@app/persistence';
import { type OwnerStatus, type OwnerSummary, type OwnerType, summaryColumns } from './owner-rows.js';

export interface OwnerFilters {
  /** A literal part of the name or the e-mail address. Blank is absent. */
  readonly search?: string | undefined;
  /** The whole department. */
  readonly department?: string | undefined;
  readonly status?: OwnerStatus | undefined;
  readonly ownerType?: OwnerType | undefined;
}

/** Filters as they are compared: two spellings of one query share their cursors. */
export type OwnerListKey = readonly [
  search: string | null,
  department: string | null,
  status: string | null,
  ownerType: string | null,
];

export function ownerListKey(filters: OwnerFilters): OwnerListKey {
  const search = fold(filters.search?.trim() ?? '');
  const department = filters.department === undefined ? null : fold(filters.department);
  return [search === '' ? null : search, department, filters.status ?? null, filters.ownerType ?? null];
}

interface OwnerListQuery {
  readonly statement: Statement<OwnerSummary>;
  readonly values: readonly unknown[];
}

type Bind = (value: unknown) => string;

/** Of a page as it comes unless told. Its size stands in the text: bound, it would have every page planned anew. */
const usualRows = 51;

/** Thirty-two shapes without a search; with one, the best plan depends on the text, so it is planned anew each time. */
const withoutSearch = statementFamily<OwnerSummary>('owner.list', 32);

const filters: readonly ((value: string, bind: Bind) => string)[] = [
  (text, bind) => substring(bind(`%${escapeLike(text)}%`)),
  (department, bind) => `o.department_key = ${bind(department)}`,
  (status, bind) => `o.status = ${bind(status)}`,
  (ownerType, bind) => `o.owner_type = ${bind(ownerType)}`,
];

function substring(pattern: string): string {
  return `(o.name_key like ${pattern} or o.email_key like ${pattern})`;
}

/** The rows after a position, by (created_at, id): bulk loads share one instant, so the id decides within it. */
export function ownerListQuery(key: OwnerListKey, after: readonly string[] | undefined, rows: number): OwnerListQuery {
  const values: unknown[] = [];
  const bind: Bind = (value) => `$${values.push(value) + 1}`;
  const conditions = key.flatMap((value, i) => (value === null ? [] : [filters[i]!(value, bind)]));
  if (after) conditions.push(`(o.created_at, o.id) > (${bind(after[0])}::timestamptz, ${bind(after[1])}::uuid)`);

  const text = `select ${summaryColumns('o')} from owner o
    where ${['o.organization_id = $1', 'o.deleted_at is null', ...conditions].join(' and ')}
    order by o.created_at, o.id limit ${rows === usualRows ? rows : bind(rows)}`;
  return { statement: key[0] === null ? withoutSearch(text) : statement(undefined, text), values };
}
