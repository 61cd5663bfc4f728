export type InactiveReason = 'manual' | 'tooManyFailedLogons' | 'externalAccountDisabled';

export interface UserRow {
  readonly id: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly external_id: string | null;
  readonly system: boolean;
  readonly user_name: string;
  readonly display_name: string;
  readonly active: boolean;
  readonly inactive_reason: InactiveReason | null;
  readonly email: string | null;
  readonly unix_home_directory: string | null;
  readonly unix_user_name: string | null;
  readonly user_principal_name: string | null;
  readonly invitation_pending: boolean;
  readonly invitation_expires_at: string | null;
  readonly deleted_at: string | null;
  readonly temporarily_locked: boolean;
}

/** What the user's own row gives. */
export const storedUserColumns = [
  'id',
  'created_at',
  'updated_at',
  'external_id',
  'system',
  'user_name',
  'display_name',
  'active',
  'inactive_reason',
  'email',
  'unix_home_directory',
  'unix_user_name',
  'user_principal_name',
  'invitation_pending',
  'invitation_expires_at',
  'deleted_at',
] as const;

/** Of `u`, and of `l`, the failed logins there may be. One clock judges locks, here and in filters. */
export const userColumns = `${storedUserColumns.map((name) => `u.${name}`).join(', ')},
  coalesce(l.locked_until > now(), false) as temporarily_locked`;

export const withFailedLogins = `left join login_attempt l on l.organization_id = $1 and l.user_id = u.id`;
