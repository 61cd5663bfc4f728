import { bracketFilter, type BracketFilterTable, type Condition, everything, not, type SortTable } from '@app/query';

const { after, before, choice, contains, equals, is, isPresent, oneOf } = bracketFilter;

/** The seed's `userField`: what may be selected. What is not in it is absent as soon as `fields` names anything. */
export const userFields = [
  '_id',
  '_created',
  '_modified',
  'externalId',
  'userName',
  'displayName',
  'active',
  'email',
  'unixHomeDirectory',
  'unixUserName',
  'userPrincipalName',
  'invitationPending',
  'deleted',
] as const;

export const notDeleted: Condition = { kind: 'isNull', path: 'deletedAt' };

/** Unless something else is asked for, deleted users are hidden. */
export const deletedFilters = {
  EQ: choice(['deletedOnly', 'notDeletedOnly', 'all'], (asked) => {
    if (asked === 'all') return everything;
    return asked === 'deletedOnly' ? not(notDeleted) : notDeleted;
  }),
  LT: before('deletedAt'),
  GT: after('deletedAt'),
};

export const userFilters = {
  _id: { EQ: equals('id'), IN: oneOf('id') },
  userName: { EQ: equals('userName'), CO: contains('userName') },
  displayName: { EQ: equals('exactDisplayName'), CO: contains('displayName') },
  email: { EQ: equals('email'), CO: contains('email') },
  active: { EQ: is('active') },
  externalId: { PR: isPresent('externalId') },
  system: { EQ: is('system') },
  invitationPending: { EQ: is('invitationPending') },
  temporarilyLocked: { EQ: is('temporarilyLocked') },
  deleted: deletedFilters,
  _created: { LT: before('created'), GT: after('created') },
  _modified: { LT: before('modified'), GT: after('modified') },
} as const satisfies BracketFilterTable;

export const userSorts = {
  userName: 'userName',
  displayName: 'displayName',
  _created: 'created',
  _modified: 'modified',
} as const satisfies SortTable;

/** Attributes that may be written, in a whole record or by JSON Patch. */
export const writableUserFields = [
  'userName',
  'displayName',
  'email',
  'active',
  'externalId',
  'unixHomeDirectory',
  'unixUserName',
  'userPrincipalName',
] as const;
