import type { FigureName } from './owner-figures.js';
import type { Remedy } from './remedies.js';

export const severities = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

export interface RiskCategory {
  readonly category: string;
  readonly weights: Readonly<Partial<Record<FigureName, number>>>;
  /** The figures that add up to the affected accounts; they share none. */
  readonly affected: readonly FigureName[];
  /** A factor of this category is never milder. */
  readonly floor: Severity;
  readonly description: string;
  readonly recommendation: string;
  /** What takes an account out of the factor. */
  readonly remedy: Remedy;
  /** What it stands on: NIST SP 800-53r5, CIS Controls v8, MITRE ATT&CK. */
  readonly controls: readonly string[];
}

/** Raise it with every change below: a job then judges all owners anew. */
export const riskModelVersion = 2;

/** The whole model. Order breaks ties between factors of equal points. */
export const riskCategories: readonly RiskCategory[] = [
  {
    category: 'Inactive Owner',
    weights: { inactive_owners_enabled_accounts: 35 },
    affected: ['inactive_owners_enabled_accounts'],
    floor: 'high',
    description: 'Enabled accounts of an owner who is inactive or has left',
    recommendation: 'Disable accounts of inactive owners',
    remedy: 'disable',
    controls: ['NIST AC-2(3)b', 'CIS 5.3', 'T1078'],
  },
  {
    category: 'Breached Accounts',
    weights: { breached_accounts: 30 },
    affected: ['breached_accounts'],
    floor: 'high',
    description: 'Accounts in a known breach since their last password change',
    recommendation: 'Reset credentials of breached accounts',
    remedy: 'reset_credentials',
    controls: ['CIS 5.2', 'NIST IA-5', 'T1078', 'T1110.004'],
  },
  {
    category: 'MFA Gaps',
    weights: { accounts_without_mfa: 24 },
    affected: ['accounts_without_mfa'],
    floor: 'low',
    description: 'Accounts without multi-factor authentication',
    recommendation: 'Enable MFA on all accounts',
    remedy: 'enable_mfa',
    controls: ['CIS 6.3', 'CIS 6.4', 'CIS 6.5', 'NIST IA-2(1)', 'NIST IA-2(2)'],
  },
  {
    category: 'Privileged Accounts Not Vaulted',
    weights: { privileged_accounts_not_vaulted: 20 },
    affected: ['privileged_accounts_not_vaulted'],
    floor: 'medium',
    description: 'Privileged accounts whose password no vault manages',
    recommendation: 'Move privileged accounts into the vault',
    remedy: 'vault',
    controls: ['CIS 5.4', 'NIST AC-6', 'NIST AC-2(7)'],
  },
  {
    category: 'Failed Logins',
    weights: { failed_logins_in_hour: 15 },
    affected: ['failed_logins_in_hour'],
    floor: 'medium',
    description: 'Accounts with ten or more failed logins within an hour',
    recommendation: 'Investigate repeated failed logins',
    remedy: 'end_failed_logins',
    controls: ['NIST AC-7', 'T1110'],
  },
  {
    category: 'Shared Accounts',
    weights: { shared_accounts: 10 },
    affected: ['shared_accounts'],
    floor: 'low',
    description: 'Accounts used by more than one person',
    recommendation: 'Replace shared accounts with personal ones',
    remedy: 'end_sharing',
    controls: ['NIST AC-2(9)', 'NIST IA-2(5)'],
  },
  {
    category: 'Stale Accounts',
    weights: { not_used_90: 10, not_used_180: 5, not_used_365: 5 },
    affected: ['not_used_90'],
    floor: 'low',
    description: 'Accounts not used in 90+ days',
    recommendation: 'Review and disable unused accounts',
    remedy: 'disable',
    controls: ['CIS 5.3', 'NIST AC-2(3)d'],
  },
  {
    category: 'Password Hygiene',
    weights: {
      accounts_with_password_90: 8,
      accounts_with_password_180: 5,
      accounts_with_password_365: 5,
      accounts_with_password_never: 8,
    },
    affected: ['accounts_with_password_90', 'accounts_with_password_never'],
    floor: 'low',
    description: 'Accounts whose password is 90+ days old or was never set',
    recommendation: 'Rotate old passwords and set missing ones',
    remedy: 'set_password',
    controls: ['CIS 5.2', 'NIST IA-5(1)'],
  },
  {
    category: 'Highly Privileged Roles',
    weights: { highly_privileged_roles: 8 },
    affected: ['highly_privileged_roles'],
    floor: 'low',
    description: 'Accounts with a highly privileged role',
    recommendation: 'Review highly privileged roles',
    remedy: 'remove_roles',
    controls: ['CIS 5.4', 'NIST AC-6(5)'],
  },
  {
    category: 'Privileged Groups',
    weights: { all_privileged_groups: 4, highly_privileged_groups: 6 },
    affected: ['all_privileged_groups'],
    floor: 'low',
    description: 'Accounts in privileged groups, directly or through other groups',
    recommendation: 'Review privileged group memberships',
    remedy: 'remove_groups',
    controls: ['CIS 6.8', 'NIST AC-6(5)', 'T1098'],
  },
  {
    category: 'Group Deviation',
    weights: { account_group_deviation: 5 },
    affected: ['account_group_deviation'],
    floor: 'low',
    description: 'Accounts in far more groups than others of their system',
    recommendation: 'Review unusual group memberships',
    remedy: 'align_groups',
    controls: ['NIST AC-2j', 'CIS 6.8'],
  },
  {
    category: 'Unowned Accounts',
    weights: { accounts_no_owner: 5 },
    affected: ['accounts_no_owner'],
    floor: 'low',
    description: 'Accounts of nobody that carry this owner’s e-mail address',
    recommendation: 'Assign owners to unowned accounts',
    remedy: 'assign_owner',
    controls: ['CIS 5.1', 'CIS 5.5', 'NIST AC-2'],
  },
];
