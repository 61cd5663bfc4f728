import type { EntitlementRow } from '@app/accounts';
import { jsonSerializer } from '../../../http/json-reply.js';
import { optionalText, reference, referenceSchema, sourceReferenceSchema, text, truth } from '../references.js';

export function presentEntitlement(row: EntitlementRow) {
  return {
    id: row.id,
    name: row.name,
    attribute: row.attribute,
    value: row.value,
    sourceSchemaObjectType: row.kind,
    description: row.description,
    privileged: row.privileged,
    cloudGoverned: false,
    requestable: false,
    owner: null,
    created: row.created_at,
    modified: row.modified_at,
    source: reference('SOURCE', row.connector_id, row.connector_name),
    attributes: {},
    segments: [],
    directPermissions: [],
  };
}

export const entitlementSchema = {
  type: 'object',
  properties: {
    id: text,
    name: text,
    attribute: text,
    value: text,
    sourceSchemaObjectType: text,
    description: optionalText,
    privileged: truth,
    cloudGoverned: truth,
    requestable: truth,
    owner: referenceSchema,
    created: text,
    modified: text,
    source: sourceReferenceSchema,
    attributes: { type: 'object', additionalProperties: true },
    segments: { type: 'array', items: text },
    directPermissions: { type: 'array', items: { type: 'object', additionalProperties: true } },
  },
} as const;

export const writeEntitlement = jsonSerializer<ReturnType<typeof presentEntitlement>>(entitlementSchema);
