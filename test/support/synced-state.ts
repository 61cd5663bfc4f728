import type { Given, GivenOrganization } from './given.js';

const accountState = `select c.name as connector, a.native_key, a.name, a.email_key, a.disabled, a.attributes, a.correlation, a.privileged,
    a.owner_name_key, a.owner_state, a.connector_name_key, a.entitlement_count, a.version, a.deleted_at is not null as deleted,
    o.identity_key as owner,
    array(select e.value from account_entitlement h join entitlement e on e.id = h.entitlement_id where h.account_id = a.id order by 1) as holds
  from account a join connector c on c.id = a.connector_id left join owner o on o.id = a.owner_id
 where a.organization_id = $1 order by 1, 2`;
const ownerState = `select o.identity_key, o.name, o.name_key, o.email_key, o.status, o.department, o.metadata, m.identity_key as manager
  from owner o left join owner m on m.id = o.manager_id where o.organization_id = $1 order by 1`;
const entitlementState = `select c.name as connector, e.attribute, e.value, e.name_key, e.kind, e.privileged, e.highly_privileged
  from entitlement e join connector c on c.id = e.connector_id where e.organization_id = $1 order by 1, 2, 3`;
const tallyState = `select c.name as connector, t.correlated, sum(t.delta)::int as accounts
  from account_tally t join connector c on c.id = t.connector_id where t.organization_id = $1
 group by 1, 2 having sum(t.delta) <> 0 order by 1, 2`;
const statisticsState = `select o.identity_key, to_jsonb(s) - array['organization_id', 'owner_id', 'calculated_at', 'next_change_at'] as figures
  from owner_statistics s join owner o on o.id = s.owner_id where s.organization_id = $1 order by 1`;
const auditState = `select action, subject_type, count(*)::int as events from audit_event where organization_id = $1
   and actor_type = 'sync' group by 1, 2 order by 1, 2`;
const runState = `select c.name as connector, r.state, r.rows_to_apply, r.accounts_created, r.accounts_updated, r.accounts_removed,
    r.accounts_linked, r.owners_created, r.owners_updated, r.owners_deactivated
  from sync_run r join connector c on c.id = r.connector_id where r.organization_id = $1 order by r.created_at, r.id`;

const texts = { accountState, ownerState, entitlementState, tallyState, statisticsState, auditState };

/** All that runs have made of an organization, without ids and instants, so that two organizations can be compared. */
export async function syncedState(given: Given, { id }: GivenOrganization): Promise<Record<string, unknown[]>> {
  const state: Record<string, unknown[]> = {};
  for (const [name, text] of Object.entries(texts)) state[name] = await given.sql(text, [id]);
  return state;
}

export async function runsOf(given: Given, { id }: GivenOrganization): Promise<Record<string, unknown>[]> {
  return given.sql(runState, [id]);
}
