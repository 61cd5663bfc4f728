import { sourceOwnerOf } from '@app/connectors';
import { type IdentityState, identityState } from '@app/owners';
import { posture } from './posture.js';

type Correlation = 'none' | 'rule' | 'provisioning' | 'manual';

/** An account with its connector, its owner and the connector's contact. */
export interface AccountRow {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
  readonly modified_at: string;
  readonly connector_id: string;
  readonly connector_name: string;
  readonly connector_kind: string;
  readonly authoritative: boolean;
  readonly owner_id: string | null;
  readonly owner_name: string | null;
  readonly owner_state: 'active' | 'inactive' | null;
  /** Null when nobody owns the account. */
  readonly identity_state: IdentityState | null;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly description: string | null;
  readonly disabled: boolean;
  readonly locked: boolean;
  readonly native_identity: string;
  readonly system_account: boolean;
  readonly uuid: string | null;
  readonly correlation: Correlation;
  readonly origin: 'AGGREGATED' | 'PROVISIONED';
  readonly entitlement_count: number;
  /** The linked owner of the first user who answers for the connector in role `owner`. */
  readonly source_owner_id: string | null;
  readonly source_owner_name: string | null;
}

const ownColumns = `a.id, a.name, a.created_at, a.modified_at, a.connector_id, a.owner_id, a.attributes, a.description,
  a.disabled, a.locked, a.native_identity, a.system_account, a.uuid, a.correlation, a.origin, a.entitlement_count`;

/** The rows of accounts `a`, whatever `from` narrows them to. */
export function selectAccounts(from: string): string {
  return `select ${ownColumns}, c.name as connector_name, c.kind as connector_kind, c.authoritative,
    o.name as owner_name, o.status as owner_state, ${identityState} as identity_state,
    s.id as source_owner_id, s.name as source_owner_name
   from ${from}
   join connector c on c.organization_id = $1 and c.id = a.connector_id
   left join owner o on o.organization_id = $1 and o.id = a.owner_id and o.deleted_at is null
   ${sourceOwnerOf('a.connector_id')}`;
}

/** An owner's account with what its risk is judged by. */
export interface OwnedAccountRow {
  readonly id: string;
  readonly owner_id: string;
  readonly name: string;
  readonly email: string | null;
  readonly application: string;
  readonly status: 'active' | 'locked' | 'disabled';
  readonly created_at: string;
  readonly last_login_at: string | null;
  readonly mfa_enabled: boolean | null;
  readonly password_enabled: boolean;
  readonly password_last_set_at: string | null;
  readonly privileged: boolean;
  readonly vaulted: boolean;
  readonly shared: boolean;
  readonly breached: boolean;
  readonly failed_logins_last_hour: number;
  readonly in_privileged_group: boolean;
  readonly in_highly_privileged_group: boolean;
  readonly has_highly_privileged_role: boolean;
  readonly group_deviation: boolean;
}

export function ownedAccountColumns(now: string): string {
  return `a.id, a.owner_id, a.name, a.email, p.name as application,
    case when a.disabled then 'disabled' when a.locked then 'locked' else 'active' end as status,
    ${posture.createdAt} as created_at, a.last_login_at, a.mfa_enabled, a.password_enabled, a.password_last_set_at,
    ${posture.privileged} as privileged, a.vaulted, a.shared, a.breached,
    ${posture.failedLogins(now)} as failed_logins_last_hour,
    ${posture.inPrivilegedGroup} as in_privileged_group, a.in_highly_privileged_group, a.has_highly_privileged_role,
    a.group_deviation`;
}
