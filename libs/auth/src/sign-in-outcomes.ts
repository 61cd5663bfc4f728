import { eventInsert } from '@app/audit';
import { newId } from '@app/kernel';
import { statement } from '@app/persistence';
import { afterCount, countSteps, ofNobody, ofUsers } from './attempt-store.js';
import { hashesOf, newRefreshToken, type RefreshToken } from './refresh-token.js';
import type { Proven } from './sign-in-candidate.js';
import { type SignInOrigin, shortened } from './sign-in.js';

// What a try comes to: each in one statement, and so in one transaction and one journey, whose row says that the count
// was still the one that was judged. Without it nothing was done.

interface Done {
  readonly done: true;
}

/** The password was right, and no session is wanted. */
export const pass = statement<Done>('sign-in.pass', `with ${countSteps(ofUsers)} table counted`);

const refusal = `told as (${eventInsert(afterCount, 'counted')}) table counted`;
/** Refused, and the trail says so: bound by `countValues` and `eventValues`. */
export const refuse = {
  user: statement<Done>('sign-in.refuse', `with ${countSteps(ofUsers)}, ${refusal}`),
  nobody: statement<Done>('sign-in.refuse-nobody', `with ${countSteps(ofNobody)}, ${refusal}`),
};

/** A session with its first refresh token, whose text is never seen again. */
export interface OpenedSession {
  readonly sessionId: string;
  readonly refreshToken: RefreshToken;
}

/** Never one that a client brought along. */
export function newSession(): OpenedSession {
  return { sessionId: newId(), refreshToken: newRefreshToken() };
}

/** However often it is renewed, a sign-in ends after this. */
const sessionDays = 30;

/**
 * Signed in, beside so many other sessions of the user: bound by `countValues`, `sessionValues` and `eventValues`.
 */
export const open = statement<Done & { readonly others: number }>(
  'sign-in.open',
  `with ${countSteps(ofUsers)},
   seen as (
     update app_user set last_login_at = now()
      where organization_id = $1 and id = $2 and exists (table counted)),
   opened as (
     insert into session (organization_id, id, user_id, credential_version, expires_at, address, user_agent,
       refresh_family_hash, refresh_hash)
     select $1, $10::uuid, $2, $11::integer, now() + make_interval(days => ${sessionDays}), $12::text, $13::text,
            $14::bytea, $15::bytea from counted),
   told as (${eventInsert(afterCount + 6, 'counted')})
   select done, (
     select count(*)::int from session
      where organization_id = $1 and user_id = $2 and credential_version = $11 and kind = 'login'
        and revoked_at is null and expires_at > now()) as others from counted`,
);

export function sessionValues(
  { sessionId, refreshToken }: OpenedSession,
  { credentialVersion }: Proven,
  { address, userAgent }: SignInOrigin,
): unknown[] {
  const { family, secret } = hashesOf(refreshToken);
  return [sessionId, credentialVersion, address, shortened(userAgent), family, secret];
}
