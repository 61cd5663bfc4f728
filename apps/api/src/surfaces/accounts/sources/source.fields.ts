import type { DerivedFields, FieldTable, SortTable } from '@app/query';
import type { CollectionFields } from '../collection.js';
import { sourceStatuses } from './present-source.js';
import { toldOfKinds } from './source-kinds.js';

const ordered = ['eq', 'in', 'ge', 'gt', 'le', 'lt', 'ne', 'isnull'] as const;
const orderedText = [...ordered, 'sw'] as const;

/** Wire names of GET /sources (SailPoint) with every operator any version of its document gives a field. */
const fields = {
  id: { path: 'id', type: 'id', ops: orderedText },
  name: { path: 'name', type: 'text', ops: ['co', 'eq', 'in', 'sw', 'ge', 'gt', 'ne', 'isnull'] },
  type: { path: 'type', type: 'text', ops: ['eq', 'in', 'ge', 'gt', 'ne', 'isnull', 'sw'] },
  'owner.id': { path: 'ownerId', type: 'id', ops: orderedText },
  features: { path: 'features', type: 'text', ops: ['ca', 'co'] },
  created: { path: 'created', type: 'instant', ops: ordered },
  modified: { path: 'modified', type: 'instant', ops: ordered },
  'managementWorkgroup.id': { path: 'managementWorkgroup', type: 'id', ops: orderedText },
  description: { path: 'description', type: 'text', ops: ['eq', 'sw'] },
  authoritative: { path: 'authoritative', type: 'boolean', ops: ['eq', 'ne', 'isnull'] },
  healthy: { path: 'healthy', type: 'boolean', ops: ['eq', 'isnull'] },
  status: { path: 'status', type: 'text', ops: orderedText },
  connectionType: { path: 'connectionType', type: 'text', ops: orderedText },
  connectorName: { path: 'connectorName', type: 'text', ops: ['eq', 'ge', 'gt', 'in', 'ne', 'isnull', 'sw'] },
  category: { path: 'category', type: 'text', ops: ['co', 'eq', 'ge', 'gt', 'in', 'le', 'lt', 'ne', 'sw'] },
} as const satisfies FieldTable;

const sorters = {
  id: 'id',
  name: 'name',
  type: 'kind',
  created: 'created',
  modified: 'modified',
  'owner.id': 'ownerId',
  'owner.name': 'ownerName',
  description: 'description',
  'managementWorkgroup.id': 'managementWorkgroup',
  authoritative: 'authoritative',
  healthy: 'sound',
  /** The three states of a connector's health stand in the order of the statuses they are told as. */
  status: 'health',
  connectionType: 'kind',
  connectorName: 'kind',
} as const satisfies SortTable;

const derived = {
  type: { from: 'kind', told: toldOfKinds(({ type }) => type) },
  connectorName: { from: 'kind', told: toldOfKinds(({ connectorName }) => connectorName) },
  connectionType: { from: 'kind', told: toldOfKinds(({ connectionType }) => connectionType) },
  features: { from: 'kind', told: toldOfKinds((kind) => kind.features) },
  status: { from: 'health', told: sourceStatuses },
  healthy: { from: 'health', told: { sound: true, failing: false, unread: false } },
  /** There are no governance groups and no categories of connectors here. */
  managementWorkgroup: { always: null },
  category: { always: null },
} as const satisfies DerivedFields;

export const sourceCollection: CollectionFields = { fields, sorters, derived };
