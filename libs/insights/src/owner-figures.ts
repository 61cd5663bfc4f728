/** What is counted of an owner's accounts: every figure counts the accounts that trip the rule of that name. */
export const figureNames = [
  'total_accounts',
  'active_accounts',
  'disabled_accounts',
  'breached_accounts',
  'accounts_without_mfa',
  'privileged_accounts_not_vaulted',
  'shared_accounts',
  'inactive_owners_enabled_accounts',
  'not_used_90',
  'not_used_180',
  'not_used_365',
  'failed_logins_in_hour',
  'accounts_with_password_never',
  'accounts_with_password_90',
  'accounts_with_password_180',
  'accounts_with_password_365',
  'all_privileged_groups',
  'highly_privileged_groups',
  'highly_privileged_roles',
  'accounts_no_owner',
  'account_group_deviation',
] as const;

export type FigureName = (typeof figureNames)[number];
export type OwnerFigures = Readonly<Record<FigureName, number>>;

/** The figures of a wider row, alone. */
export function figuresOf(row: OwnerFigures): OwnerFigures {
  return Object.fromEntries(figureNames.map((name) => [name, row[name]])) as OwnerFigures;
}
