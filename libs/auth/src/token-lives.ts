/** Tokens of users and of clients, whose SDKs keep theirs for an hour whatever they are told. Nothing lives longer. */
export const accessTokenSeconds = 3_600;
export const impersonationSeconds = 900;
export const managingSeconds = 900;
