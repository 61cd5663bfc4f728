import type { DerivedFields, FieldTable, SortTable } from '@app/query';
import type { CollectionFields } from '../collection.js';

const listed = ['eq', 'in'] as const;
const named = ['eq', 'in', 'sw'] as const;
const times = ['gt', 'lt', 'ge', 'le'] as const;

/** Wire names of GET /entitlements (SailPoint) -> paths of @app/accounts, with the operators each field supports. */
const fields = {
  id: { path: 'id', type: 'id', ops: listed },
  name: { path: 'name', type: 'text', ops: named },
  type: { path: 'type', type: 'text', ops: listed },
  attribute: { path: 'attribute', type: 'text', ops: listed },
  value: { path: 'value', type: 'text', ops: named },
  'source.id': { path: 'connectorId', type: 'id', ops: listed },
  requestable: { path: 'requestable', type: 'boolean', ops: ['eq'] },
  created: { path: 'created', type: 'instant', ops: times },
  modified: { path: 'modified', type: 'instant', ops: times },
  'owner.id': { path: 'owner', type: 'id', ops: listed },
} as const satisfies FieldTable;

const sorters = {
  id: 'id',
  name: 'name',
  created: 'created',
  modified: 'modified',
  type: 'kind',
  attribute: 'attribute',
  value: 'value',
  'source.id': 'connectorId',
  requestable: 'requestable',
} as const satisfies SortTable;

const derived = {
  type: { from: 'kind', told: { group: 'group', role: 'role' } },
  /** Nothing is requested here, and nobody owns an entitlement. */
  requestable: { always: false },
  owner: { always: null },
} as const satisfies DerivedFields;

export const entitlementCollection: CollectionFields = { fields, sorters, derived };
