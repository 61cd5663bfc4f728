import type { DerivedFields, FieldTable, SortTable } from '@app/query';
import type { CollectionFields } from '../collection.js';
import { identityStatuses, processingState } from './present-identity.js';

const names = ['eq', 'sw'] as const;

/** Names of people as every user may look them up. */
const publicFields = {
  id: { path: 'id', type: 'id', ops: ['eq', 'in'] },
  alias: { path: 'alias', type: 'text', ops: names },
  email: { path: 'email', type: 'text', ops: names },
  firstname: { path: 'firstWord', type: 'text', ops: names },
  lastname: { path: 'lastWord', type: 'text', ops: names },
} as const satisfies FieldTable;

const fields = {
  ...publicFields,
  name: { path: 'name', type: 'text', ops: names },
  cloudStatus: { path: 'cloudStatus', type: 'text', ops: ['eq'] },
  processingState: { path: 'processingState', type: 'text', ops: ['eq'] },
  correlated: { path: 'correlated', type: 'boolean', ops: ['eq'] },
  protected: { path: 'protected', type: 'boolean', ops: ['eq'] },
} as const satisfies FieldTable;

const sorters = { name: 'name', alias: 'alias', cloudStatus: 'status' } as const satisfies SortTable;

const derived = {
  cloudStatus: { from: 'status', told: identityStatuses },
  processingState: { always: processingState },
  /** No identity is kept from administrators. */
  protected: { always: false },
} as const satisfies DerivedFields;

/** Wire names of GET /identities and GET /public-identities (SailPoint) -> paths of @app/owners. */
export const identityCollection: CollectionFields = { fields, sorters, derived };
export const publicIdentityCollection: CollectionFields = {
  fields: publicFields,
  sorters: { name: 'name' },
  derived: {},
};
