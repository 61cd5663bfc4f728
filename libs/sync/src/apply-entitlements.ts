import { statement, type Transaction } from '@app/persistence';
import { mapsEntitlements } from './apply-accounts.js';
import type { LeasedRun } from './leased-run.js';

const held = `select s.account_id, e.attribute, e.value, e.key, e.kind
    from staged_account s
    cross join lateral jsonb_to_recordset(s.entitlements) as e(attribute text, value text, key text, kind text)
   where s.run_id = $2 and s.line > $3 and s.line <= $4 and s.change is not null`;

/** The key is for sorting; equality is on the value as the source spells it. */
const insertEntitlements = statement<never>(
  undefined,
  `insert into entitlement (organization_id, connector_id, attribute, value, name, name_key, kind, privileged, highly_privileged)
   select $1, $5, h.attribute, h.value, h.value, min(h.key), min(h.kind),
       h.value = any($6::text[]) or h.value = any($7::text[]), h.value = any($7::text[])
     from (${held}) h group by h.attribute, h.value
   on conflict (organization_id, connector_id, attribute, value) do update
      set privileged = excluded.privileged, highly_privileged = excluded.highly_privileged, modified_at = now()
    where (entitlement.privileged, entitlement.highly_privileged) is distinct from (excluded.privileged, excluded.highly_privileged)`,
);

const releaseEntitlements = statement<never>(
  undefined,
  `delete from account_entitlement x
    using staged_account s
    where s.run_id = $2 and s.line > $3 and s.line <= $4 and s.change in ('update', 'return')
      and x.organization_id = $1 and x.account_id = s.account_id
      and not exists (select 1 from entitlement e
        join jsonb_to_recordset(s.entitlements) as w(attribute text, value text) on w.attribute = e.attribute and w.value = e.value
        where e.organization_id = $1 and e.id = x.entitlement_id)`,
);

/** One look into the index for each held value: the planner cannot know how many values a row holds. */
const holdEntitlements = statement<never>(
  undefined,
  `insert into account_entitlement (organization_id, account_id, entitlement_id)
   select $1, h.account_id, e.id from (${held}) h
    cross join lateral (
      select e.id from entitlement e where e.organization_id = $1 and e.connector_id = $5
         and e.attribute = h.attribute and e.value = h.value limit 1) e
   on conflict do nothing`,
);

/** What the batch's accounts hold, exactly as the source says; nothing when the connector maps no such column. */
export async function writeEntitlements(tx: Transaction, run: LeasedRun, from: number, to: number): Promise<void> {
  const { config } = run;
  if (!mapsEntitlements(config)) return;

  const batch = [run.id, from, to];
  const marks = [config.privilegedEntitlements, config.highlyPrivilegedEntitlements];
  await tx.query(insertEntitlements, [...batch, run.connectorId, ...marks]);
  await tx.query(releaseEntitlements, batch);
  await tx.query(holdEntitlements, [...batch, run.connectorId]);
}
