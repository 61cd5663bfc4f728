import { bracketFilter, type BracketFilterTable, type SortTable } from '@app/query';

const { after, before, contains, equals, is, isPresent, oneOf } = bracketFilter;

/** The seed's `groupField`: what may be selected. */
export const groupFields = ['_id', '_created', '_modified', 'externalId', 'name'] as const;

export const groupFilters = {
  _id: { EQ: equals('id'), IN: oneOf('id') },
  name: { EQ: equals('name'), CO: contains('name') },
  externalId: { PR: isPresent('externalId') },
  _created: { LT: before('created'), GT: after('created') },
  _modified: { LT: before('modified'), GT: after('modified') },
  system: { EQ: is('system') },
} as const satisfies BracketFilterTable;

export const groupSorts = { name: 'name', _created: 'created', _modified: 'modified' } as const satisfies SortTable;

/** Attributes that may be written, in a whole record or by JSON Patch. */
export const writableGroupFields = ['name', 'externalId'] as const;
