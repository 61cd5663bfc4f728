import { holdAccountsOfOwners } from '@app/accounts';
import { auditInsert } from '@app/audit';
import { absentMark, ownerUpdatedNow } from '@app/owners';
import { changedMeanwhile, statement, type Transaction } from '@app/persistence';
import { isAbsentOwner } from './absent-owners.js';
import { planned } from './account-documents.js';
import {
  gaveUpEmail,
  lostEmailMark,
  ownerAssignments,
  ownerDigest,
  ownerDocument,
  ownerDocumentNow,
  ownerFields,
  statusNow,
} from './owner-documents.js';
import type { LeasedRun } from './leased-run.js';

const inBatch = `p.batch = $5`;

/**
 * Whom the batch is about, before they are looked at: what somebody else changes of them meanwhile is changed before, or
 * after. With them whoever gives up an address, and whoever is counted anew at the end.
 */
const holdOwners = statement<{ id: string; written: boolean }>(
  undefined,
  `with planned as materialized (
     select p.owner_id, p.owner_change, a.owner_id as old_owner, s.owner_email_key, s.email_key, a.email_key as old_email_key
       from ${planned} left join account a on a.organization_id = $1 and a.id = p.account_id
      where p.batch = $2),
   address as materialized (
     select array_agg(distinct key) as keys from planned p, unnest(array[p.owner_email_key, p.email_key, p.old_email_key]) key),
   concerned as materialized (
     select id, bool_or(written) as written from (
       select p.owner_id, true from planned p where p.owner_change in ('update', 'adopt')
       union all select p.old_owner, false from planned p
       union all select o.id, false from owner o
         where o.organization_id = $1 and o.deleted_at is null and o.email_key = any((select keys from address)::text[])
       union all select o.id, false from owner o
         where o.organization_id = $1 and o.deleted_at is null and o.alt_email_key = any((select keys from address)::text[])
     ) one (id, written) group by id)
   select o.id, c.written from owner o join concerned c on c.id = o.id
    where o.organization_id = $1 order by o.id for no key update of o`,
);

/** Whoever was deleted left his address to others: one who comes back has it only if nobody else has it by now. */
const forgetTakenEmails = statement<never>(
  undefined,
  `update owner o set email = null, email_key = null from staged_plan p
    where p.batch = $2 and p.owner_change = 'update' and o.organization_id = $1 and o.id = p.owner_id and o.deleted_at is not null
      and exists (select from owner taken where taken.organization_id = $1 and taken.email_key = o.email_key
        and taken.deleted_at is null)`,
);

/** An address belongs to one live owner. The source says whose it is now, so its former holder gives it up first. */
const releaseEmails = statement<{ id: string }>(
  undefined,
  `with holder as (
     select o.id, o.email from ${planned} join owner o on o.organization_id = $1 and o.email_key = s.owner_email_key
      where ${inBatch} and p.owner_change in ('create', 'update') and o.deleted_at is null
        and o.connector_id = $6 and o.id <> p.owner_id),
   released as (
     update owner o set email = null, email_key = null, source_hash = ${lostEmailMark}, version = o.version + 1, updated_at = ${ownerUpdatedNow}
       from holder where o.organization_id = $1 and o.id = holder.id
     returning o.id, holder.email as old_email),
   on_owner as (${auditInsert(
     'owner.updated',
     'owner',
     `select id as subject_id, jsonb_build_object('email', old_email) as before, jsonb_build_object('email', null) as after from released`,
   )})
   select id from released`,
);

const insertOwners = statement<{ id: string }>(
  undefined,
  `with made as (
     insert into owner (organization_id, id, name, name_key, email, email_key, alt_email, alt_email_key, department,
       department_key, title, title_key, location, owner_type, employment_type, status, connector_id, identity_id,
       identity_key, mobile_phone, phone, start_date, end_date, metadata, search_keys, source_hash)
     select $1, p.owner_id, f.name, f.name_key, f.email, f.email_key, f.alt_email, f.alt_email_key, f.department,
       f.department_key, f.title, f.title_key, f.location, coalesce(f.owner_type, 'human'), f.employment_type,
       coalesce(f.status, 'active'), $6, f.identity_id, s.identity_key, f.mobile_phone, f.phone, f.start_date, f.end_date,
       jsonb_strip_nulls(coalesce(f.metadata, '{}')), jsonb_strip_nulls(coalesce(f.search_keys, '{}')), ${ownerDigest}
       from ${planned} cross join lateral ${ownerFields} where ${inBatch} and p.owner_change = 'create'
     returning id, name, email, owner_type, status),
   on_owner as (${auditInsert(
     'owner.created',
     'owner',
     `select id as subject_id, null::jsonb as before, jsonb_strip_nulls(jsonb_build_object(
        'name', name, 'email', email, 'ownerType', owner_type, 'status', status)) as after from made`,
   )})
   select id from made`,
);

