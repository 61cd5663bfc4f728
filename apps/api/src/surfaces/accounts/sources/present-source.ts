import type { ConnectorHealth, ListedConnector } from '@app/connectors';
import { jsonSerializer } from '../../../http/json-reply.js';
import { optionalText, reference, noReferenceSchema, referenceSchema, text, truth } from '../references.js';
import { sourceKindOf } from './source-kinds.js';

export const sourceStatuses = {
  failing: 'SOURCE_STATE_ERROR_ACCOUNT_FILE_IMPORT',
  sound: 'SOURCE_STATE_HEALTHY',
  unread: 'SOURCE_STATE_UNCHECKED_SOURCE_NO_ACCOUNTS',
} as const satisfies Record<ConnectorHealth, string>;

export function presentSource(row: ListedConnector) {
  const kind = sourceKindOf(row.kind);
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    owner: reference('IDENTITY', row.owner_id, row.owner_name),
    cluster: null,
    features: kind.features,
    type: kind.type,
    connector: row.kind,
    connectorClass: kind.connectorClass,
    connectorAttributes: { delimiter: row.separator, hasHeader: true },
    deleteThreshold: row.deletion_percent,
    authoritative: row.authoritative,
    managementWorkgroup: null,
    healthy: row.health === 'sound',
    status: sourceStatuses[row.health],
    since: row.health_since,
    connectorId: row.kind,
    connectorName: kind.connectorName,
    connectionType: kind.connectionType,
    created: row.created_at,
    modified: row.updated_at,
    // Schemas have no records of their own here: what a file's columns mean stands in the connector's mapping.
    schemas: [],
    category: null,
  };
}

export const sourceSchema = {
  type: 'object',
  properties: {
    id: text,
    name: text,
    description: text,
    owner: referenceSchema,
    cluster: noReferenceSchema,
    features: { type: 'array', items: text },
    type: { ...text, example: 'DelimitedFile' },
    connector: text,
    connectorClass: text,
    connectorAttributes: {
      type: 'object',
      properties: { delimiter: optionalText, hasHeader: truth },
    },
    deleteThreshold: { type: 'integer', nullable: true },
    authoritative: truth,
    managementWorkgroup: noReferenceSchema,
    healthy: truth,
    status: text,
    since: text,
    connectorId: text,
    connectorName: text,
    connectionType: text,
    created: text,
    modified: text,
    schemas: { type: 'array', items: referenceSchema, example: [] },
    category: optionalText,
  },
} as const;

export const writeSource = jsonSerializer<ReturnType<typeof presentSource>>(sourceSchema);
