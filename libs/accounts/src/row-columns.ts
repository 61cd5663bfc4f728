import type { AccountTarget, ConnectorConfig, SourceAccount } from '@app/connectors';
import { fold, foldOrNull } from '@app/kernel';

/** Everything of an account that a row of its source decides, by the names of the columns. */
export interface RowValues {
  readonly native_identity: string;
  readonly native_identity_key: string;
  readonly name: string;
  readonly name_key: string;
  readonly correlation_keys: readonly (string | null)[];
  readonly display_name: string | null;
  readonly uuid: string | null;
  readonly email: string | null;
  readonly email_key: string | null;
  readonly description: string | null;
  readonly disabled: boolean;
  readonly locked: boolean;
  readonly system_account: boolean;
  readonly source_created_at: string | null;
  readonly last_login_at: string | null;
  readonly mfa_enabled: boolean | null;
  readonly password_enabled: boolean;
  readonly password_last_set_at: string | null;
  readonly vaulted: boolean;
  readonly shared: boolean;
  readonly breached: boolean;
  readonly failed_logins: number;
  readonly failed_logins_at: string | null;
  readonly privileged: boolean;
  readonly in_privileged_group: boolean;
  readonly in_highly_privileged_group: boolean;
  readonly has_highly_privileged_role: boolean;
  readonly entitlement_count: number;
}

type Column = keyof RowValues;

/** What a row says, in the columns of an account; `at` is when its momentary figures were taken. */
export function rowValues(account: SourceAccount, at: string): RowValues {
  return {
    native_identity: account.nativeIdentity,
    native_identity_key: fold(account.nativeIdentity),
    name: account.name,
    name_key: fold(account.name),
    correlation_keys: account.correlation.map(foldOrNull),
    display_name: account.displayName,
    uuid: account.uuid,
    email: account.email,
    email_key: foldOrNull(account.email),
    description: account.description,
    disabled: account.disabled,
    locked: account.locked,
    system_account: account.systemAccount,
    source_created_at: account.createdAt,
    last_login_at: account.lastLoginAt,
    mfa_enabled: account.mfaEnabled,
    password_enabled: account.passwordEnabled,
    password_last_set_at: account.passwordLastSetAt,
    vaulted: account.vaulted,
    shared: account.shared,
    breached: account.breached,
    failed_logins: account.failedLogins,
    failed_logins_at: account.failedLogins > 0 ? at : null,
    privileged: account.privileged,
    in_privileged_group: account.inPrivilegedGroup,
    in_highly_privileged_group: account.inHighlyPrivilegedGroup,
    has_highly_privileged_role: account.hasHighlyPrivilegedRole,
    entitlement_count: account.entitlements.length,
  };
}

const always: readonly Column[] = ['native_identity', 'native_identity_key', 'name', 'name_key', 'correlation_keys'];

/** Columns that a mapped target decides. What its connector does not map, no row of it touches. */
const byTarget: Partial<Record<AccountTarget, readonly Column[]>> = {
  displayName: ['display_name'],
  uuid: ['uuid'],
  email: ['email', 'email_key'],
  description: ['description'],
  disabled: ['disabled'],
  locked: ['locked'],
  systemAccount: ['system_account'],
  createdAt: ['source_created_at'],
  lastLoginAt: ['last_login_at'],
  mfaEnabled: ['mfa_enabled'],
  passwordEnabled: ['password_enabled'],
  passwordLastSetAt: ['password_last_set_at'],
  vaulted: ['vaulted'],
  shared: ['shared'],
  breached: ['breached'],
  failedLoginsLastHour: ['failed_logins', 'failed_logins_at'],
};

const privilegeTargets: readonly AccountTarget[] = [
  'privileged',
  'inPrivilegedGroup',
  'inHighlyPrivilegedGroup',
  'hasHighlyPrivilegedRole',
  'groups',
  'roles',
  'entitlements',
];
const privilegeColumns: readonly Column[] = [
  'privileged',
  'in_privileged_group',
  'in_highly_privileged_group',
  'has_highly_privileged_role',
];
const entitlementTargets: readonly AccountTarget[] = ['groups', 'roles', 'entitlements'];

export function mapsEntitlements({ mapping }: Pick<ConnectorConfig, 'mapping'>): boolean {
  return Object.values(mapping).some((target) => entitlementTargets.includes(target));
}

/** Columns of an account that a row of this connector decides. */
export function mappedColumns(config: Pick<ConnectorConfig, 'mapping'>): readonly Column[] {
  const targets = Object.values(config.mapping);
  return [
    ...always,
    ...targets.flatMap((target) => byTarget[target] ?? []),
    ...(targets.some((target) => privilegeTargets.includes(target)) ? privilegeColumns : []),
    ...(mapsEntitlements(config) ? (['entitlement_count'] as const) : []),
  ];
}
