import { bracketFilter, type BracketFilterTable, type SortTable } from '@app/query';
import { deletedFilters } from './user.fields.js';

const { choice, contains, equals, is, oneOf, startsWith } = bracketFilter;

export const principalTypes = ['User', 'Group'] as const;

export const principalFilters = {
  _id: { EQ: equals('id'), IN: oneOf('id') },
  _type: { EQ: choice(principalTypes, (value) => ({ kind: 'compare', path: 'type', op: 'eq', value })) },
  displayName: { EQ: equals('exactDisplayName'), CO: contains('displayName'), SW: startsWith('displayName') },
  external: { EQ: is('external') },
  system: { EQ: is('system') },
  deleted: deletedFilters,
} as const satisfies BracketFilterTable;

export const principalSorts = { displayName: 'displayName' } as const satisfies SortTable;
