/** What a source can tell about an account. A mapping gives each of its columns one of these, or `attributes.<name>`. */
export const accountTargets = [
  'nativeIdentity',
  'name',
  'displayName',
  'uuid',
  'email',
  'description',
  'identityId',
  'userPrincipalName',
  'disabled',
  'locked',
  'systemAccount',
  'createdAt',
  'lastLoginAt',
  'mfaEnabled',
  'passwordEnabled',
  'passwordLastSetAt',
  'privileged',
  'vaulted',
  'shared',
  'breached',
  'failedLoginsLastHour',
  'inPrivilegedGroup',
  'inHighlyPrivilegedGroup',
  'hasHighlyPrivilegedRole',
  'groups',
  'roles',
  'entitlements',
] as const;

export type AccountTarget = (typeof accountTargets)[number] | `attributes.${string}`;

/** What an authoritative connector can tell about a person, beside `metadata.<key>`. */
export const ownerFields = [
  'name',
  'email',
  'altEmail',
  'department',
  'title',
  'location',
  'ownerType',
  'employmentType',
  'status',
  'manager',
  'identityId',
  'mobilePhone',
  'phone',
  'startDate',
  'endDate',
] as const;

export type OwnerField = (typeof ownerFields)[number] | `metadata.${string}`;

const looseNames = new Map<string, string>([...accountTargets, ...ownerFields].map((name) => [loose(name), name]));
// A name of Object's prototype would be no ordinary key of a JSON object.
const keyShape = /^(?!__proto__$)[A-Za-z0-9_.-]{1,64}$/;

/** Reads `last_login_at`, `lastLoginAt` and `LastLoginAt` as the same target. */
export function readAccountTarget(text: string): AccountTarget | undefined {
  const key = dottedKey(text, ['attributes', 'attribute']);
  if (key !== undefined) return keyShape.test(key) ? `attributes.${key}` : undefined;
  const name = looseNames.get(loose(text));
  return accountTargets.find((target) => target === name);
}

export function readOwnerField(text: string): OwnerField | undefined {
  const key = dottedKey(text, ['metadata']);
  if (key !== undefined) return keyShape.test(key) ? `metadata.${key}` : undefined;
  const name = looseNames.get(loose(text));
  return ownerFields.find((field) => field === name);
}

function dottedKey(text: string, prefixes: readonly string[]): string | undefined {
  const dot = text.indexOf('.');
  return dot > 0 && prefixes.includes(text.slice(0, dot)) ? text.slice(dot + 1) : undefined;
}

function loose(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}
