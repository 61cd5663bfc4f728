import { posture } from '@app/accounts';
import type { Caller } from '@app/access';
import { type Database, statement } from '@app/persistence';
import { hasLeft } from './has-left.js';

/** An enabled account whose owner has left. */
export interface LeaverRow {
  readonly owner_id: string;
  readonly owner_name: string;
  readonly owner_email: string | null;
  readonly department: string | null;
  readonly manager_name: string | null;
  readonly owner_status: 'active' | 'inactive';
  readonly end_date: string | null;
  /** Who is inactive and past the end date too is listed as inactive. */
  readonly reason: 'inactive' | 'end_date_passed';
  readonly application_id: string;
  readonly application: string;
  readonly connector_id: string;
  readonly connector: string;
  readonly account_id: string;
  readonly account_name: string;
  readonly native_identity: string;
  readonly privileged: boolean;
  readonly last_login_at: string | null;
}

/** `$2` is the day. Few leave, so the owners are found and sorted first; each then fetches accounts by `account_by_owner`. */
const enabledAccounts = statement<LeaverRow>(
  undefined,
  `select o.id as owner_id, o.name as owner_name, o.email as owner_email, o.department, m.name as manager_name,
        o.status as owner_status, o.end_date,
        case when o.status = 'inactive' then 'inactive' else 'end_date_passed' end as reason,
        p.id as application_id, p.name as application, c.id as connector_id, c.name as connector,
        a.id as account_id, a.name as account_name, a.native_identity, ${posture.privileged} as privileged, a.last_login_at
       from owner o
       join account a on a.organization_id = $1 and a.owner_id = o.id and a.deleted_at is null and ${posture.enabled}
       join connector c on c.organization_id = $1 and c.id = a.connector_id
       join application p on p.organization_id = $1 and p.id = c.application_id
       left join owner m on m.organization_id = $1 and m.id = o.manager_id and m.deleted_at is null
      where o.organization_id = $1 and o.deleted_at is null and ${hasLeft('o', '$2::date')}
      order by o.name_key, o.id, p.name_key, a.id`,
);

export function leavers(database: Database, caller: Caller, day: string): AsyncGenerator<LeaverRow[]> {
  return database.stream(caller, enabledAccounts, [day]);
}
