import { Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import type { OffsetPageOf } from '@app/kernel';
import type { Condition, Sort } from '@app/query';
import {
  type ColumnTable,
  conditionToSql,
  Database,
  type Statement,
  statement,
  systemStatement,
} from '@app/persistence';

/** A page of one of the directory's lists; `where` is over the list's own paths. */
export interface DirectorySearch {
  readonly where: Condition;
  readonly sort: Sort;
  readonly limit: number;
  readonly offset: number;
}

export interface ListQuery<Row> {
  readonly statement: Statement<Row>;
  readonly values: readonly unknown[];
}

/** One of the directory's lists. */
export interface DirectoryList<Row> {
  readonly page: (search: DirectorySearch) => ListQuery<Row>;
  readonly count: (where: Condition) => ListQuery<{ total: number }>;
  /** What of the tally it shows; absent: all. */
  readonly kind?: TallyFilter['kind'];
}

/** The most rows a page has: written into the text, so that a plan for any page is a plan for few rows. */
export const largestPage = 1_000;

/**
 * A number of the page, so written that the planner does not see it. It would think a plan for this very page the better
 * one, and make it anew for each request, which takes three times as long as to follow it.
 */
export const unseen = (place: number) => `(select $${place}::bigint)`;

export function orderBy({ path, direction }: Sort, columns: Readonly<Record<string, string>>, id: string): string {
  const column = Object.hasOwn(columns, path) ? columns[path] : undefined;
  if (column === undefined) throw new Error(`this list is not sorted by ${path}`);
  return `${column} ${direction}, ${id} ${direction}`;
}

/** The condition with its values; parameters begin behind the organization's. */
export function selected(where: Condition, columns: ColumnTable): { text: string; values: readonly unknown[] } {
  return conditionToSql(where, columns, 2);
}

/** What totals are kept of. What is absent may be either. */
export interface TallyFilter {
  readonly kind?: 'user' | 'group';
  readonly deleted?: boolean;
  readonly active?: boolean;
  readonly system?: boolean;
  readonly external?: boolean;
  readonly invited?: boolean;
}

const dimensions = ['deleted', 'active', 'system', 'external', 'invited'] as const;
type Dimension = (typeof dimensions)[number];

const sumOfDeltas = statement<{ total: number }>(
  'directory.tally-total',
  `select coalesce(sum(t.delta), 0)::bigint as total from directory_tally t
    where t.organization_id = $1 and ($2::text is null or t.kind = $2)
      and ${dimensions.map((name, i) => `($${i + 3}::boolean is null or t.${name} = $${i + 3})`).join(' and ')}`,
);

const key = ['organization_id', 'kind', ...dimensions];
const keyOf = (alias: string) => key.map((name) => `${alias}.${name}`).join(', ');
/** Deleting and adding in one statement: no reader sees a sum in between, and two folds at once share the rows out. */
const foldDeltas = systemStatement<never>(
  undefined,
  `with several as (
     select ${keyOf('d')} from directory_tally d group by ${keyOf('d')} having count(*) > 1),
   taken as (
     delete from directory_tally t using several s where (${keyOf('t')}) = (${keyOf('s')}) returning ${keyOf('t')}, t.delta)
   insert into directory_tally (${key.join(', ')}, delta)
   select ${keyOf('t')}, sum(t.delta) from taken t group by ${keyOf('t')} having sum(t.delta) <> 0`,
);

/** Exact totals of the directory's common lists; triggers keep them, whoever writes. */
@Injectable()
export class DirectoryTally {
  constructor(private readonly database: Database) {}

  async total(caller: Pick<Caller, 'organizationId'>, { kind, ...filter }: TallyFilter): Promise<number> {
    const values = [kind ?? null, ...dimensions.map((name) => filter[name] ?? null)];
    const [row] = await this.database.query(caller, sumOfDeltas, values);
    return row?.total ?? 0;
  }

  /** A page of a list with its total, which is counted by looking where it is not kept. */
  async pageOf<Row>(
    caller: Caller,
    list: DirectoryList<Row>,
    search: DirectorySearch,
  ): Promise<Required<OffsetPageOf<Row>>> {
    const page = list.page(search);
    const [total, items] = await Promise.all([
      this.totalOf(caller, list, search.where),
      this.database.query(caller, page.statement, page.values),
    ]);
    return { items, total };
  }

  private async totalOf(caller: Caller, { kind, count }: DirectoryList<unknown>, where: Condition): Promise<number> {
    const kept = tallyOf(where, kind);
    if (kept) return this.total(caller, kept);
    const { statement: counting, values } = count(where);
    const [row] = await this.database.query(caller, counting, values);
    return row?.total ?? 0;
  }

  /** One row for each kind is left; for a job. */
  async fold(): Promise<void> {
    const reason = 'totals of every organization are folded by one job';
    await this.database.asSystem(reason, (system) => system.execute(foldDeltas));
  }
}

/** Which of our paths the tally knows, by what it asks of them. */
const talliedFlags: Readonly<Record<string, Dimension>> = {
  active: 'active',
  system: 'system',
  external: 'external',
  invitationPending: 'invited',
};
const talliedPresence: Readonly<Record<string, Dimension>> = { deletedAt: 'deleted', externalId: 'external' };

/** The tally that answers a condition, if one does. */
export function tallyOf(where: Condition, kind?: 'user' | 'group'): TallyFilter | undefined {
  let filter: TallyFilter = kind === undefined ? {} : { kind };
  for (const part of where.kind === 'and' ? where.of : [where]) {
    const known = tallyPartOf(part);
    if (!known || Object.hasOwn(filter, known.dimension)) return undefined;
    filter = { ...filter, [known.dimension]: known.value };
  }
  return filter;
}

const unique: ReadonlySet<string> = new Set(['id', 'userName', 'email', 'name']);

/** Whether the condition is of a shape whose plan is the same for every value: what the tally knows, and one record by its key. */
export function isOfFewShapes(where: Condition): boolean {
  return (where.kind === 'and' ? where.of : [where]).every(
    (part) => tallyPartOf(part) !== undefined || (part.kind === 'compare' && part.op === 'eq' && unique.has(part.path)),
  );
}

function tallyPartOf(part: Condition): { dimension: Dimension | 'kind'; value: boolean | string } | undefined {
  if (part.kind === 'compare' && part.op === 'eq' && part.path === 'type') {
    return { dimension: 'kind', value: String(part.value).toLowerCase() };
  }
  if (part.kind === 'compare' && part.op === 'eq' && typeof part.value === 'boolean') {
    const dimension = talliedFlags[part.path];
    return dimension && { dimension, value: part.value };
  }
  const [present, leaf] = part.kind === 'not' ? [true, part.of] : [false, part];
  const dimension = leaf.kind === 'isNull' ? talliedPresence[leaf.path] : undefined;
  return dimension && { dimension, value: present };
}
