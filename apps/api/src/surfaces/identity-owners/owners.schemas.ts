import { trailActions } from './present-trail.js';

const text = { type: 'string' } as const;
const optionalText = { type: 'string', nullable: true } as const;
const number = { type: 'integer' } as const;
const truth = { type: 'boolean' } as const;

const summary = {
  id: text,
  name: text,
  email: optionalText,
  department: optionalText,
  title: optionalText,
  owner_type: { type: 'string', enum: ['human', 'service', 'federated'] },
  status: { type: 'string', enum: ['active', 'inactive'] },
  created_at: text,
} as const;

export const ownerSchema = {
  type: 'object',
  properties: {
    ...summary,
    alt_email: optionalText,
    location: optionalText,
    manager_id: optionalText,
    employment_type: optionalText,
    identity_id: optionalText,
    mobile_phone: optionalText,
    phone: optionalText,
    start_date: optionalText,
    end_date: optionalText,
    metadata: { type: 'object', additionalProperties: true },
    source_id: optionalText,
    updated_at: text,
  },
} as const;

export const ownerListSchema = {
  type: 'object',
  properties: {
    owners: { type: 'array', items: { type: 'object', properties: summary } },
    pageInfo: { type: 'object', properties: { hasNextPage: truth, endCursor: optionalText } },
  },
} as const;

const ownedAccount = {
  type: 'object',
  properties: {
    id: text,
    name: text,
    email: optionalText,
    application: text,
    status: { type: 'string', enum: ['active', 'locked', 'disabled'] },
    created_at: text,
    last_login_at: optionalText,
    mfa_enabled: { type: 'boolean', nullable: true },
    password_enabled: truth,
    password_last_set_at: optionalText,
    privileged: truth,
    vaulted: truth,
    shared: truth,
    breached: truth,
    failed_logins_last_hour: number,
    in_privileged_group: truth,
    in_highly_privileged_group: truth,
    has_highly_privileged_role: truth,
    group_deviation: truth,
  },
} as const;

export const ownedAccountsSchema = {
  type: 'object',
  properties: { accounts: { type: 'array', items: ownedAccount }, count: number },
} as const;

/** By owner id. */
export const accountsOfOwnersSchema = {
  type: 'object',
  additionalProperties: { type: 'array', items: ownedAccount },
} as const;

export const directReportsSchema = {
  type: 'object',
  properties: {
    direct_reports: {
      type: 'array',
      items: { type: 'object', properties: { id: text, name: text, email: optionalText, title: optionalText } },
    },
    count: number,
  },
} as const;

export const rolesSchema = {
  type: 'object',
  properties: {
    roles: {
      type: 'array',
      items: { type: 'object', properties: { id: text, name: text, department: optionalText, title: optionalText } },
    },
  },
} as const;

export const auditTrailSchema = {
  type: 'object',
  properties: {
    entries: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          timestamp: { type: 'string', format: 'date-time' },
          action: { type: 'string', enum: trailActions },
          details: text,
        },
      },
    },
  },
};

const texts = (...names: string[]) => ({
  type: 'object' as const,
  properties: Object.fromEntries(names.map((name) => [name, optionalText])),
});
const numbers = (...names: string[]) => ({
  type: 'object' as const,
  properties: Object.fromEntries(names.map((name) => [name, number])),
});

export const statisticsSchema = {
  type: 'object',
  properties: {
    identity_info: texts(
      'identity_id',
      'identity_name',
      'identity_email',
      'alt_email',
      'department',
      'title',
      'location',
      'manager',
      'owner_type',
      'status',
    ),
    contact_info: texts('mobile_phone', 'phone'),
    employment_info: texts('start_date', 'end_date'),
    account_statistics: numbers('total_accounts', 'active_accounts', 'disabled_accounts', 'child_count'),
    risk_metrics: texts(
      'total_threat',
      'breached_accounts',
      'accounts_without_mfa',
      'privileged_accounts_not_vaulted',
      'shared_accounts',
      'inactive_owners_enabled_accounts',
    ),
    activity_metrics: texts('not_used_90', 'not_used_180', 'not_used_365', 'failed_logins_in_hour'),
    password_security: texts(
      'accounts_with_password_never',
      'accounts_with_password_90',
      'accounts_with_password_180',
      'accounts_with_password_365',
    ),
    privilege_metrics: texts('all_privileged_groups', 'highly_privileged_groups', 'highly_privileged_roles'),
    compliance_metrics: texts('accounts_no_owner', 'mapped_accounts', 'account_group_deviation'),
  },
} as const;
