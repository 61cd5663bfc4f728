import type { UserRow } from '@app/directory';

/** Seed 003. Attributes without a value are left out. */
export function presentUser(row: UserRow) {
  return {
    _id: row.id,
    _created: row.created_at,
    _modified: row.updated_at,
    ...(row.external_id !== null && { externalId: row.external_id }),
    system: row.system,
    userName: row.user_name,
    displayName: row.display_name,
    active: row.active,
    ...(row.inactive_reason !== null && { inactiveReason: row.inactive_reason }),
    ...(row.email !== null && { email: row.email }),
    ...(row.unix_home_directory !== null && { unixHomeDirectory: row.unix_home_directory }),
    ...(row.unix_user_name !== null && { unixUserName: row.unix_user_name }),
    ...(row.user_principal_name !== null && { userPrincipalName: row.user_principal_name }),
    invitationPending: row.invitation_pending,
    ...(row.invitation_expires_at !== null && { invitationExpiry: row.invitation_expires_at }),
    ...(row.deleted_at !== null && { deleted: row.deleted_at }),
    temporarilyLocked: row.temporarily_locked,
  };
}

const text = { type: 'string' };
const instant = { type: 'string', format: 'date-time' };
const flag = { type: 'boolean' };

/** Nothing is required, for `fields` and `excludeFields` may take anything away. */
export const userSchema = {
  type: 'object',
  required: [],
  properties: {
    _id: { type: 'string', format: 'uuid' },
    _created: instant,
    _modified: instant,
    externalId: text,
    system: flag,
    userName: text,
    displayName: text,
    active: flag,
    inactiveReason: { type: 'string', enum: ['manual', 'tooManyFailedLogons', 'externalAccountDisabled'] },
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
