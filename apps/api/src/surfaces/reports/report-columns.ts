import type { ReportName, ReportRows } from '@app/insights';

/** A column as it is published, in this order, in both formats. */
export interface ReportColumn<Row> {
  readonly name: string;
  readonly from: keyof Row & string;
  readonly type: 'text' | 'boolean' | 'date' | 'instant';
  readonly nullable?: true;
  readonly description?: string;
}

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
    { name: 'applicationId', from: 'application_id', type: 'text' },
    { name: 'application', from: 'application', type: 'text' },
    { name: 'connectorId', from: 'connector_id', type: 'text' },
    { name: 'connector', from: 'connector', type: 'text' },
    { name: 'accountId', from: 'account_id', type: 'text' },
    { name: 'accountName', from: 'account_name', type: 'text' },
    { name: 'nativeIdentity', from: 'native_identity', type: 'text' },
    {
      name: 'privileged',
      from: 'privileged',
      type: 'boolean',
      description: 'By a mark of the account itself or of a group or role it is in.',
    },
    { name: 'lastLoginAt', from: 'last_login_at', type: 'instant', nullable: true },
  ],
};
