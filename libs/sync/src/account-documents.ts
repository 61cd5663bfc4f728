import type { AccountTarget, ConnectorConfig } from '@app/connectors';

/** Planned rows `p` with what they say, `s`. */
export const planned = `staged_plan p join staged_account s on s.line = p.line`;

/** Columns that a mapped target decides. A run never touches what its connector does not map. */
const columnsOf: Partial<Record<AccountTarget, readonly string[]>> = {
  displayName: ['display_name'],
  uuid: ['uuid'],
  email: ['email', 'email_key'],
  description: ['description'],
  disabled: ['disabled'],
  locked: ['locked'],
  systemAccount: ['system_account'],
  createdAt: ['source_created_at'],
  lastLoginAt: ['last_login_at'],
  mfaEnabled: ['mfa_enabled'],
  passwordEnabled: ['password_enabled'],
  passwordLastSetAt: ['password_last_set_at'],
  vaulted: ['vaulted'],
  shared: ['shared'],
  breached: ['breached'],
  failedLoginsLastHour: ['failed_logins', 'failed_logins_at'],
};

const privilegeTargets: readonly AccountTarget[] = [
  'privileged',
  'inPrivilegedGroup',
  'inHighlyPrivilegedGroup',
  'hasHighlyPrivilegedRole',
  'groups',
  'roles',
  'entitlements',
];
const privilegeColumns = [
  'privileged',
  'in_privileged_group',
  'in_highly_privileged_group',
  'has_highly_privileged_role',
];
const entitlementTargets: readonly AccountTarget[] = ['groups', 'roles', 'entitlements'];

export function mapsEntitlements(config: ConnectorConfig): boolean {
  return Object.values(config.mapping).some((target) => entitlementTargets.includes(target));
}

/** Columns of an account that a row of this connector decides. */
export function mappedColumns(config: ConnectorConfig): string[] {
  const targets = Object.values(config.mapping);
  const columns = targets.flatMap((target) => columnsOf[target] ?? []);
  if (targets.some((target) => privilegeTargets.includes(target))) columns.push(...privilegeColumns);
  if (mapsEntitlements(config)) columns.push('entitlement_count');
  return ['native_identity', 'native_identity_key', 'name', 'name_key', 'correlation_keys', ...columns];
}

const newOwner = `case when a.correlation in ('manual', 'provisioning') then a.owner_id else o.id end`;
const newCorrelation = `case when a.correlation in ('manual', 'provisioning') then a.correlation
  when o.id is null then 'none' else 'rule' end`;
export const newAttributes = `jsonb_strip_nulls(coalesce(a.attributes, '{}') || s.attributes)`;

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
  const document = (alias: string, owner: string, attributes: string, held: string) => {
    const fields = shown.map((column) => `'${camelCase(column)}', ${alias}.${column}`);
    if (mapsEntitlements(config)) fields.push(`'entitlements', ${held}`);
    return `jsonb_build_object(${fields.join(', ')}, 'ownerId', ${owner}, 'attributes', ${attributes})`;
  };
  return {
    before: document('a', 'a.owner_id', 'a.attributes', heldBefore),
    after: document('s', newOwner, newAttributes, heldAfter),
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
