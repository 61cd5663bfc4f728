import { isPending, mappedColumns, mapsEntitlements } from '@app/accounts';
import type { ConnectorConfig } from '@app/connectors';

/** Planned rows `p` with what they say, `s`. */
export const planned = `staged_plan p join staged_account s on s.line = p.line`;

const newOwner = `case when a.correlation in ('manual', 'provisioning') then a.owner_id else o.id end`;
const newCorrelation = `case when a.correlation in ('manual', 'provisioning') then a.correlation
  when o.id is null then 'none' else 'rule' end`;
export const newAttributes = `jsonb_strip_nulls(coalesce(a.attributes, '{}') || s.attributes)`;

const stateColumns = ['disabled', 'locked'];

/** What a row `s` makes of a column of its account `a`: nothing of its state while somebody is about to change that. */
export function newValue(column: string): string {
  return stateColumns.includes(column)
    ? `case when ${isPending('a')} then a.${column} else s.${column} end`
    : `s.${column}`;
}

/** A row whose state was left aside is none that has been taken over: the next run reads it again. */
export function newHash(config: ConnectorConfig): string {
  const readsState = mappedColumns(config).some((column) => stateColumns.includes(column));
  return readsState ? `case when ${isPending('a')} then null else p.source_hash end` : 'p.source_hash';
}

/** What account `a` holds, before its batch's entitlements are written, and what its row says; in one order. */
const heldBefore = `(select coalesce(jsonb_agg(e.value order by e.attribute collate "C", e.value collate "C"), '[]')
  from account_entitlement x join entitlement e on e.organization_id = $1 and e.id = x.entitlement_id
 where x.organization_id = $1 and x.account_id = a.id)`;
const heldAfter = `(select coalesce(jsonb_agg(w.value order by w.attribute collate "C", w.value collate "C"), '[]')
  from jsonb_to_recordset(s.entitlements) as w(attribute text, value text))`;

/**
 * An account `a` as its users see it, before and after its row `s` is taken over. Text made once a connector from the
 * constant table above; no name from outside reaches it.
 */
function documents(config: ConnectorConfig, columns: readonly string[]): { before: string; after: string } {
  const shown = columns.filter((column) => !column.endsWith('_key') && !column.endsWith('_keys'));
  const document = (valueOf: (column: string) => string, owner: string, attributes: string, held: string) => {
    const fields = shown.map((column) => `'${camelCase(column)}', ${valueOf(column)}`);
    if (mapsEntitlements(config)) fields.push(`'entitlements', ${held}`);
    return `jsonb_build_object(${fields.join(', ')}, 'ownerId', ${owner}, 'attributes', ${attributes})`;
  };
  return {
    before: document((column) => `a.${column}`, 'a.owner_id', 'a.attributes', heldBefore),
    after: document(newValue, newOwner, newAttributes, heldAfter),
  };
}

/**
 * Common table expressions over planned rows: `different(id, line, change, name, old_owner, new_owner, correlation,
 * was_deleted, effective, before, after)`, with what differs on either side. Of a new account there is no before.
 */
export function comparedAccounts(config: ConnectorConfig, where: string): string {
  const { before, after } = documents(config, mappedColumns(config));
  return `compared as materialized (
     select p.account_id as id, s.line, p.change, coalesce(a.name, s.name) as name, s.native_identity,
       a.owner_id as old_owner, ${newOwner} as new_owner, p.owner_change, ${newCorrelation} as correlation,
       a.deleted_at is not null as was_deleted, case when a.id is not null then ${before} end as doc, ${after} as new_doc
       from ${planned} left join account a on a.organization_id = $1 and a.id = p.account_id
       left join owner o on o.organization_id = $1 and o.id = p.owner_id and o.deleted_at is null
      where ${where}),
   different as (
     select c.*, c.was_deleted or c.doc is distinct from c.new_doc as effective,
       (select jsonb_object_agg(e.key, e.value) from jsonb_each(c.doc) e where e.value is distinct from c.new_doc -> e.key) as before,
       (select jsonb_object_agg(e.key, e.value) from jsonb_each(c.new_doc) e where e.value is distinct from c.doc -> e.key) as after
       from compared c)`;
}

/**
 * What a set of such rows does: accounts that got an owner, lost one (who got another did both), and by how many the live
 * ones with and without an owner became more.
 */
export interface LinkCounts {
  readonly written: number;
  readonly linked: number;
  readonly unlinked: number;
  readonly correlated: number;
  readonly uncorrelated: number;
}

function camelCase(column: string): string {
  return column.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
