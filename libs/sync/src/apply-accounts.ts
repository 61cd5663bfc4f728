import { auditInsert } from '@app/audit';
import type { AccountTarget, ConnectorConfig } from '@app/connectors';
import { statement, type Statement, type Transaction } from '@app/persistence';
import type { LeasedRun } from './leased-run.js';

/** Lines of one batch: `$5` run, `$6` and `$7` bound the lines; `$1` organization, `$2`-`$4` the actor. */
const inBatch = `s.run_id = $5 and s.line > $6 and s.line <= $7`;

const insertAccounts = statement<{ linked: number }>(
  undefined,
  `with made as (
     insert into account (organization_id, id, connector_id, owner_id, correlation, native_identity, native_key,
       native_identity_key, name, name_key, display_name, uuid, email, email_key, description, correlation_keys, disabled,
       locked, system_account, source_created_at, last_login_at, mfa_enabled, password_enabled, password_last_set_at,
       privileged, vaulted, shared, breached, failed_logins, failed_logins_at, in_privileged_group,
       in_highly_privileged_group, has_highly_privileged_role, attributes, owner_name_key, owner_state,
       connector_name_key, entitlement_count, source_hash, last_run_id)
     select $1, s.account_id, $8, s.owner_id, case when s.owner_id is null then 'none' else 'rule' end, s.native_identity,
       s.native_key, s.native_identity_key, s.name, s.name_key, s.display_name, s.uuid, s.email, s.email_key, s.description,
       s.correlation_keys, s.disabled, s.locked, s.system_account, s.source_created_at, s.last_login_at, s.mfa_enabled,
       s.password_enabled, s.password_last_set_at, s.privileged, s.vaulted, s.shared, s.breached, s.failed_logins,
       s.failed_logins_at, s.in_privileged_group, s.in_highly_privileged_group, s.has_highly_privileged_role,
       jsonb_strip_nulls(s.attributes), o.name_key, o.status, $9, s.entitlement_count, s.source_hash, $5
       from staged_account s left join owner o on o.organization_id = $1 and o.id = s.owner_id
      where ${inBatch} and s.change = 'create'
     returning id, native_identity, name, owner_id),
   on_account as (${auditInsert(
     'account.created',
     'account',
     `select id as subject_id, null::jsonb as before, jsonb_strip_nulls(jsonb_build_object(
        'nativeIdentity', native_identity, 'name', name, 'ownerId', owner_id)) as after from made`,
   )}),
   on_owner as (${auditInsert(
     'owner.accountAdded',
     'owner',
     `select owner_id as subject_id, null::jsonb as before, jsonb_build_object('accountId', id, 'name', name) as after
        from made where owner_id is not null`,
   )})
   select count(owner_id)::integer as linked from made`,
);

/** Its name is repeated in each account, so it is not renamed while a batch is being written. */
const holdConnector = statement<{ name_key: string }>(
  undefined,
  `select name_key from connector where organization_id = $1 and id = $2 for share`,
);

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

function mappedColumns(config: ConnectorConfig): string[] {
  const targets = Object.values(config.mapping);
  const columns = targets.flatMap((target) => columnsOf[target] ?? []);
  if (targets.some((target) => privilegeTargets.includes(target))) columns.push(...privilegeColumns);
  if (mapsEntitlements(config)) columns.push('entitlement_count');
  return ['native_identity', 'native_identity_key', 'name', 'name_key', 'correlation_keys', ...columns];
}

const newOwner = `case when a.correlation in ('manual', 'provisioning') then a.owner_id else s.owner_id end`;
const newCorrelation = `case when a.correlation in ('manual', 'provisioning') then a.correlation
  when s.owner_id is null then 'none' else 'rule' end`;

/** What account `a` holds, before its batch's entitlements are written, and what its row says; in one order. */
const heldBefore = `(select coalesce(jsonb_agg(e.value order by e.attribute collate "C", e.value collate "C"), '[]')
  from account_entitlement x join entitlement e on e.organization_id = $1 and e.id = x.entitlement_id
 where x.organization_id = $1 and x.account_id = a.id)`;
const heldAfter = `(select coalesce(jsonb_agg(w.value order by w.attribute collate "C", w.value collate "C"), '[]')
  from jsonb_to_recordset(s.entitlements) as w(attribute text, value text))`;

