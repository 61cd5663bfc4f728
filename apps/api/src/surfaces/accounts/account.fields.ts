import type { FieldTable, SortTable } from '@app/query';

/** Wire names of GET /accounts (SailPoint) -> paths of @app/accounts, with the operators each field supports. */
export const accountFields = {
  id: { path: 'id', type: 'id', ops: ['eq', 'in', 'sw'] },
  name: { path: 'name', type: 'text', ops: ['eq', 'in', 'sw'] },
  nativeIdentity: { path: 'nativeIdentity', type: 'text', ops: ['eq', 'in', 'sw'] },
  sourceId: { path: 'connectorId', type: 'id', ops: ['eq', 'in', 'sw'] },
  identityId: { path: 'ownerId', type: 'id', ops: ['eq', 'in', 'sw'] },
  uncorrelated: { path: 'uncorrelated', type: 'boolean', ops: ['eq'] },
} as const satisfies FieldTable;

export const accountSorters = {
  id: 'id',
  name: 'name',
  created: 'created',
  modified: 'modified',
} as const satisfies SortTable;
