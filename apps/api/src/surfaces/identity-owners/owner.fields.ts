import type { SearchFieldTable } from '@app/query';

const text = (path: string) => ({ type: 'text', path }) as const;
const id = (path: string) => ({ type: 'id', path, textPath: `${path}Text` }) as const;
const number = (path: string) => ({ type: 'number', path }) as const;
const date = (path: string) => ({ type: 'date', path }) as const;
const choice = (path: string, ...values: string[]) => ({ type: 'enum', path, values }) as const;
const levels = ['low', 'medium', 'high', 'critical'];

/** Texts that search terms may be looked for in. */
const textFields = {
  id: id('id'),
  name: text('name'),
  email: text('email'),
  alt_email: text('altEmail'),
  department: text('department'),
  title: text('title'),
  location: text('location'),
  employment_type: text('employmentType'),
  identity_id: text('identityId'),
  phone: text('phone'),
  mobile_phone: text('mobilePhone'),
  manager: text('managerName'),
  manager_id: id('managerId'),
  source_id: id('connectorId'),
} as const;

/** What the statistics of an owner say; not everybody who reads owners reads those. */
const figureFields = {
  risk_level: choice('riskLevel', ...levels),
  total_threat: number('totalThreat'),
  overall_risk_score: number('totalThreat'),
  total_accounts: number('total_accounts'),
  active_accounts: number('active_accounts'),
  disabled_accounts: number('disabled_accounts'),
  child_count: number('total_accounts'),
  mapped_accounts: number('total_accounts'),
  breached_accounts: number('breached_accounts'),
  accounts_without_mfa: number('accounts_without_mfa'),
  privileged_accounts_not_vaulted: number('privileged_accounts_not_vaulted'),
  shared_accounts: number('shared_accounts'),
  inactive_owners_enabled_accounts: number('inactive_owners_enabled_accounts'),
  not_used_90: number('not_used_90'),
  not_used_180: number('not_used_180'),
  not_used_365: number('not_used_365'),
  failed_logins_in_hour: number('failed_logins_in_hour'),
  accounts_with_password_never: number('accounts_with_password_never'),
  accounts_with_password_90: number('accounts_with_password_90'),
  accounts_with_password_180: number('accounts_with_password_180'),
  accounts_with_password_365: number('accounts_with_password_365'),
  all_privileged_groups: number('all_privileged_groups'),
  highly_privileged_groups: number('highly_privileged_groups'),
  highly_privileged_roles: number('highly_privileged_roles'),
  accounts_no_owner: number('accounts_no_owner'),
  account_group_deviation: number('account_group_deviation'),
  direct_reports: number('directReports'),
} as const;

/** Wire names of POST /owners/search -> paths of @app/insights. */
export const ownerSearchFields = {
  ...textFields,
  owner_type: choice('ownerType', 'human', 'service', 'federated'),
  status: choice('status', 'active', 'inactive'),
  start_date: date('startDate'),
  end_date: date('endDate'),
  created_at: date('created'),
  updated_at: date('updated'),
  ...figureFields,
} as const satisfies SearchFieldTable;

export const searchedTextFields: readonly string[] = Object.keys(textFields);

export function textPathOf(field: string): string {
  const known = textFields[field as keyof typeof textFields];
  return 'textPath' in known ? known.textPath : known.path;
}

/** Whether a field is asked of an owner's statistics. */
export function isFigure(field: string): boolean {
  return Object.hasOwn(figureFields, field);
}
