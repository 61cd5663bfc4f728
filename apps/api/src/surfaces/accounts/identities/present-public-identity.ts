import type { ListedOwner } from '@app/owners';
import { jsonSerializer } from '../../../http/json-reply.js';
import { optionalText, referenceSchema, text } from '../references.js';
import { managerOf } from './present-identity.js';

const statuses = { active: 'Active', inactive: 'Inactive' } as const;

/** What anybody may know of a colleague, and nothing more. */
export function presentPublicIdentity(row: ListedOwner) {
  return {
    id: row.id,
    name: row.name,
    alias: row.alias,
    email: row.email,
    status: statuses[row.status],
    identityState: row.identity_state,
    manager: managerOf(row),
    // Of further attributes nobody has said that they are public.
    attributes: [],
  };
}

export const publicIdentitySchema = {
  type: 'object',
  properties: {
    id: text,
    name: text,
    alias: text,
    email: optionalText,
    status: text,
    identityState: text,
    manager: referenceSchema,
    attributes: { type: 'array', items: { type: 'object', properties: { key: text, name: text, value: text } } },
  },
} as const;

export const writePublicIdentity = jsonSerializer<ReturnType<typeof presentPublicIdentity>>(publicIdentitySchema);
