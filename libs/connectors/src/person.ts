import type { Role } from '@app/access';
import type { AttributeSource } from './attribute-sources.js';

/** Somebody who signs in here, together with the governed person he is, where the two are linked. */
export interface PersonRow {
  readonly id: string;
  readonly user_name: string;
  readonly display_name: string;
  readonly email: string | null;
  readonly external_id: string | null;
  readonly system: boolean;
  readonly active: boolean;
  readonly created_at: string;
  readonly updated_at: string;
  readonly deleted_at: string | null;
  readonly roles: Role[];
  /** Of the governed person. */
  readonly owner_id: string | null;
  readonly owner_type: 'human' | 'service' | 'federated' | null;
  readonly owner_status: 'active' | 'inactive' | null;
  readonly owner_email: string | null;
  readonly owner_alt_email: string | null;
  readonly department: string | null;
  readonly title: string | null;
  readonly employment_type: string | null;
  readonly identity_id: string | null;
  readonly metadata: Readonly<Record<string, unknown>> | null;
  /** The application whose feed the person comes from, as long as it is a directory. */
  readonly directory_id: string | null;
  /** The manager, if he signs in here too. */
  readonly manager_user_id: string | null;
  /** Where what is known of him comes from, if he was asked for alone; null: nothing does. */
  readonly sources?: AttributeSource[] | null;
}

export const personColumns = `u.id, u.user_name, u.display_name, u.email, u.external_id, u.system, u.active,
  u.created_at, greatest(u.updated_at, o.updated_at) as updated_at, u.deleted_at,
  array(select distinct held.role from user_role held where held.organization_id = $1 and held.user_id = u.id) as roles,
  o.id as owner_id, o.owner_type, o.status as owner_status, o.email as owner_email, o.alt_email as owner_alt_email, o.department, o.title,
  o.employment_type, o.identity_id, o.metadata, d.id as directory_id, m.id as manager_user_id`;

/** Of a user `u`. */
export const personJoins = `left join owner o on o.organization_id = $1 and o.user_id = u.id and o.deleted_at is null
  left join connector feed on feed.organization_id = $1 and feed.id = o.connector_id
  left join application d on d.organization_id = $1 and d.id = feed.application_id and d.is_directory and d.deleted_at is null
  left join owner superior on superior.organization_id = $1 and superior.id = o.manager_id and superior.deleted_at is null
  left join app_user m on m.organization_id = $1 and m.id = superior.user_id and m.deleted_at is null`;
