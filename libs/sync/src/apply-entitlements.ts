import { mapsEntitlements } from '@app/accounts';
import { fold } from '@app/kernel';
import { statement, type Transaction } from '@app/persistence';
import { planned } from './account-documents.js';
import type { LeasedRun } from './leased-run.js';
import type { PlannedBatch } from './planned-batch.js';

interface Value {
  readonly attribute: string;
  readonly value: string;
}

/** Values that no account of the connector has held so far. */
const newValues = statement<Value>(
  undefined,
  `select distinct w.attribute, w.value
     from ${planned} cross join lateral jsonb_to_recordset(s.entitlements) as w(attribute text, value text)
    where p.change <> 'rekey' and not exists (
      select from entitlement e where e.organization_id = $1 and e.connector_id = $2
         and e.attribute = w.attribute and e.value = w.value)
    order by 1, 2`,
);

/** The key is for sorting; equality is on the value as the source spells it. */
const insertEntitlements = statement<never>(
  undefined,
  `insert into entitlement (organization_id, connector_id, attribute, value, name, name_key, kind)
   select $1, $2, w.attribute, w.value, w.value, w.key, case when w.attribute = 'roles' then 'role' else 'group' end
     from jsonb_to_recordset($3::jsonb) as w(attribute text, value text, key text)
   on conflict (organization_id, connector_id, attribute, value) do nothing`,
);

const markEntitlements = statement<never>(
  undefined,
  `update entitlement e set privileged = m.privileged, highly_privileged = m.highly_privileged, modified_at = now()
     from (select id, value = any($3::text[]) or value = any($4::text[]) as privileged, value = any($4::text[]) as highly_privileged
             from entitlement where organization_id = $1 and connector_id = $2) m
    where e.organization_id = $1 and e.id = m.id
      and (e.privileged, e.highly_privileged) is distinct from (m.privileged, m.highly_privileged)`,
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
    where ${inBatch} and p.change = 'create'
    order by p.account_id`,
);

const holdMoreEntitlements = statement<never>(
  undefined,
  `insert into account_entitlement (organization_id, account_id, entitlement_id)
   select $1, p.account_id, e.id
     from ${planned} cross join lateral jsonb_to_recordset(s.entitlements) as w(attribute text, value text)
     join entitlement e on e.organization_id = $1 and e.connector_id = $3 and e.attribute = w.attribute and e.value = w.value
    where ${inBatch} and p.change in ('update', 'return')
   on conflict do nothing`,
);

/** All that the plan's accounts hold, before any of them is written: batches that are written at once meet on none. */
export async function writeEntitlements(tx: Transaction, run: LeasedRun): Promise<void> {
  const { config, connectorId } = run;
  if (!mapsEntitlements(config)) return;
  const values = await tx.query(run.own(newValues), [connectorId]);
  if (values.length > 0) {
    const keyed = values.map(({ attribute, value }) => ({ attribute, value, key: fold(value) }));
    await tx.execute(insertEntitlements, [connectorId, JSON.stringify(keyed)]);
  }
  const { privilegedEntitlements, highlyPrivilegedEntitlements } = config;
  await tx.execute(markEntitlements, [connectorId, privilegedEntitlements, highlyPrivilegedEntitlements]);
}

/** What the batch's accounts hold, exactly as the source says; nothing when the connector maps no such column. */
export async function writeHoldings(
  tx: Transaction,
  run: LeasedRun,
  { number, created, changed }: PlannedBatch,
): Promise<void> {
  if (!mapsEntitlements(run.config)) return;
  if (created.length > 0) await tx.execute(run.own(holdEntitlements), [number, run.connectorId]);
  if (changed.length === 0) return;
  await tx.execute(run.own(releaseEntitlements), [number]);
  await tx.execute(run.own(holdMoreEntitlements), [number, run.connectorId]);
}
