import { expectSameOwners, mappedColumns, modifiedNow } from '@app/accounts';
import { auditInsert } from '@app/audit';
import type { ConnectorConfig } from '@app/connectors';
import { statement, type Statement, type Transaction } from '@app/persistence';
import { comparedAccounts, type LinkCounts, newAttributes, newHash, newValue, planned } from './account-documents.js';
import { type LeasedRun, RunInterrupted } from './leased-run.js';
import type { PlannedBatch } from './planned-batch.js';

/** Planned rows of one batch: `$5` run, `$6` batch; `$1` organization, `$2`-`$4` the actor. */
const inBatch = `p.batch = $6`;

const insertAccounts = statement<LinkCounts>(
  undefined,
  `with made as (
     insert into account (organization_id, id, connector_id, owner_id, correlation, native_identity, native_key,
       native_identity_key, name, name_key, display_name, uuid, email, email_key, description, correlation_keys, disabled,
       locked, system_account, source_created_at, last_login_at, mfa_enabled, password_enabled, password_last_set_at,
       privileged, vaulted, shared, breached, failed_logins, failed_logins_at, in_privileged_group,
       in_highly_privileged_group, has_highly_privileged_role, attributes, owner_name_key, owner_state,
       connector_name_key, entitlement_count, source_hash, last_run_id)
     select $1, p.account_id, $7, o.id, case when o.id is null then 'none' else 'rule' end, s.native_identity,
       s.native_key, s.native_identity_key, s.name, s.name_key, s.display_name, s.uuid, s.email, s.email_key, s.description,
       s.correlation_keys, s.disabled, s.locked, s.system_account, s.source_created_at, s.last_login_at, s.mfa_enabled,
       s.password_enabled, s.password_last_set_at, s.privileged, s.vaulted, s.shared, s.breached, s.failed_logins,
       s.failed_logins_at, s.in_privileged_group, s.in_highly_privileged_group, s.has_highly_privileged_role,
       jsonb_strip_nulls(s.attributes), o.name_key, o.status, $8, s.entitlement_count, p.source_hash, $5
       from ${planned} left join owner o on o.organization_id = $1 and o.id = p.owner_id and o.deleted_at is null
      where ${inBatch} and p.change = 'create' order by p.account_id
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
   select count(*)::integer as written, count(owner_id)::integer as linked, 0 as unlinked,
     count(owner_id)::integer as correlated, (count(*) - count(owner_id))::integer as uncorrelated from made`,
);

/** Its name is repeated in each account, so it is not renamed while a batch is being written. */
const holdConnector = statement<{ name_key: string }>(
  undefined,
  `select name_key from connector where organization_id = $1 and id = $2 and deleted_at is null for share`,
);

/** What is there of the batch, and what else repeats the names of owners it writes: a link made at the same moment waits, or is seen. */
const holdAccounts = statement<never>(
  undefined,
  `select a.id from account a where a.organization_id = $1 and a.id in (
     select p.account_id from staged_plan p where p.batch = $2
     union
     select t.id from staged_plan p join account t on t.organization_id = $1 and t.owner_id = p.owner_id and t.deleted_at is null
      where p.batch = $2 and p.owner_change in ('update', 'adopt'))
    order by a.id for no key update`,
);

