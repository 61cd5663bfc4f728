import { type Caller, serverCaller } from '@app/access';
import type { IssuedToken } from './access-tokens.js';

/** From where somebody signs in, for the eyes of whoever looks over his sessions. */
export interface SignInOrigin {
  readonly address: string;
  readonly userAgent: string | undefined;
}

/** An access token, and the one refresh token that gets the next one. */
export interface SignedIn extends IssuedToken {
  readonly refreshToken: string;
}

/** Whoever proved a credential, as the one who acts. */
export function signedInUser(organizationId: string, { id, name }: { id: string; name: string }): Caller {
  return { ...serverCaller(organizationId, 'system', name, id), actor: { type: 'user', id, name } };
}

export function shortened(userAgent: string | undefined): string | null {
  return userAgent?.slice(0, 300) ?? null;
}
