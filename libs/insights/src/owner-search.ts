import { type Condition, metadataKeyOf, numberPath, pathsIn } from '@app/query';
import { type ColumnTable, conditionToSql, type Statement, statement } from '@app/persistence';
import { type OwnerSummary, summaryColumns } from '@app/owners';
import { type FigureName, figureNames } from './owner-figures.js';

const text = (name: string) => ({ sql: `(o.search_keys ->> '${name}')`, type: 'folded' }) as const;
const day = (column: string) => ({ sql: `(o.${column}::timestamp at time zone 'UTC')`, type: 'instant' }) as const;
const figures = Object.fromEntries(
  figureNames.map((name) => [name, { sql: `s.${name}`, type: 'number' }]),
) as unknown as Readonly<Record<FigureName, { sql: string; type: 'number' }>>;

/** What searches may ask of an owner `o` with stored figures `s`, by our own paths. Metadata has its columns by the query. */
const columns = {
  id: { sql: 'o.id', type: 'uuid' },
  idText: { sql: 'o.id::text', type: 'folded' },
  name: { sql: 'o.name_key', type: 'folded' },
  email: { sql: 'o.email_key', type: 'folded' },
  altEmail: { sql: 'o.alt_email_key', type: 'folded' },
  department: { sql: 'o.department_key', type: 'folded' },
  title: { sql: 'o.title_key', type: 'folded' },
  location: text('location'),
  employmentType: text('employmentType'),
  phone: text('phone'),
  mobilePhone: text('mobilePhone'),
  identityId: { sql: 'o.identity_key', type: 'folded' },
  managerName: { sql: 'm.name_key', type: 'folded' },
  managerId: { sql: 'o.manager_id', type: 'uuid' },
  managerIdText: { sql: 'o.manager_id::text', type: 'folded' },
  connectorId: { sql: 'o.connector_id', type: 'uuid' },
  connectorIdText: { sql: 'o.connector_id::text', type: 'folded' },
  ownerType: { sql: 'o.owner_type', type: 'folded' },
  status: { sql: 'o.status', type: 'folded' },
  startDate: day('start_date'),
  endDate: day('end_date'),
  created: { sql: 'o.created_at', type: 'instant' },
  updated: { sql: 'o.updated_at', type: 'instant' },
  riskLevel: { sql: 's.risk_level', type: 'folded' },
  totalThreat: { sql: 's.total_threat', type: 'number' },
  ...figures,
  directReports: { sql: 'r.reports', type: 'number' },
} as const satisfies ColumnTable;

const storedFigures: ReadonlySet<string> = new Set(['riskLevel', 'totalThreat', ...figureNames]);
const numeral = String.raw`^-?[0-9]{1,30}(\.[0-9]{1,30})?$`;

const statistics = `left join owner_statistics s on s.organization_id = $1 and s.owner_id = o.id`;
const someAreDue = (at: string) =>
  `exists (select from owner_statistics d where d.organization_id = $1 and d.next_change_at <= ${at}::timestamptz)`;
const manager = `left join owner m on m.organization_id = $1 and m.id = o.manager_id and m.deleted_at is null`;
/** Counted once a row, however often a search compares it. */
const reports = `cross join lateral (
  select count(*) as reports from owner d
   where d.organization_id = $1 and d.manager_id = o.id and d.deleted_at is null offset 0) r`;

/** A row of the page: nobody, where figures are asked for and the page is empty. */
export type FoundOwner = (OwnerSummary | { readonly id: null }) & {
  /** Whether time has changed stored figures of somebody: who was found by them may be another then. */
  readonly outdated?: boolean;
};

interface Query {
  readonly statement: Statement<FoundOwner>;
  readonly values: readonly unknown[];
}

export interface SearchedPage {
  readonly where: Condition;
  readonly after: readonly string[] | undefined;
  readonly rows: number;
  /** The instant that stored figures are to be true at. */
  readonly at: Date;
  /** Only the next so many owners are looked at, one after another. */
  readonly within?: number;
}

/** The rows after a position, by (created_at, id). A free search is planned anew: the best plan depends on its words. */
export function ownerSearchQuery({ where, after, rows, at, within }: SearchedPage): Query {
  const asked = pathsIn(where);
  const byFigures = [...asked].some((path) => storedFigures.has(path));
  const keys = [...new Set([...asked].flatMap((path) => metadataKeyOf(path)?.key ?? []))];
  const metadata = Object.fromEntries(keys.flatMap((key, i) => metadataColumns(key, `$${i + 2}::text`)));
  const condition = conditionToSql(where, { ...columns, ...metadata }, keys.length + 2);
  const values: unknown[] = [...keys, ...condition.values];
  const bind = (value: unknown) => `$${values.push(value) + 1}`;
  const behind = after ? `and (o.created_at, o.id) > (${bind(after[0])}::timestamptz, ${bind(after[1])}::uuid)` : '';
  const live = `o.organization_id = $1 and o.deleted_at is null ${behind}`;
  const window = `(select * from owner o where ${live} order by o.created_at, o.id limit ${within}) o`;
  const page = `select ${summaryColumns('o')} from ${within === undefined ? 'owner o' : window}
     ${byFigures ? statistics : ''} ${asked.has('managerName') ? manager : ''} ${asked.has('directReports') ? reports : ''}
    where ${within === undefined ? live : 'true'} and (${condition.text})
    order by o.created_at, o.id limit ${bind(rows)}`;
  const text = byFigures
    ? `select f.*, page.* from (select ${someAreDue(bind(at.toISOString()))} as outdated) f
       left join lateral (${page}) page on true order by page.created_at, page.id`
    : page;
  return { statement: statement(undefined, text), values };
}

/** A number in the metadata, or a text that is one. */
function metadataColumns(key: string, name: string) {
  const value = `(o.metadata ->> ${name})`;
  return [
    [`metadata.${key}`, { sql: `(o.search_keys ->> ('metadata.' || ${name}))`, type: 'folded' }],
    [
      numberPath(`metadata.${key}`),
      { sql: `(case when ${value} ~ '${numeral}' then ${value}::numeric end)`, type: 'number' },
    ],
  ] as const;
}
