import type { ReportName, ReportRows } from '@app/insights';

/** A column as it is published, in this order, in both formats. */
export interface ReportColumn<Row> {
  readonly name: string;
  readonly from: keyof Row & string;
  readonly type: 'text' | 'integer' | 'boolean' | 'date' | 'instant';
  readonly nullable?: true;
  readonly description?: string;
}

const whichAccount = [
  { name: 'applicationId', from: 'application_id', type: 'text' },
  { name: 'application', from: 'application', type: 'text' },
  { name: 'connectorId', from: 'connector_id', type: 'text' },
  { name: 'connector', from: 'connector', type: 'text' },
  { name: 'accountId', from: 'account_id', type: 'text' },
  { name: 'accountName', from: 'account_name', type: 'text' },
  { name: 'nativeIdentity', from: 'native_identity', type: 'text' },
] as const;

const privileged = {
  name: 'privileged',
  from: 'privileged',
  type: 'boolean',
  description: 'By a mark of the account itself or of a group or role it is in.',
} as const;

const ownerOf = [
  { name: 'ownerName', from: 'owner_name', type: 'text' },
  { name: 'ownerEmail', from: 'owner_email', type: 'text', nullable: true },
  { name: 'department', from: 'department', type: 'text', nullable: true },
] as const;

const accountsOf = [
  { name: 'totalAccounts', from: 'total_accounts', type: 'integer' },
  { name: 'activeAccounts', from: 'active_accounts', type: 'integer', description: 'Enabled ones.' },
] as const;

const lastUse = [
  { name: 'createdAt', from: 'created_at', type: 'instant', description: 'At the source, else first seen.' },
  { name: 'lastLoginAt', from: 'last_login_at', type: 'instant', nullable: true },
  {
    name: 'daysUnused',
    from: 'days_unused',
    type: 'integer',
    description: 'Since the last login, else since creation.',
  },
] as const;

export const reportColumns: { readonly [Name in ReportName]: readonly ReportColumn<ReportRows[Name]>[] } = {
  leavers: [
    { name: 'ownerId', from: 'owner_id', type: 'text' },
    ...ownerOf,
    { name: 'managerName', from: 'manager_name', type: 'text', nullable: true },
    { name: 'ownerStatus', from: 'owner_status', type: 'text', description: '`active` or `inactive`.' },
    { name: 'endDate', from: 'end_date', type: 'date', nullable: true },
    { name: 'reason', from: 'reason', type: 'text', description: '`inactive`, else `end_date_passed`.' },
    ...whichAccount,
    privileged,
    { name: 'lastLoginAt', from: 'last_login_at', type: 'instant', nullable: true },
  ],
  uncorrelated: [
    ...whichAccount,
    { name: 'email', from: 'email', type: 'text', nullable: true },
    { name: 'createdAt', from: 'created_at', type: 'instant', description: 'At the source, else first seen.' },
    { name: 'lastLoginAt', from: 'last_login_at', type: 'instant', nullable: true },
    privileged,
    { name: 'disabled', from: 'disabled', type: 'boolean' },
    {
      name: 'candidateId',
      from: 'candidate_id',
      type: 'text',
      nullable: true,
      description: 'Who most likely owns it.',
    },
    { name: 'candidateName', from: 'candidate_name', type: 'text', nullable: true },
    { name: 'candidateScore', from: 'candidate_score', type: 'integer', nullable: true, description: '1 to 99.' },
  ],
  'riskiest-owners': [
    { name: 'ownerId', from: 'owner_id', type: 'text' },
    ...ownerOf,
    { name: 'managerName', from: 'manager_name', type: 'text', nullable: true },
    { name: 'riskScore', from: 'total_threat', type: 'integer', description: '1 to 100.' },
    { name: 'riskLevel', from: 'risk_level', type: 'text', description: '`low`, `medium`, `high` or `critical`.' },
    { name: 'topFactor', from: 'top_factor', type: 'text', nullable: true, description: 'With the most points.' },
    ...accountsOf,
  ],
  'orphan-accounts': [
    ...whichAccount,
    { name: 'email', from: 'email', type: 'text', nullable: true },
    privileged,
    { name: 'locked', from: 'locked', type: 'boolean' },
    ...lastUse,
  ],
  'stale-privileged-accounts': [
    ...whichAccount,
    { name: 'ownerId', from: 'owner_id', type: 'text', nullable: true, description: 'Null: nobody’s.' },
    { name: 'ownerName', from: 'owner_name', type: 'text', nullable: true },
    { name: 'ownerEmail', from: 'owner_email', type: 'text', nullable: true },
    ...lastUse,
    { name: 'vaulted', from: 'vaulted', type: 'boolean' },
    { name: 'mfaEnabled', from: 'mfa_enabled', type: 'boolean', nullable: true, description: 'Null: nobody can tell.' },
  ],
  'owners-without-manager': [
    { name: 'ownerId', from: 'owner_id', type: 'text' },
    ...ownerOf,
    { name: 'title', from: 'title', type: 'text', nullable: true },
    { name: 'reason', from: 'reason', type: 'text', description: '`no_manager`, `manager_deleted` or `manager_left`.' },
    { name: 'managerName', from: 'manager_name', type: 'text', nullable: true, description: 'Of a manager who left.' },
    { name: 'directReports', from: 'direct_reports', type: 'integer' },
    ...accountsOf,
  ],
};
