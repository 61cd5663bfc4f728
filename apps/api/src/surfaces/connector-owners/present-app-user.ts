import type { AppUserRow } from '@app/accounts';

/** An account as an AppUser. */
export function presentAppUser(row: AppUserRow) {
  return {
    id: row.id,
    appId: row.application_id,
    identityUserId: row.user_id ?? '',
    displayName: row.display_name ?? row.name,
    email: row.email ?? '',
    emails: row.email === null ? [] : [row.email],
    username: row.name,
    usernames: [row.name],
    employeeIds: row.identity_id === null ? [] : [row.identity_id],
    profile: row.attributes,
    isExternal: row.owner_type === 'federated',
    appUserType: typeOf(row),
    status: { status: row.disabled ? 'STATUS_DISABLED' : 'STATUS_ENABLED', details: row.locked ? 'locked' : '' },
    createdAt: row.created_at,
    updatedAt: row.modified_at,
    deletedAt: null,
  };
}

function typeOf({ system_account, owner_type }: AppUserRow): string {
  if (system_account) return 'APP_USER_TYPE_SYSTEM_ACCOUNT';
  return owner_type === 'service' ? 'APP_USER_TYPE_SERVICE_ACCOUNT' : 'APP_USER_TYPE_USER';
}
