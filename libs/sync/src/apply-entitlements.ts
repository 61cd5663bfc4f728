import { statement, type Transaction } from '@app/persistence';
import { mapsEntitlements, planned } from './account-documents.js';
import type { LeasedRun } from './leased-run.js';
import type { PlannedBatch } from './planned-batch.js';

/** The key is for sorting; equality is on the value as the source spells it. */
const insertEntitlements = statement<never>(
  undefined,
  `insert into entitlement (organization_id, connector_id, attribute, value, name, name_key, kind, privileged, highly_privileged)
   select $1, $2, e.attribute, e.value, e.value, min(e.key), min(e.kind),
       e.value = any($3::text[]) or e.value = any($4::text[]), e.value = any($4::text[])
     from ${planned}
    cross join lateral jsonb_to_recordset(s.entitlements) as e(attribute text, value text, key text, kind text)
    where p.change <> 'rekey' group by e.attribute, e.value order by e.attribute, e.value
   on conflict (organization_id, connector_id, attribute, value) do update
      set privileged = excluded.privileged, highly_privileged = excluded.highly_privileged, modified_at = now()
    where (entitlement.privileged, entitlement.highly_privileged) is distinct from (excluded.privileged, excluded.highly_privileged)`,
);

const inBatch = `p.batch = $2`;

const releaseEntitlements = statement<never>(
  undefined,
  `delete from account_entitlement x
    using ${planned}
    where ${inBatch} and p.change in ('update', 'return')
      and x.organization_id = $1 and x.account_id = p.account_id
      and not exists (select 1 from entitlement e
        join jsonb_to_recordset(s.entitlements) as w(attribute text, value text) on w.attribute = e.attribute and w.value = e.value
        where e.organization_id = $1 and e.id = x.entitlement_id)`,
);

const holdEntitlements = statement<never>(
  undefined,
  `insert into account_entitlement (organization_id, account_id, entitlement_id)
   select $1, p.account_id, e.id
     from ${planned}
    cross join lateral jsonb_to_recordset(s.entitlements) as w(attribute text, value text)
     join entitlement e on e.organization_id = $1 and e.connector_id = $3 and e.attribute = w.attribute and e.value = w.value
    where ${inBatch} and p.change <> 'rekey'
    order by p.account_id
   on conflict do nothing`,
);

/** All that the plan's accounts hold, before any of them is written: batches that are written at once meet on none. */
export async function writeEntitlements(tx: Transaction, run: LeasedRun): Promise<void> {
  const { config, connectorId } = run;
  if (!mapsEntitlements(config)) return;
  const marks = [config.privilegedEntitlements, config.highlyPrivilegedEntitlements];
  await tx.execute(run.own(insertEntitlements), [connectorId, ...marks]);
}

/** What the batch's accounts hold, exactly as the source says; nothing when the connector maps no such column. */
export async function writeHoldings(tx: Transaction, run: LeasedRun, { number, changed }: PlannedBatch): Promise<void> {
  if (!mapsEntitlements(run.config)) return;
  if (changed.length > 0) await tx.execute(run.own(releaseEntitlements), [number]);
  await tx.execute(run.own(holdEntitlements), [number, run.connectorId]);
}
