import type { AcceptedRow, AccountTarget, ConnectorConfig, RowKey, SourceOwner } from '@app/connectors';
import { fold, foldOrNull, searchKeysOf } from '@app/kernel';

type Field = string | number | boolean | null;

export const keyColumns = [
  'line',
  'native_key',
  'source_hash',
  'identity_key',
  'owner_email_key',
  'manager_key',
] as const;

interface AccountColumn {
  readonly name: string;
  /** Of which targets it speaks: if none of them is mapped, the column keeps its default. */
  readonly from?: readonly AccountTarget[];
  readonly of: (row: AcceptedRow, context: StagingContext) => Field;
}

const column = (name: string, of: AccountColumn['of'], ...from: AccountTarget[]): AccountColumn =>
  from.length > 0 ? { name, of, from } : { name, of };
const held: readonly AccountTarget[] = ['groups', 'roles', 'entitlements'];

const everyColumn: readonly AccountColumn[] = [
  column('line', ({ line }) => line),
  column('native_key', ({ accountKey }) => accountKey),
  column('native_identity', ({ account }) => account.nativeIdentity),
  column('native_identity_key', ({ account }) => fold(account.nativeIdentity)),
  column('name', ({ account }) => account.name),
  column('name_key', ({ account }) => fold(account.name)),
  column('correlation_keys', ({ account }) => arrayText(account.correlation)),
  column('display_name', ({ account }) => account.displayName, 'displayName'),
  column('uuid', ({ account }) => account.uuid, 'uuid'),
  column('email', ({ account }) => account.email, 'email'),
  column('email_key', ({ account }) => foldOrNull(account.email), 'email'),
  column('description', ({ account }) => account.description, 'description'),
  column('disabled', ({ account }) => account.disabled, 'disabled'),
  column('locked', ({ account }) => account.locked, 'locked'),
  column('system_account', ({ account }) => account.systemAccount, 'systemAccount'),
  column('source_created_at', ({ account }) => account.createdAt, 'createdAt'),
  column('last_login_at', ({ account }) => account.lastLoginAt, 'lastLoginAt'),
  column('mfa_enabled', ({ account }) => account.mfaEnabled, 'mfaEnabled'),
  column('password_enabled', ({ account }) => account.passwordEnabled, 'passwordEnabled'),
  column('password_last_set_at', ({ account }) => account.passwordLastSetAt, 'passwordLastSetAt'),
  column('vaulted', ({ account }) => account.vaulted, 'vaulted'),
  column('shared', ({ account }) => account.shared, 'shared'),
  column('breached', ({ account }) => account.breached, 'breached'),
  column('failed_logins', ({ account }) => account.failedLogins, 'failedLoginsLastHour'),
  column(
    'failed_logins_at',
    ({ account }, { takenAt }) => (account.failedLogins > 0 ? takenAt : null),
    'failedLoginsLastHour',
  ),
  column('privileged', ({ account }) => account.privileged),
  column('in_privileged_group', ({ account }) => account.inPrivilegedGroup),
  column('in_highly_privileged_group', ({ account }) => account.inHighlyPrivilegedGroup),
  column('has_highly_privileged_role', ({ account }) => account.hasHighlyPrivilegedRole),
  column('attributes', ({ account }) => JSON.stringify(account.attributes)),
  column('entitlements', ({ account }) => JSON.stringify(account.entitlements), ...held),
  column('entitlement_count', ({ account }) => account.entitlements.length, ...held),
];
const ownerColumns: readonly AccountColumn[] = [
  column('owner_fields', ({ account: { owner } }, { config }) => owner && JSON.stringify(ownerFieldsOf(config, owner))),
  column('owner_email_key', ({ account }) => foldOrNull(account.owner?.email)),
  column('identity_key', ({ account }) => foldOrNull(account.owner?.identityId)),
];

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

/** The columns that this connector fills, and one line of COPY's text format for them. */
export function accountText(context: StagingContext): { columns: string[]; lineOf: (row: AcceptedRow) => string } {
  const mapped = new Set<AccountTarget>(Object.values(context.config.mapping));
  const filled = everyColumn.filter(({ from }) => !from || from.some((target) => mapped.has(target)));
  const columns = context.config.authoritative ? [...filled, ...ownerColumns] : filled;
  const lineOf = (row: AcceptedRow) => copyLine(columns.map(({ of }) => of(row, context)));
  return { columns: columns.map(({ name }) => name), lineOf };
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
function ownerFieldsOf(config: ConnectorConfig, owner: SourceOwner): Record<string, unknown> {
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
    search_keys: searchKeysOf({ ...mappedTexts(mapped, owner), metadata: owner.metadata }),
  };
}

const searchedTexts = ['location', 'employmentType', 'phone', 'mobilePhone'] as const;

function mappedTexts(mapped: ReadonlySet<string>, owner: SourceOwner): Partial<SourceOwner> {
  return Object.fromEntries(searchedTexts.filter((name) => mapped.has(name)).map((name) => [name, owner[name]]));
}
