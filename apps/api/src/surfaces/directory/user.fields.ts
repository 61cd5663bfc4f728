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
