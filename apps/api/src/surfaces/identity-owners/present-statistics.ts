import type { OwnerStatistics } from '@app/insights';

/** Five blocks print their counters as strings and one as numbers: so they are published. */
export function presentStatistics({ owner, figures, risk }: OwnerStatistics) {
  return {
    identity_info: {
      identity_id: owner.identity_id ?? owner.owner_id,
      identity_name: owner.name,
      identity_email: owner.email,
      alt_email: owner.alt_email,
      department: owner.department,
      title: owner.title,
      location: owner.location,
      manager: owner.manager_name,
      owner_type: owner.employment_type ?? capitalized(owner.owner_type),
      status: capitalized(owner.status),
    },
    contact_info: { mobile_phone: owner.mobile_phone, phone: owner.phone },
    employment_info: { start_date: owner.start_date, end_date: owner.end_date },
    account_statistics: {
      total_accounts: figures.total_accounts,
      active_accounts: figures.active_accounts,
      disabled_accounts: figures.disabled_accounts,
      child_count: figures.total_accounts,
    },
    risk_metrics: {
      total_threat: String(risk.score),
      breached_accounts: String(figures.breached_accounts),
      accounts_without_mfa: String(figures.accounts_without_mfa),
      privileged_accounts_not_vaulted: String(figures.privileged_accounts_not_vaulted),
      shared_accounts: String(figures.shared_accounts),
      inactive_owners_enabled_accounts: String(figures.inactive_owners_enabled_accounts),
    },
    activity_metrics: {
      not_used_90: String(figures.not_used_90),
      not_used_180: String(figures.not_used_180),
      not_used_365: String(figures.not_used_365),
      failed_logins_in_hour: String(figures.failed_logins_in_hour),
    },
    password_security: {
      accounts_with_password_never: String(figures.accounts_with_password_never),
      accounts_with_password_90: String(figures.accounts_with_password_90),
      accounts_with_password_180: String(figures.accounts_with_password_180),
      accounts_with_password_365: String(figures.accounts_with_password_365),
    },
    privilege_metrics: {
      all_privileged_groups: String(figures.all_privileged_groups),
      highly_privileged_groups: String(figures.highly_privileged_groups),
      highly_privileged_roles: String(figures.highly_privileged_roles),
    },
    compliance_metrics: {
      accounts_no_owner: String(figures.accounts_no_owner),
      mapped_accounts: String(figures.total_accounts),
      account_group_deviation: String(figures.account_group_deviation),
    },
  };
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
