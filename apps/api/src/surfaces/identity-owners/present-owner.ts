import type { OwnedAccountRow } from '@app/accounts';
import type { OwnerRecord, OwnerSummary } from '@app/owners';

export function presentOwnerSummary(row: OwnerSummary) {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    department: row.department,
    title: row.title,
    owner_type: row.owner_type,
    status: row.status,
    created_at: row.created_at,
  };
}

export function presentOwner(row: OwnerRecord) {
  return {
    ...presentOwnerSummary(row),
    alt_email: row.alt_email,
    location: row.location,
    manager_id: row.manager_id,
    employment_type: row.employment_type,
    identity_id: row.identity_id,
    mobile_phone: row.mobile_phone,
    phone: row.phone,
    start_date: row.start_date,
    end_date: row.end_date,
    metadata: row.metadata,
    source_id: row.source_id,
    updated_at: row.updated_at,
  };
}

/** The five published fields, then the posture from which anybody can recompute every statistic. */
export function presentOwnedAccount(row: OwnedAccountRow) {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    application: row.application,
    status: row.status,
    created_at: row.created_at,
    last_login_at: row.last_login_at,
    mfa_enabled: row.mfa_enabled,
    password_enabled: row.password_enabled,
    password_last_set_at: row.password_last_set_at,
    privileged: row.privileged,
    vaulted: row.vaulted,
    shared: row.shared,
    breached: row.breached,
    failed_logins_last_hour: row.failed_logins_last_hour,
    in_privileged_group: row.in_privileged_group,
    in_highly_privileged_group: row.in_highly_privileged_group,
    has_highly_privileged_role: row.has_highly_privileged_role,
    group_deviation: row.group_deviation,
  };
}
