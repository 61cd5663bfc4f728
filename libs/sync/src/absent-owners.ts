import { type Database, statement } from '@app/persistence';
import type { LeasedRun } from './leased-run.js';

/** Active owners `o` of the connector whom neither a staged row is about nor a refused one, by his id or by his account. */
export function isAbsentOwner(connector: string, run: string): string {
  return `${isActiveOwner(connector)}
    and not exists (select from staged_key s where s.identity_key = o.identity_key)
    and not exists (select from staged_plan p where p.owner_id = o.id)
    and not exists (
      select from refused_row f
       where f.organization_id = $1 and f.run_id = ${run} and f.identity_key = o.identity_key)
    and not exists (
      select from refused_row f
        join account a on a.organization_id = $1 and a.connector_id = ${connector} and a.native_key = f.native_key
       where f.organization_id = $1 and f.run_id = ${run} and a.owner_id = o.id)`;
}

function isActiveOwner(connector: string): string {
  return `o.organization_id = $1 and o.connector_id = ${connector} and o.deleted_at is null and o.status = 'active'`;
}

const count = statement<{ leaving: number; active: number }>(
  undefined,
  `select (select count(*) from owner o where ${isAbsentOwner('$2', '$3')})::integer
       + (select count(*) from staged_plan p join staged_account s on s.line = p.line
            join owner o on o.organization_id = $1 and o.id = p.owner_id and o.status = 'active' and o.deleted_at is null
           where p.owner_change = 'update' and s.owner_fields ->> 'status' = 'inactive')::integer as leaving,
     (select count(*) from owner o where ${isActiveOwner('$2')})::integer as active`,
);

/**
 * How many people a complete file would make inactive, by not naming them or by saying so, of how many; nobody where a
 * file makes no people.
 */
export async function leavingOwners(database: Database, run: LeasedRun): Promise<{ leaving: number; active: number }> {
  if (!run.config.authoritative) return { leaving: 0, active: 0 };
  const [found] = await database.query(run.caller, run.own(count), [run.connectorId, run.id]);
  return found ?? { leaving: 0, active: 0 };
}
