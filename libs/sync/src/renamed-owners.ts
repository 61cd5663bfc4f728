import { type Database, statement } from '@app/persistence';
import type { LeasedRun } from './leased-run.js';

/**
 * Where an account has a lasting key, and the identity id is but its native identity, a renamed account is no other
 * person: the owner follows, unless another row of the file is about that owner.
 */
const follow = statement<never>(
  undefined,
  `update staged_plan p set owner_id = o.id, owner_change = 'update'
     from staged_account s, account a join owner o on o.organization_id = $1 and o.id = a.owner_id
    where s.line = p.line and p.owner_change = 'create'
      and a.organization_id = $1 and a.connector_id = $2 and a.native_key = s.native_key and a.correlation = 'rule'
      and o.connector_id = $2 and o.deleted_at is null
      and not exists (select from staged_key other where other.identity_key = o.identity_key)
      and not exists (select from account second where second.organization_id = $1 and second.connector_id = $2
        and second.owner_id = o.id and second.id <> a.id)`,
);

export async function followRenamedOwners(database: Database, run: LeasedRun): Promise<void> {
  const { mapping, ownerMapping } = run.config;
  if (!Object.values(mapping).includes('uuid') || Object.values(ownerMapping).includes('identityId')) return;

  await database.query(run.caller, run.own(follow), [run.connectorId]);
}
