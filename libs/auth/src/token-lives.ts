/** Tokens of users and of clients, whose SDKs keep theirs for an hour whatever they are told. No signed token lives longer. */
export const accessTokenSeconds = 3_600;
export const impersonationSeconds = 900;
export const managingSeconds = 900;
/** Of an invitation, unless whoever makes it says otherwise. */
export const invitationSeconds = 7 * 86_400;
