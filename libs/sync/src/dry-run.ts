import { matches, rulesValue } from '@app/accounts';
import { type Statement, statement, type Transaction } from '@app/persistence';
import { comparedAccounts } from './account-documents.js';
import { isAbsentOwner } from './absent-owners.js';
import { absentAccounts, type Comparison } from './compare.js';
import type { LeasedRun } from './leased-run.js';
import { ownerDocument, ownerDocumentNow, ownerFields } from './owner-documents.js';
import type { RunProgress } from './sync-run.js';

/** So many changes of a kind are kept for a look; the run's counters count them all. */
const kept = 10_000;
const kinds = { owners: 0, absentOwners: 1, accounts: 2, links: 3, absentAccounts: 4 } as const;

/** Keeps the first of `rows(change, subject_id, line, name, native_identity, before, after)`, one kind behind another. */
function keeping(kind: keyof typeof kinds, subjectType: 'account' | 'owner', run: string, rows = 'different'): string {
  return `kept as (
    insert into run_change (organization_id, run_id, position, change, subject_type, subject_id, line, name, native_identity, before, after)
    select $1, ${run}, ${kinds[kind]} * 1000000 + row_number() over (order by line, name, subject_id), change, '${subjectType}',
        subject_id, line, name, native_identity, before, after
      from ${rows} order by line, name, subject_id limit ${kept})`;
}

const changedOwners = statement<RunProgress>(
  undefined,
  `with compared as (
     select p.owner_change as change, o.id as subject_id, s.line, coalesce(o.name, f.name) as name, null as native_identity,
       case when o.id is not null then ${ownerDocument} end as doc, ${ownerDocumentNow} as new_doc
       from staged_plan p join staged_account s on s.line = p.line cross join lateral ${ownerFields}
       left join owner o on o.organization_id = $1 and o.id = p.owner_id
      where p.owner_change in ('create', 'update')),
   different as (
     select c.*,
       (select jsonb_object_agg(e.key, e.value) from jsonb_each(c.doc) e where e.value is distinct from c.new_doc -> e.key) as before,
       (select jsonb_object_agg(e.key, e.value) from jsonb_each(c.new_doc) e where e.value is distinct from c.doc -> e.key) as after
       from compared c where c.doc is distinct from c.new_doc),
   ${keeping('owners', 'owner', '$2')}
   select count(*) filter (where change = 'create')::integer as owners_created,
     count(*) filter (where change = 'update')::integer as owners_updated from different`,
);

const leavingOwners = statement<RunProgress>(
  undefined,
  `with different as (
     select 'deactivate' as change, o.id as subject_id, null::integer as line, o.name, null as native_identity,
       '{"status": "active"}'::jsonb as before, '{"status": "inactive"}'::jsonb as after
       from owner o where ${isAbsentOwner('$3', '$2')}),
   ${keeping('absentOwners', 'owner', '$2')}
   select count(*)::integer as owners_deactivated from different`,
);

/** Also of one who is still to be made. */
const willHaveOwner = `new_owner is not null or owner_change is not distinct from 'create'`;

/** Text of the run's own: which columns are compared depends on what its connector maps. */
function changedAccounts({ config }: LeasedRun): Statement<RunProgress> {
  return statement(
    undefined,
    `with ${comparedAccounts(config, `p.change <> 'rekey'`)},
     shown as (
       select change, case when change <> 'create' then id end as subject_id, line, name, native_identity, before,
         case when change = 'create' then jsonb_strip_nulls(after) else after end as after
         from different where effective),
     ${keeping('accounts', 'account', '$2', 'shown')}
     select count(*) filter (where change = 'create')::integer as accounts_created,
       count(*) filter (where change = 'return')::integer as accounts_returned,
       count(*) filter (where change = 'update' and effective)::integer as accounts_updated,
       count(*) filter (where change = 'update' and not effective)::integer as accounts_unchanged,
       count(*) filter (where (${willHaveOwner}) and (new_owner is null or old_owner is distinct from new_owner or was_deleted))::integer as accounts_linked,
       count(*) filter (where old_owner is not null and old_owner is distinct from new_owner and not was_deleted)::integer as accounts_unlinked
       from different`,
  );
}

/** Accounts whose rows are as before, or which have no row, and whom the rules link otherwise now. */
const changedLinks = statement<RunProgress>(
  undefined,
  `with ${matches(
    `select a.id, coalesce(s.correlation_keys, a.correlation_keys) as keys from account a
       left join staged_plan p on p.account_id = a.id left join staged_account s on s.line = p.line
      where a.organization_id = $1 and a.connector_id = $3 and a.deleted_at is null and a.correlation in ('none', 'rule')
        and (p.change is null or p.change = 'rekey')
        and not exists (select from refused_row f where f.organization_id = $1 and f.run_id = $2 and f.native_key = a.native_key)`,
    '$4',
  )},
   different as (
     select 'update' as change, a.id as subject_id, null::integer as line, a.name, a.native_identity,
       jsonb_build_object('ownerId', a.owner_id) as before, jsonb_build_object('ownerId', m.owner_id) as after,
       a.owner_id as old_owner, m.owner_id as new_owner
       from keyed k join account a on a.organization_id = $1 and a.id = k.id left join matched m on m.id = k.id
      where a.owner_id is distinct from m.owner_id),
   ${keeping('links', 'account', '$2')}
   select count(new_owner)::integer as accounts_linked, count(old_owner)::integer as accounts_unlinked from different`,
);

const leavingAccounts = statement<RunProgress>(
  undefined,
  `with different as (
     select 'remove' as change, a.id as subject_id, null::integer as line, a.name, a.native_identity,
       jsonb_strip_nulls(jsonb_build_object('name', a.name, 'ownerId', a.owner_id)) as before, null::jsonb as after
       from account a where ${absentAccounts('$2', '$3')}),
   ${keeping('absentAccounts', 'account', '$3')}
   select count(*)::integer as accounts_removed from different`,
);

/** Of a worker before this one that did not come to the end. */
const beginAnew = statement<never>(
  undefined,
  `with forgotten as (delete from run_change where organization_id = $1 and run_id = $2)
   update sync_run set accounts_created = 0, accounts_updated = 0, accounts_unchanged = 0, accounts_removed = 0,
     accounts_returned = 0, accounts_linked = 0, accounts_unlinked = 0, owners_created = 0, owners_updated = 0, owners_deactivated = 0
    where organization_id = $1 and id = $2`,
);

/** What the run would change, row by row, and how many of each kind. Nothing else is written. */
export async function preview(tx: Transaction, run: LeasedRun, { complete }: Comparison): Promise<RunProgress> {
  const { id, connectorId, config } = run;
  await tx.execute(beginAnew, [id]);
  const found: (RunProgress | undefined)[] = [];
  const look = async (statementOf: Statement<RunProgress>, values: readonly unknown[]) => {
    found.push(...(await tx.query(run.own(statementOf), values)));
  };
  await look(changedAccounts(run), [id]);
  if (config.authoritative) {
    await look(changedOwners, [id]);
    if (complete) await look(leavingOwners, [id, connectorId]);
  } else {
    await look(changedLinks, [id, connectorId, rulesValue(config)]);
  }
  if (complete) await look(leavingAccounts, [connectorId, id]);
  return sumOf(found);
}

function sumOf(parts: readonly (RunProgress | undefined)[]): RunProgress {
  const sum: Record<string, number> = {};
  for (const part of parts) {
    for (const [name, count] of Object.entries(part ?? {})) sum[name] = (sum[name] ?? 0) + count;
  }
  return sum;
}