/** Text made once a connector from the constant table above; no name from outside reaches it. */
function updateAccounts(config: ConnectorConfig): Statement<{ linked: number; unlinked: number }> {
  const columns = mappedColumns(config);
  const shown = ['name', 'native_identity', 'disabled', 'locked', 'email', 'owner_id', ...columns].filter(
    (column, i, all) => all.indexOf(column) === i && !column.endsWith('_key') && !column.endsWith('_keys'),
  );
  const documentOf = (alias: string, held: string) => {
    const fields = shown.map((column) => `'${camelCase(column)}', ${alias}.${column}`);
    if (mapsEntitlements(config)) fields.push(`'entitlements', ${held}`);
    return `jsonb_build_object(${fields.join(', ')}, 'attributes', ${alias}.attributes)`;
  };
  return statement(
    undefined,
    `with old as (
       select a.id, a.owner_id, a.name, a.deleted_at is not null as was_deleted, ${documentOf('a', heldBefore)} as doc
         from staged_account s join account a on a.organization_id = $1 and a.id = s.account_id
        where ${inBatch} and s.change in ('update', 'return')),
     changed as (
       update account a set ${columns.map((column) => `${column} = s.${column}`).join(', ')},
           attributes = jsonb_strip_nulls(a.attributes || s.attributes),
           owner_id = ${newOwner}, correlation = ${newCorrelation},
           source_hash = s.source_hash, last_run_id = $5, deleted_at = null, version = a.version + 1, modified_at = now()
         from staged_account s
        where ${inBatch} and s.change in ('update', 'return') and a.organization_id = $1 and a.id = s.account_id
       returning a.id, a.owner_id, a.name, ${documentOf('a', heldAfter)} as doc),
     both_sides as (
       select old.id, old.name, old.was_deleted, old.owner_id as old_owner, changed.owner_id as new_owner,
         (select jsonb_object_agg(e.key, e.value) from jsonb_each(old.doc) e where e.value is distinct from changed.doc -> e.key) as before,
         (select jsonb_object_agg(e.key, e.value) from jsonb_each(changed.doc) e where e.value is distinct from old.doc -> e.key) as after
         from old join changed on changed.id = old.id),
     on_account as (${auditInsert(
       'account.updated',
       'account',
       `select id as subject_id, before, after from both_sides where not was_deleted and after is not null`,
     )}),
     on_return as (${auditInsert(
       'account.returned',
       'account',
       `select id as subject_id, before, after from both_sides where was_deleted`,
     )}),
     on_old_owner as (${auditInsert(
       'owner.accountRemoved',
       'owner',
       `select old_owner as subject_id, jsonb_build_object('accountId', id, 'name', name) as before, null::jsonb as after
          from both_sides where old_owner is not null and old_owner is distinct from new_owner and not was_deleted`,
     )}),
     on_new_owner as (${auditInsert(
       'owner.accountAdded',
       'owner',
       `select new_owner as subject_id, null::jsonb as before, jsonb_build_object('accountId', id, 'name', name) as after
          from both_sides where new_owner is not null and (old_owner is distinct from new_owner or was_deleted)`,
     )})
     select count(*) filter (where new_owner is not null and (old_owner is null or was_deleted))::integer as linked,
       count(*) filter (where old_owner is not null and new_owner is null and not was_deleted)::integer as unlinked from both_sides`,
  );
}

/** Of links made by hand too: while an account was away, nobody kept what it repeats of its owner. */
const refreshOwnerColumns = statement<never>(
  undefined,
  `update account a set owner_name_key = o.name_key, owner_state = o.status
     from staged_account s join account b on b.organization_id = $1 and b.id = s.account_id
     left join owner o on o.organization_id = $1 and o.id = b.owner_id
    where s.run_id = $2 and s.line > $3 and s.line <= $4 and s.change in ('update', 'return')
      and a.organization_id = $1 and a.id = b.id
      and (a.owner_name_key is distinct from o.name_key or a.owner_state is distinct from o.status)`,
);

function camelCase(column: string): string {
  return column.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Writes one batch of accounts: the new ones, then the changed and the returned ones. */
export class AccountWriter {
  private readonly update: ReturnType<typeof updateAccounts>;

  constructor(private readonly run: LeasedRun) {
    this.update = updateAccounts(run.config);
  }

  async write(tx: Transaction, from: number, to: number): Promise<{ linked: number; unlinked: number }> {
    const { actor } = this.run.caller;
    const batch = [actor.type, actor.id, actor.name, this.run.id, from, to];
    const [connector] = await tx.query(holdConnector, [this.run.connectorId]);
    const [made] = await tx.query(insertAccounts, [...batch, this.run.connectorId, connector?.name_key]);
    const [counts] = await tx.query(this.update, batch);
    await tx.query(refreshOwnerColumns, [this.run.id, from, to]);
    return { linked: (made?.linked ?? 0) + (counts?.linked ?? 0), unlinked: counts?.unlinked ?? 0 };
  }
}
