import type { AttributeSource, PersonRow } from '@app/connectors';
import { fold } from '@app/kernel';

/** The attributes whose origins this surface tells, each with the owner's field it shows. Nothing maps to a user's name. */
const traced = {
  department: 'department',
  directoryStatus: 'status',
  email: 'email',
  employeeId: 'identityId',
  employmentStatus: 'status',
  employmentType: 'employmentType',
  jobTitle: 'title',
  manager: 'manager',
  username: null,
} as const;
const tracedFields = Object.entries(traced).map(([attribute, field]) => [`${attribute}Sources`, field] as const);

/** The User of this surface: every field is there, an unknown one in its empty form. Roles only for who may know them. */
export function presentPerson(row: PersonRow, sources: readonly AttributeSource[], showsRoles: boolean) {
  const byField = Map.groupBy(sources, ({ owner_field }) => owner_field);
  const valuesOf = (field: string) => (byField.get(field) ?? []).map(({ value }) => value);
  return {
    id: row.id,
    displayName: row.display_name,
    email: row.email ?? '',
    emails: distinct([row.email, row.owner_email, row.owner_alt_email, ...valuesOf('email')]),
    username: row.user_name,
    usernames: [row.user_name],
    employeeIds: distinct([row.identity_id, ...valuesOf('identityId')]),
    department: row.department ?? '',
    jobTitle: row.title ?? '',
    employmentStatus: row.owner_status ?? '',
    employmentType: row.employment_type ?? '',
    status: row.deleted_at !== null ? 'DELETED' : row.active ? 'ENABLED' : 'DISABLED',
    directoryStatus: directoryStatuses[row.owner_status ?? 'unknown'],
    type: row.system ? 'USER_TYPE_SYSTEM' : types[row.owner_type ?? 'unknown'],
    origin: originOf(row),
    directoryIds: distinct([row.directory_id, ...sources.map(({ application_id }) => application_id)]),
    managerIds: distinct([row.manager_user_id]),
    roleIds: showsRoles ? row.roles.toSorted() : [],
    delegatedUserId: '',
    profile: row.metadata ?? {},
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    deletedAt: row.deleted_at,
    ...Object.fromEntries(
      tracedFields.map(([name, field]) => [name, (byField.get(field ?? '') ?? []).map(presentSource)]),
    ),
  };
}

function presentSource(source: AttributeSource) {
  return {
    appId: source.application_id,
    appUserId: source.account_id,
    appUserProfileAttributeKey: source.account_attribute.replace(/^attributes\./, ''),
    userAttributeMappingId: source.mapping_id,
    value: source.value,
  };
}

const directoryStatuses = { active: 'ENABLED', inactive: 'DISABLED', unknown: 'UNKNOWN' } as const;
const types = {
  human: 'USER_TYPE_HUMAN',
  service: 'USER_TYPE_SERVICE',
  federated: 'USER_TYPE_UNSPECIFIED',
  unknown: 'USER_TYPE_UNSPECIFIED',
} as const;

function originOf({ system, external_id }: PersonRow): string {
  if (system) return 'USER_ORIGIN_SYSTEM';
  return external_id === null ? 'USER_ORIGIN_LOCAL' : 'USER_ORIGIN_DIRECTORY';
}

/** The first of those that differ in more than letter case. */
function distinct(texts: readonly (string | null)[]): string[] {
  const told = [...new Set(texts)].filter((text) => text !== null);
  if (told.length < 2) return told;
  const kept = new Map<string, string>();
  for (const text of told) if (!kept.has(fold(text))) kept.set(fold(text), text);
  return [...kept.values()];
}
