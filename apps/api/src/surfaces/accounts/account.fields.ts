import type { FieldTable, SortTable } from '@app/query';
import type { CollectionFields } from './collection.js';

const instants = ['eq', 'ge', 'gt', 'le', 'lt'] as const;

/** Wire names of GET /accounts (SailPoint) -> paths of @app/accounts, with the operators each field supports. */
export const accountFields = {
  id: { path: 'id', type: 'id', ops: ['eq', 'in', 'sw'] },
  identityId: { path: 'ownerId', type: 'id', ops: ['eq', 'in', 'sw'] },
  name: { path: 'name', type: 'text', ops: ['eq', 'in', 'sw'] },
  nativeIdentity: { path: 'nativeIdentity', type: 'text', ops: ['eq', 'in', 'sw'] },
  sourceId: { path: 'connectorId', type: 'id', ops: ['eq', 'in', 'sw'] },
  uncorrelated: { path: 'uncorrelated', type: 'boolean', ops: ['eq'] },
  /** The id of one the account holds. */
  entitlements: { path: 'entitlements', type: 'id', ops: ['eq'] },
  hasEntitlements: { path: 'hasEntitlements', type: 'boolean', ops: ['eq'] },
  manuallyCorrelated: { path: 'manuallyCorrelated', type: 'boolean', ops: ['eq'] },
  origin: { path: 'origin', type: 'enum', ops: ['eq', 'in'], values: ['AGGREGATED', 'PROVISIONED'] },
  created: { path: 'created', type: 'instant', ops: instants },
  modified: { path: 'modified', type: 'instant', ops: instants },
  'identity.name': { path: 'ownerName', type: 'text', ops: ['eq', 'in', 'sw'] },
  'identity.correlated': { path: 'ownerCorrelated', type: 'boolean', ops: ['eq'] },
  'identity.identityState': {
    path: 'identityState',
    type: 'enum',
    ops: ['eq', 'in'],
    values: ['ACTIVE', 'INACTIVE_SHORT_TERM', 'INACTIVE_LONG_TERM'],
  },
  'source.displayableName': { path: 'connectorName', type: 'text', ops: ['eq', 'in'] },
  'source.authoritative': { path: 'authoritative', type: 'boolean', ops: ['eq'] },
  'source.connectionType': { path: 'connectionType', type: 'enum', ops: ['eq', 'in'], values: ['direct', 'file'] },
  /** There are none, which is an answer: no account has one. */
  'recommendation.method': { path: 'recommendation', type: 'text', ops: ['eq', 'in', 'isnull'] },
  'recommendation.type': { path: 'recommendation', type: 'text', ops: ['eq', 'in', 'isnull'] },
} as const satisfies FieldTable;

export const accountSorters = {
  id: 'id',
  name: 'name',
  created: 'created',
  modified: 'modified',
  sourceId: 'connectorId',
  identityId: 'ownerId',
  'identity.id': 'ownerId',
  nativeIdentity: 'nativeIdentity',
  uuid: 'uuid',
  manuallyCorrelated: 'manuallyCorrelated',
  /** By how many the account holds. */
  entitlements: 'entitlements',
  hasEntitlements: 'hasEntitlements',
  origin: 'origin',
  'identity.name': 'ownerName',
  'identity.identityState': 'identityState',
  'identity.correlated': 'ownerCorrelated',
  'source.displayableName': 'connectorName',
  'source.authoritative': 'authoritative',
  'source.connectionType': 'connectionType',
  'sourceOwner.name': 'sourceOwnerName',
} as const satisfies SortTable;

/** What of a source or an identity is asked for is answered where accounts are searched. */
export const accountCollection: CollectionFields = { fields: accountFields, sorters: accountSorters, derived: {} };