/** A row that says the same in other words changes nothing but the hash it is recognised by. */
function updateAccounts(config: ConnectorConfig): Statement<LinkCounts> {
  const columns = mappedColumns(config);
  return statement(
    undefined,
    `with ${comparedAccounts(config, `${inBatch} and p.change in ('update', 'return')`)},
     changed as (
       update account a set ${columns.map((column) => `${column} = ${newValue(column)}`).join(', ')},
           attributes = ${newAttributes}, owner_id = d.new_owner, correlation = d.correlation,
           source_hash = ${newHash(config)}, last_run_id = $5, deleted_at = null,
           version = a.version + d.effective::integer, modified_at = case when d.effective then ${modifiedNow} else a.modified_at end
         from different d join staged_plan p on p.line = d.line join staged_account s on s.line = d.line
        where a.organization_id = $1 and a.id = d.id
       returning a.id),
     on_account as (${auditInsert(
       'account.updated',
       'account',
       `select id as subject_id, before, after from different where not was_deleted and effective`,
     )}),
     on_return as (${auditInsert(
       'account.returned',
       'account',
       `select id as subject_id, before, after from different where was_deleted`,
     )}),
     on_old_owner as (${auditInsert(
       'owner.accountRemoved',
       'owner',
       `select old_owner as subject_id, jsonb_build_object('accountId', id, 'name', name) as before, null::jsonb as after
          from different where old_owner is not null and old_owner is distinct from new_owner and not was_deleted`,
     )}),
     on_new_owner as (${auditInsert(
       'owner.accountAdded',
       'owner',
       `select new_owner as subject_id, null::jsonb as before, jsonb_build_object('accountId', id, 'name', name) as after
          from different where new_owner is not null and (old_owner is distinct from new_owner or was_deleted)`,
     )})
     select count(*) filter (where effective and not was_deleted)::integer as written,
       count(*) filter (where new_owner is not null and (old_owner is distinct from new_owner or was_deleted))::integer as linked,
       count(*) filter (where old_owner is not null and old_owner is distinct from new_owner and not was_deleted)::integer as unlinked,
       (count(new_owner) - count(old_owner) filter (where not was_deleted))::integer as correlated,
       (count(*) filter (where new_owner is null) - count(*) filter (where old_owner is null and not was_deleted))::integer
         as uncorrelated
       from different`,
  );
}

/** Of links made by hand too: while an account was away, nobody kept what it repeats of its owner. */
const refreshOwnerColumns = statement<never>(
  undefined,
  `update account a set owner_name_key = o.name_key, owner_state = o.status
     from staged_plan p join account b on b.organization_id = $1 and b.id = p.account_id
     left join owner o on o.organization_id = $1 and o.id = b.owner_id
    where p.batch = $2 and p.change in ('update', 'return')
      and a.organization_id = $1 and a.id = b.id
      and (a.owner_name_key is distinct from o.name_key or a.owner_state is distinct from o.status)`,
);

/** Other rules than before: nothing of the account changes, and its link is looked at when all have their keys. */
const rekeyAccounts = statement<never>(
  undefined,
  `update account a set correlation_keys = s.correlation_keys
     from ${planned}
    where p.batch = $2 and p.change = 'rekey'
      and a.organization_id = $1 and a.id = p.account_id`,
);

/** Writes one batch of accounts: the new ones, the changed and the returned ones, and those with new keys alone. */
export class AccountWriter {
  private readonly update: ReturnType<typeof updateAccounts>;

  constructor(private readonly run: LeasedRun) {
    this.update = updateAccounts(run.config);
  }

  /** Before any owner is held. @returns what accounts repeat of their connector */
  async hold(tx: Transaction, { number }: PlannedBatch): Promise<string> {
    const [connector] = await tx.query(holdConnector, [this.run.connectorId]);
    if (!connector) throw new RunInterrupted();
    await tx.execute(this.run.own(holdAccounts), [number]);
    return connector.name_key;
  }

  async write(
    tx: Transaction,
    batch: PlannedBatch,
    connectorName: string,
  ): Promise<{ made: LinkCounts; changed: LinkCounts }> {
    const { actor } = this.run.caller;
    const values = [actor.type, actor.id, actor.name, this.run.id, batch.number];
    let made = none;
    let changed = none;
    if (batch.created.length > 0) {
      [made = none] = await tx.query(this.run.own(insertAccounts), [...values, this.run.connectorId, connectorName]);
    }
    if (batch.changed.length > 0) {
      [changed = none] = await tx.query(this.run.own(this.update), values);
      await tx.execute(this.run.own(refreshOwnerColumns), [batch.number]);
    }
    if (batch.rekeyed > 0) await tx.execute(this.run.own(rekeyAccounts), [batch.number]);
    expectSameOwners(tx, [...batch.created, ...batch.changed]);
    return { made, changed };
  }
}

const none: LinkCounts = { written: 0, linked: 0, unlinked: 0, correlated: 0, uncorrelated: 0 };