/** A row that says the same of a person in other words changes nothing but the hash it is recognised by. */
const updateOwners = statement<{ id: string }>(
  undefined,
  `with compared as materialized (
     select o.id, s.line, o.deleted_at is not null as was_deleted, ${ownerDocument} as doc, ${ownerDocumentNow} as new_doc
       from ${planned} cross join lateral ${ownerFields} join owner o on o.organization_id = $1 and o.id = p.owner_id
      where ${inBatch} and p.owner_change = 'update' and (o.source_hash is distinct from ${ownerDigest} or ${gaveUpEmail} or o.deleted_at is not null)),
   touched as (
     select id, line, was_deleted, new_doc, was_deleted or doc <> new_doc as effective,
       (select jsonb_object_agg(e.key, e.value) from jsonb_each(doc) e where e.value is distinct from new_doc -> e.key) as before,
       (select jsonb_object_agg(e.key, e.value) from jsonb_each(new_doc) e where e.value is distinct from doc -> e.key) as after
       from compared),
   changed as (
     update owner o set ${ownerAssignments},
         status_changed_at = case when ${statusNow} <> o.status then now() else o.status_changed_at end,
         source_hash = ${ownerDigest}, deleted_at = null, version = o.version + t.effective::integer,
         updated_at = case when t.effective then ${ownerUpdatedNow} else o.updated_at end
       from touched t join staged_account s on s.line = t.line cross join lateral ${ownerFields}
      where o.organization_id = $1 and o.id = t.id and $6::uuid is not null),
   on_owner as (${auditInsert(
     'owner.updated',
     'owner',
     `select id as subject_id, before, after from touched where after is not null and not was_deleted`,
   )}),
   on_return as (${auditInsert(
     'owner.restored',
     'owner',
     `select id as subject_id, before, jsonb_strip_nulls(new_doc) || coalesce(after, '{}')
         || jsonb_build_object('email', new_doc -> 'email') as after from touched where was_deleted`,
   )})
   select id from touched where effective`,
);

/** Exactly one live user and one live owner with an address are one person. */
const linkUsers = statement<never>(
  undefined,
  `with pairs as (
     select o.id, u.id as user_id from owner o
       join app_user u on u.organization_id = $1 and u.email_key = o.email_key and u.deleted_at is null
      where o.organization_id = $1 and o.id = any($5::uuid[]) and o.user_id is null
        and not exists (select 1 from owner taken where taken.organization_id = $1 and taken.user_id = u.id)),
   linked as (
     update owner o set user_id = pairs.user_id from pairs where o.organization_id = $1 and o.id = pairs.id returning o.id, o.user_id),
   on_user as (${auditInsert(
     'user.ownerLinked',
     'user',
     `select user_id as subject_id, null::jsonb as before, jsonb_build_object('ownerId', id) as after from linked`,
   )})
   ${auditInsert(
     'owner.userLinked',
     'owner',
     `select id as subject_id, null::jsonb as before, jsonb_build_object('userId', user_id) as after from linked`,
   )}`,
);

const findAbsent = statement<{ id: string }>(
  undefined,
  `select o.id from owner o where ${isAbsentOwner('$2', '$3')} limit $4`,
);
const holdAbsent = statement<{ id: string }>(
  undefined,
  `select o.id from owner o where o.organization_id = $1 and o.id = any($2::uuid[]) and o.status = 'active' and o.deleted_at is null
    order by o.id for no key update`,
);
const inactivate = statement<never>(
  undefined,
  `with gone as (
     update owner o set status = 'inactive', status_changed_at = now(), source_hash = ${absentMark}, version = o.version + 1, updated_at = ${ownerUpdatedNow}
      where o.organization_id = $1 and o.id = any($5::uuid[]) returning o.id)
   ${auditInsert(
     'owner.updated',
     'owner',
     `select id as subject_id, jsonb_build_object('status', 'active') as before, jsonb_build_object('status', 'inactive') as after from gone`,
   )}`,
);

export interface OwnersWritten {
  readonly created: number;
  readonly updated: number;
}

/** Owners that the batch's rows tell of, before their accounts, which they own. */
export async function writeOwners(tx: Transaction, run: LeasedRun, number: number): Promise<OwnersWritten> {
  const { actor } = run.caller;
  const batch = [actor.type, actor.id, actor.name, number, run.connectorId];
  const held = await tx.query(run.own(holdOwners), [number]);
  const known = held.filter(({ written }) => written).map(({ id }) => id);
  await holdAccountsOfOwners(tx, known, { waits: false });
  await tx.execute(run.own(forgetTakenEmails), [number]);
  const released = await tx.query(run.own(releaseEmails), batch);
  const created = await tx.query(run.own(insertOwners), batch);
  const updated = await tx.query(run.own(updateOwners), batch);
  const made = created.map(({ id }) => id);
  if (made.length > 0) await tx.query(linkUsers, [actor.type, actor.id, actor.name, made]);
  const ids = [...released, ...created, ...updated].map(({ id }) => id);
  if (ids.length > 0) tx.announce({ kind: 'owner.changed', ids });
  return { created: created.length, updated: updated.length };
}

/** Owners of this connector whom a complete file no longer names become inactive; they are never deleted. */
export async function inactivateAbsentOwners(tx: Transaction, run: LeasedRun, atMost: number): Promise<number> {
  const { actor } = run.caller;
  const absent = (await tx.query(run.own(findAbsent), [run.connectorId, run.id, atMost])).map(({ id }) => id);
  if (absent.length === 0) return 0;
  await holdAccountsOfOwners(tx, absent, { waits: true });
  const gone = (await tx.query(holdAbsent, [absent])).map(({ id }) => id);
  if (gone.length < absent.length) throw changedMeanwhile();
  await holdAccountsOfOwners(tx, gone, { waits: false });

  await tx.query(inactivate, [actor.type, actor.id, actor.name, gone]);
  tx.announce({ kind: 'owner.changed', ids: gone });
  return gone.length;
}
