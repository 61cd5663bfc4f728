import type { Caller } from '@app/access';
import type { IssuedToken } from './access-tokens.js';

/** From where somebody signs in, for the eyes of whoever looks over his sessions, and in which request. */
export interface SignInOrigin {
  readonly address: string;
  readonly userAgent: string | undefined;
  readonly requestId: string | null;
}

/** An access token, and the one refresh token that gets the next one. */
export interface SignedIn extends IssuedToken {
  readonly refreshToken: string;
}

/** Whoever proved a credential, as the one who acts. */
export function signedInUser(
  organizationId: string,
  { id, name }: { id: string; name: string },
  { requestId }: Pick<SignInOrigin, 'requestId'>,
): Caller {
  return { organizationId, actor: { type: 'user', id, name }, requestId };
}

export function shortened(userAgent: string | undefined): string | null {
  return userAgent?.slice(0, 300) ?? null;
}
