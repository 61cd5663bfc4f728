import type { UserProfile, UserRow } from '@app/directory';
import { jsonSerializer } from '../../http/json-reply.js';

/** Attributes without a value are undefined, which JSON leaves out: every record has one shape and is made fast. */
export function presentUser(row: UserRow) {
  return {
    _id: row.id,
    _created: row.created_at,
    _modified: row.updated_at,
    externalId: row.external_id ?? undefined,
    system: row.system,
    userName: row.user_name,
    displayName: row.display_name,
    active: row.active,
    inactiveReason: row.inactive_reason ?? undefined,
    email: row.email ?? undefined,
    unixHomeDirectory: row.unix_home_directory ?? undefined,
    unixUserName: row.unix_user_name ?? undefined,
    userPrincipalName: row.user_principal_name ?? undefined,
    invitationPending: row.invitation_pending,
    invitationExpiry: row.invitation_expires_at ?? undefined,
    deleted: row.deleted_at ?? undefined,
    temporarilyLocked: row.temporarily_locked,
  };
}

const text = { type: 'string' } as const;
const instant = { type: 'string', format: 'date-time' } as const;
const flag = { type: 'boolean' } as const;

/** Nothing is required, for `fields` and `excludeFields` may take anything away. */
export const userSchema = {
  type: 'object' as const,
  required: [],
  properties: {
    _id: { type: 'string' as const, format: 'uuid' },
    _created: instant,
    _modified: instant,
    externalId: text,
    system: flag,
    userName: text,
    displayName: text,
    active: flag,
    inactiveReason: { type: 'string' as const, enum: ['manual', 'tooManyFailedLogons', 'externalAccountDisabled'] },
    email: text,
    unixHomeDirectory: text,
    unixUserName: text,
    userPrincipalName: text,
    invitationPending: flag,
    invitationExpiry: instant,
    deleted: instant,
    temporarilyLocked: flag,
  },
};

/** Of an answer that chooses no fields. */
export const wholeUserSchema = {
  ...userSchema,
  required: [
    '_id',
    '_created',
    '_modified',
    'system',
    'userName',
    'displayName',
    'active',
    'invitationPending',
    'temporarilyLocked',
  ],
};

export const userListSchema = {
  type: 'object' as const,
  required: ['totalCount', 'data'],
  properties: { totalCount: { type: 'integer' as const }, data: { type: 'array' as const, items: userSchema } },
};

export const writeUser = jsonSerializer<Partial<ReturnType<typeof presentUser>>>(userSchema);

/** The attributes that may be written, and have a value. */
export function presentWritable(profile: UserProfile): Readonly<Record<string, unknown>> {
  const { userName, displayName, email, active, externalId, unixHomeDirectory, unixUserName, userPrincipalName } =
    profile;
  return {
    userName,
    displayName,
    active,
    ...(email !== null && { email }),
    ...(externalId !== null && { externalId }),
    ...(unixHomeDirectory !== null && { unixHomeDirectory }),
    ...(unixUserName !== null && { unixUserName }),
    ...(userPrincipalName !== null && { userPrincipalName }),
  };
}

export function presentOsUser(row: UserRow) {
  return {
    ...(row.unix_user_name !== null && { userName: row.unix_user_name }),
    ...(row.user_principal_name !== null && { userPrincipalName: row.user_principal_name }),
    ...(row.unix_home_directory !== null && { unixHomeDirectory: row.unix_home_directory }),
  };
}

export const osUserSchema = {
  type: 'object',
  required: [],
  properties: { userName: text, userPrincipalName: text, unixHomeDirectory: text },
};
