import { narrowedTo, type Permission, type Principal } from '@app/access';

export interface ApplicationRow {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly is_directory: boolean;
  /** By id. */
  readonly owner_user_ids: string[];
  readonly user_count: number;
  readonly created_at: string;
  readonly updated_at: string;
}

/** `$2` narrows a SOURCE_SUBADMIN to connectors they own: what they cannot see is not counted either. */
export const applicationColumns = `a.id, a.name, a.description, a.is_directory, a.created_at, a.updated_at,
  array(select w.user_id from application_owner w where w.organization_id = $1 and w.application_id = a.id
         order by w.user_id)::text[] as owner_user_ids,
  coalesce((select sum(t.delta) from account_tally t join connector c on c.organization_id = $1 and c.id = t.connector_id
             where t.organization_id = $1 and c.application_id = a.id and ($2::uuid is null or exists (
               select 1 from connector_owner w where w.organization_id = $1 and w.connector_id = c.id and w.user_id = $2))), 0)::bigint as user_count`;

/** `$2` narrows a SOURCE_SUBADMIN to applications with a connector they own. */
export const visibleApplication = `a.organization_id = $1 and a.deleted_at is null and ($2::uuid is null or exists (
  select 1 from connector c join connector_owner w on w.organization_id = $1 and w.connector_id = c.id
   where c.organization_id = $1 and c.application_id = a.id and c.deleted_at is null and w.user_id = $2))`;

/** What `$2` and `$3` are bound to, of one application. */
export function applicationReach(caller: Principal, permission: Permission, id: string): [string | null, string] {
  return [narrowedTo(caller, permission), id];
}
