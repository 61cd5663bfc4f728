import { auditInsert, namesInTrail, type PurgedPerson } from '@app/audit';
import { statement, type Transaction } from '@app/persistence';
import { distinctTexts } from './distinct-texts.js';

interface HeldOwner {
  readonly values: readonly (string | null)[];
  readonly handles: readonly (string | null)[];
  readonly user_id: string | null;
}

interface GoneAccount {
  readonly id: string;
  readonly names: readonly string[];
}

const holdOwner = statement<HeldOwner>(
  undefined,
  `select array[name, email, alt_email, identity_id, mobile_phone, phone] as values, array[email, alt_email] as handles, user_id
     from owner where organization_id = $1 and id = $2 for update`,
);
/**
 * His accounts, and those that were his until he was deleted and are nobody's since. Between that and his return, if he
 * did, nothing but his deletion took accounts from him.
 */
const holdAccounts = statement<{ id: string }>(
  undefined,
  `select a.id from account a where a.organization_id = $1 and a.id in (
     select own.id from account own where own.organization_id = $1 and own.owner_id = $2
     union all
     select former.id from audit_event d
       join audit_event r on r.organization_id = $1 and r.at >= d.at and r.action = 'account.uncorrelated'
         and r.actor_type <> 'sync' and r.subject_type = 'account' and r.before ->> 'ownerId' = d.subject_id::text
       join account former on former.organization_id = $1 and former.id = r.subject_id and former.owner_id is null
      where d.organization_id = $1 and d.subject_type = 'owner' and d.subject_id = $2 and d.action = 'owner.deleted'
        and not exists (
          select from audit_event b where b.organization_id = $1 and b.subject_type = 'owner' and b.subject_id = $2
            and b.action = 'owner.restored' and b.at > d.at and b.at <= r.at))
    order by a.id for update`,
);
/** Accounts that their sources no longer have would be kept for their return: they are his to be forgotten. */
const deleteGoneAccounts = statement<GoneAccount>(
  undefined,
  `delete from account where organization_id = $1 and id = any($2::uuid[]) and deleted_at is not null
   returning id, array_remove(array[name, display_name, email, native_identity], null) as names`,
);
const releaseAccounts = statement<{ id: string }>(
  undefined,
  `with released as (
     update account set owner_id = null, correlation = 'none', owner_name_key = null, owner_state = null,
         version = version + 1, modified_at = now()
      where organization_id = $1 and owner_id = $5 returning id, connector_id),
   told as (${auditInsert(
     'account.uncorrelated',
     'account',
     `select id as subject_id, jsonb_build_object('ownerId', $5::uuid) as before, jsonb_build_object('ownerId', null) as after
        from released`,
   )}),
   counted as (
     insert into account_tally (organization_id, connector_id, correlated, delta)
     select $1, r.connector_id, side.correlated, case when side.correlated then -count(*) else count(*) end
       from released r, (values (true), (false)) side (correlated) group by r.connector_id, side.correlated)
   select id from released`,
);
const releaseReports = statement<{ id: string }>(
  undefined,
  `with released as (
     update owner set manager_id = null, version = version + 1, updated_at = now()
      where organization_id = $1 and manager_id = $5 returning id),
   told as (${auditInsert(
     'owner.managerChanged',
     'owner',
     `select id as subject_id, jsonb_build_object('managerId', $5::uuid) as before,
        jsonb_build_object('managerId', null) as after from released`,
   )})
   select id from released`,
);
const deleteRoles = statement<never>(undefined, `delete from owner_role where organization_id = $1 and owner_id = $2`);
/** What dry runs would have changed of him. */
const deleteChanges = statement<never>(
  undefined,
  `delete from run_change where organization_id = $1 and subject_id = any($2::uuid[])`,
);
/** Rows of files that were refused or noted: his own, and those whose message names him. */
const forgetRows = statement<never>(
  undefined,
  `update refused_row f set native_key = null, identity_key = null
     from owner o where f.organization_id = $1 and o.organization_id = $1 and o.id = $2
      and (f.identity_key = o.identity_key or exists (
        select from sync_run r join account a on a.organization_id = $1 and a.connector_id = r.connector_id
         where r.organization_id = $1 and r.id = f.run_id and a.id = any($3::uuid[]) and a.native_key = f.native_key))`,
);
const maskMessages = statement<never>(
  undefined,
  `update refused_row f set message = 'purged' where f.organization_id = $1
      and exists (select from unnest($2::text[]) name where length(name) > 2 and strpos(lower(f.message), lower(name)) > 0)`,
);
/** What was asked for his accounts, and the words of the source about it. */
const forgetTasks = statement<never>(
  undefined,
  `update task set messages = '[]', details = '{}'
    where organization_id = $1 and (messages <> '[]' or details <> '{}')
      and subject_id = any($2::uuid[])`,
);
const countShared = statement<{ count: number }>(
  undefined,
  `select count(*)::int as count from account_co_user where organization_id = $1 and owner_id = $2`,
);
const deleteOwner = statement<never>(undefined, `delete from owner where organization_id = $1 and id = $2`);

