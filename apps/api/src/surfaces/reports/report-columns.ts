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

export const reportColumns: { readonly [Name in ReportName]: readonly ReportColumn<ReportRows[Name]>[] } = {
  leavers: [
    { name: 'ownerId', from: 'owner_id', type: 'text' },
    { name: 'ownerName', from: 'owner_name', type: 'text' },
    { name: 'ownerEmail', from: 'owner_email', type: 'text', nullable: true },
    { name: 'department', from: 'department', type: 'text', nullable: true },
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
};
