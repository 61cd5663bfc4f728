import { posture } from '@app/accounts';
import { statement } from '@app/persistence';
import { type AccountPlace, placeColumns, placeJoins } from './account-places.js';
import { hasLeft } from './has-left.js';
import { dayOf, type ReportSource } from './report-source.js';

/** An enabled account whose owner has left. */
export interface LeaverRow extends AccountPlace {
  readonly owner_id: string;
  readonly owner_name: string;
  readonly owner_email: string | null;
  readonly department: string | null;
  readonly manager_name: string | null;
  readonly owner_status: 'active' | 'inactive';
  readonly end_date: string | null;
  /** Who is inactive and past the end date too is listed as inactive. */
  readonly reason: 'inactive' | 'end_date_passed';
  readonly privileged: boolean;
  readonly last_login_at: string | null;
}

/** `$2` is the day. Few leave, so the owners are found and sorted first; each then fetches accounts by `account_by_owner`. */
const enabledAccounts = statement<LeaverRow>(
  undefined,
  `select o.id as owner_id, o.name as owner_name, o.email as owner_email, o.department, m.name as manager_name,
        o.status as owner_status, o.end_date,
        case when o.status = 'inactive' then 'inactive' else 'end_date_passed' end as reason,
        ${placeColumns}, ${posture.privileged} as privileged, a.last_login_at
       from owner o
       join account a on a.organization_id = $1 and a.owner_id = o.id and a.deleted_at is null and ${posture.enabled}
       ${placeJoins}
       left join owner m on m.organization_id = $1 and m.id = o.manager_id and m.deleted_at is null
      where o.organization_id = $1 and o.deleted_at is null and ${hasLeft('o', '$2::date')}
      order by o.name_key, o.id, p.name_key, a.id`,
);

export function leavers({ database, caller, now }: ReportSource): AsyncGenerator<LeaverRow[]> {
  return database.stream(caller, enabledAccounts, [dayOf(now)]);
}
