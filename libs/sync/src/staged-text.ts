import type { AcceptedRow, ConnectorConfig, RowKey, SourceOwner } from '@app/connectors';
import { fold, foldOrNull } from '@app/kernel';

type Field = string | number | boolean | null;

export const keyColumns = [
  'line',
  'native_key',
  'source_hash',
  'identity_key',
  'owner_email_key',
  'manager_key',
] as const;

export const accountColumns = [
  'line',
  'native_key',
  'native_identity',
  'native_identity_key',
  'name',
  'name_key',
  'display_name',
  'uuid',
  'email',
  'email_key',
  'description',
  'correlation_keys',
  'disabled',
  'locked',
  'system_account',
  'source_created_at',
  'last_login_at',
  'mfa_enabled',
  'password_enabled',
  'password_last_set_at',
  'privileged',
  'vaulted',
  'shared',
  'breached',
  'failed_logins',
  'failed_logins_at',
  'in_privileged_group',
  'in_highly_privileged_group',
  'has_highly_privileged_role',
  'attributes',
  'entitlements',
  'entitlement_count',
  'owner_fields',
  'owner_email_key',
  'identity_key',
] as const;

/** What a row's text is made with beside the row itself. */
export interface StagingContext {
  readonly config: ConnectorConfig;
  readonly takenAt: string;
}

/** One line of COPY's text format for `keyColumns`. */
export function keyLine({ line, accountKey, hash, person }: RowKey): string {
  const { identityKey, emailKey, managerKey } = person ?? { identityKey: null, emailKey: null, managerKey: null };
  return copyLine([line, accountKey, `\\x${hash}`, identityKey, emailKey, managerKey]);
}

/** One line of COPY's text format for `accountColumns`. */
export function accountLine(context: StagingContext, { line, accountKey, account }: AcceptedRow): string {
  const failedLoginsAt = account.failedLogins > 0 ? context.takenAt : null;
  const nativeIdentityKey = fold(account.nativeIdentity);
  const { owner } = account;
  return copyLine([
    line,
    accountKey,
    account.nativeIdentity,
    nativeIdentityKey,
    account.name,
    account.name === account.nativeIdentity ? nativeIdentityKey : fold(account.name),
    account.displayName,
    account.uuid,
    account.email,
    foldOrNull(account.email),
    account.description,
    arrayText(account.correlation),
    account.disabled,
    account.locked,
    account.systemAccount,
    account.createdAt,
    account.lastLoginAt,
    account.mfaEnabled,
    account.passwordEnabled,
    account.passwordLastSetAt,
    account.privileged,
    account.vaulted,
    account.shared,
    account.breached,
    account.failedLogins,
    failedLoginsAt,
    account.inPrivilegedGroup,
    account.inHighlyPrivilegedGroup,
    account.hasHighlyPrivilegedRole,
    JSON.stringify(account.attributes),
    account.entitlements.length === 0
      ? '[]'
      : JSON.stringify(account.entitlements.map((held) => ({ ...held, key: fold(held.value) }))),
    account.entitlements.length,
    owner ? JSON.stringify(ownerColumns(context.config, owner)) : null,
    foldOrNull(owner?.email),
    foldOrNull(owner?.identityId),
  ]);
}

function copyLine(fields: readonly Field[]): string {
  let text = copyField(fields[0]!);
  for (let i = 1; i < fields.length; i++) text += `\t${copyField(fields[i]!)}`;
  return `${text}\n`;
}

const special: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
const specials = /[\\\t\n\r]/;
const everySpecial = /[\\\t\n\r]/g;

/** One field in COPY's text format. */
export function copyField(value: Field): string {
  if (value === null) return '\\N';
  if (typeof value === 'boolean') return value ? 't' : 'f';
  if (typeof value === 'number') return String(value);
  return specials.test(value) ? value.replaceAll(everySpecial, (character) => special[character]!) : value;
}

/** A text[] literal of folded keys; null stays null. */
export function arrayText(values: readonly (string | null)[]): string {
  const items = values.map((value) => (value === null ? 'NULL' : `"${fold(value).replaceAll(/["\\]/g, '\\$&')}"`));
  return `{${items.join(',')}}`;
}

/** Owner columns that the connector's mapping reaches: an update leaves all others alone. */
function ownerColumns(config: ConnectorConfig, owner: SourceOwner): Record<string, unknown> {
  const mapped = new Set<string>(Object.values(config.ownerMapping));
  const all: Record<string, [field: string, value: unknown]> = {
    name: ['name', owner.name],
    name_key: ['name', fold(owner.name)],
    email: ['email', owner.email],
    email_key: ['email', foldOrNull(owner.email)],
    alt_email: ['altEmail', owner.altEmail],
    alt_email_key: ['altEmail', foldOrNull(owner.altEmail)],
    department: ['department', owner.department],
    department_key: ['department', foldOrNull(owner.department)],
    title: ['title', owner.title],
    title_key: ['title', foldOrNull(owner.title)],
    location: ['location', owner.location],
    owner_type: ['ownerType', owner.ownerType],
    employment_type: ['employmentType', owner.employmentType],
    status: ['status', owner.status],
    mobile_phone: ['mobilePhone', owner.mobilePhone],
    phone: ['phone', owner.phone],
    start_date: ['startDate', owner.startDate],
    end_date: ['endDate', owner.endDate],
  };
  const kept = Object.entries(all).filter(([, [field]]) => mapped.has(field));
  return {
    ...Object.fromEntries(kept.map(([column, [, value]]) => [column, value])),
    identity_id: owner.identityId,
    metadata: owner.metadata,
  };
}
