import type { ListedOwner } from '@app/owners';
import { jsonSerializer } from '../../../http/json-reply.js';
import { optionalText, reference, referenceSchema, text, truth } from '../references.js';

export const identityStatuses = { active: 'ACTIVE', inactive: 'DEACTIVATED' } as const;
/** Owners are worked on while they are written: none is left half done. */
export const processingState = 'OK';

export function presentIdentity(row: ListedOwner) {
  return {
    id: row.id,
    name: row.name,
    created: row.created_at,
    modified: row.updated_at,
    alias: row.alias,
    emailAddress: row.email,
    processingState,
    identityStatus: identityStatuses[row.status],
    managerRef: managerOf(row),
    isManager: row.is_manager,
    lastRefresh: row.updated_at,
    attributes: attributesOf(row),
    lifecycleState: { stateName: row.status, manuallyUpdated: false },
  };
}

export function managerOf({ manager_id, manager_name }: ListedOwner) {
  // One who is deleted has no name here.
  return manager_name === null ? null : reference('IDENTITY', manager_id, manager_name);
}

/** Names are kept as a whole: a first and a last name are its first and its last word. */
function attributesOf(row: ListedOwner): Readonly<Record<string, unknown>> {
  const words = row.name.split(' ');
  return {
    ...row.metadata,
    uid: row.alias,
    displayName: row.name,
    firstname: words[0],
    lastname: words.at(-1),
    email: row.email,
    personalEmail: row.alt_email,
    identificationNumber: row.identity_id,
    department: row.department,
    title: row.title,
    location: row.location,
    employmentType: row.employment_type,
    phone: row.mobile_phone,
    workPhone: row.phone,
    startDate: row.start_date,
    endDate: row.end_date,
    cloudLifecycleState: row.status,
  };
}

export const identitySchema = {
  type: 'object',
  properties: {
    id: text,
    name: text,
    created: text,
    modified: text,
    alias: text,
    emailAddress: optionalText,
    processingState: text,
    identityStatus: text,
    managerRef: referenceSchema,
    isManager: truth,
    lastRefresh: text,
    attributes: { type: 'object', additionalProperties: true },
    lifecycleState: { type: 'object', properties: { stateName: text, manuallyUpdated: truth } },
  },
} as const;

export const writeIdentity = jsonSerializer<ReturnType<typeof presentIdentity>>(identitySchema);