/** As documents of owners spell them. */
const keysInTrail = ['name', 'email', 'alt_email', 'identity_id', 'mobile_phone', 'phone'];
const handleKeys = ['email', 'alt_email'];

export interface ErasedOwner {
  readonly person: PurgedPerson;
  readonly counts: Readonly<Record<string, number>>;
  /** The user he is, who stays. */
  readonly userId: string | null;
}

/** The row and all that hangs on it. Accounts stay with the systems that have them, and are nobody's. */
export async function eraseOwner(tx: Transaction, id: string): Promise<ErasedOwner | undefined> {
  const accounts = (await tx.query(holdAccounts, [id])).map((account) => account.id);
  const [owner] = await tx.query(holdOwner, [id]);
  if (!owner) return undefined;
  const told = await namesInTrail(tx, { type: 'owner', id }, keysInTrail);

  const rows = await tx.execute(forgetRows, [id, accounts]);
  await tx.execute(forgetTasks, [[id, ...accounts]]);
  const gone = await tx.query(deleteGoneAccounts, [accounts]);
  const { type, id: actorId, name } = tx.caller.actor;
  const released = await tx.query(releaseAccounts, [type, actorId, name, id]);
  const reports = await tx.query(releaseReports, [type, actorId, name, id]);
  const [shared] = await tx.query(countShared, [id]);
  const roles = await tx.execute(deleteRoles, [id]);
  await tx.execute(deleteChanges, [[id, ...gone.map((account) => account.id)]]);
  await tx.execute(deleteOwner, [id]);
  tx.announce({ kind: 'account.changed', ids: released.map((account) => account.id), ownerIds: [] });
  tx.announce({ kind: 'owner.changed', ids: reports.map((report) => report.id) });

  const names = [...owner.values, ...told.map(({ value }) => value), ...gone.flatMap((account) => account.names)];
  const messages = await tx.execute(maskMessages, [distinctTexts(names)]);
  const handles = [...owner.handles, ...told.filter(({ key }) => handleKeys.includes(key)).map(({ value }) => value)];
  return {
    person: { type: 'owner', id, names: distinctTexts(names), handles: distinctTexts(handles), subjects: [] },
    counts: {
      owners: 1,
      'accounts released': released.length,
      'deleted accounts': gone.length,
      'shared accounts': shared?.count ?? 0,
      'business roles': roles,
      'rows of files': rows,
      'messages of rows': messages,
      'reports without a manager now': reports.length,
    },
    userId: owner.user_id,
  };
}

/** Of one who is gone already, the trail may tell something yet. */
export async function formerOwner(tx: Transaction, id: string): Promise<PurgedPerson> {
  const told = await namesInTrail(tx, { type: 'owner', id }, keysInTrail);
  const handles = told.filter(({ key }) => handleKeys.includes(key)).map(({ value }) => value);
  const names = distinctTexts(told.map(({ value }) => value));
  return { type: 'owner', id, names, handles: distinctTexts(handles), subjects: [] };
}
