import { eventInsert } from '@app/audit';
import { newId } from '@app/kernel';
import { statement } from '@app/persistence';
import { afterCount, countSteps, ofNobody, ofUsers } from './attempt-store.js';
import { hashesOf, newRefreshToken, type RefreshToken } from './refresh-token.js';
import { maySignIn } from './sign-in-candidate.js';
import type { ProvenUser } from './sessions.js';
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

interface Opened extends Done {
  /** Other sessions of the user. */
  readonly others: number;
}

/** What opens a session and tells of it where `counted` has a row: its values, and the event's, from this place on. */
const opening = (first: number) => {
  const [id, version, address, userAgent, family, secret] = [0, 1, 2, 3, 4, 5].map((i) => `$${first + i}`);
  return `seen as (
     update app_user set last_login_at = now()
      where organization_id = $1 and id = $2 and exists (table counted)),
   opened as (
     insert into session (organization_id, id, user_id, credential_version, expires_at, address, user_agent,
       refresh_family_hash, refresh_hash)
     select $1, ${id}::uuid, $2, ${version}::integer, now() + make_interval(days => ${sessionDays}), ${address}::text,
            ${userAgent}::text, ${family}::bytea, ${secret}::bytea from counted),
   told as (${eventInsert(first + 6, 'counted')})
   select done, (
     select count(*)::int from session
      where organization_id = $1 and user_id = $2 and credential_version = ${version} and kind = 'login'
        and revoked_at is null and expires_at > now()) as others from counted`;
};

/** Signed in with a password: bound by `countValues`, `sessionValues` and `eventValues`. */
export const open = statement<Opened>('sign-in.open', `with ${countSteps(ofUsers)}, ${opening(afterCount)}`);

/**
 * Signed in at another provider, if the identity is still the user's and he may: bound by his id, the issuer, the
 * subject, `sessionValues` and `eventValues`. First the user and then his identity, as whoever changes them takes them.
 */
export const openElsewhere = statement<Opened>(
  'sign-in.open-elsewhere',
  `with held as materialized (
     select u.id from app_user u
      where u.organization_id = $1 and u.id = $2 and ${maySignIn('u')} for no key update),
   counted as (
     update external_identity e set last_used_at = now() from held
      where e.organization_id = $1 and e.user_id = held.id and e.issuer = $3 and e.subject = $4 returning true as done),
   ${opening(5)}`,
);

export function sessionValues(
  { sessionId, refreshToken }: OpenedSession,
  { credentialVersion }: Pick<ProvenUser, 'credentialVersion'>,
  { address, userAgent }: SignInOrigin,
): unknown[] {
  const { family, secret } = hashesOf(refreshToken);
  return [sessionId, credentialVersion, address, shortened(userAgent), family, secret];
}
