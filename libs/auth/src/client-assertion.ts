import { decodeProtectedHeader, type JWK, jwtVerify } from 'jose';
import { isStorable } from '@app/kernel';
import type { ClientPublicKey } from './client-secret.js';
import { saysEverythingOnce } from './said-once.js';

export interface ProvenAssertion {
  readonly nonce: string;
  /** Until when it could be sent again, in milliseconds since the epoch. */
  readonly until: number;
}

const leewaySeconds = 60;
const longestLifeSeconds = 300;

/**
 * A client's signed statement about itself (RFC 7523), as its SDKs make it: EdDSA, a `nonce` in the header, issuer and
 * subject the client, one of our host names the audience, an end at most five minutes ahead. Undefined for any that is
 * not; keys and key places named in it are ignored.
 */
export async function provenAssertion(
  assertion: string,
  clientId: string,
  publicKey: ClientPublicKey,
  audience: readonly string[],
  now = Date.now(),
): Promise<ProvenAssertion | undefined> {
  try {
    if (!isCanonical(assertion)) return undefined;
    const { payload, protectedHeader } = await jwtVerify(assertion, publicKey as JWK, {
      algorithms: ['EdDSA'],
      issuer: clientId,
      subject: clientId,
      audience: [...audience],
      clockTolerance: leewaySeconds,
      currentDate: new Date(now),
      requiredClaims: ['exp'],
    });
    if (!saysEverythingOnce(assertion)) return undefined;
    const { nonce, crit } = protectedHeader as { nonce?: unknown; crit?: unknown };
    if (crit !== undefined) return undefined;
    const { exp = 0, iat = 0 } = payload;
    const seconds = now / 1000;
    const timely = exp > seconds && exp <= seconds + longestLifeSeconds && iat <= seconds + leewaySeconds;
    if (!timely || typeof nonce !== 'string' || !isNonce(nonce)) return undefined;
    return { nonce, until: exp * 1000 };
  } catch {
    // Whatever is wrong with it, it proves nothing.
    return undefined;
  }
}

/** The client an assertion speaks of, before anything about it is proven. */
export function clientIdIn(assertion: string): string | undefined {
  try {
    decodeProtectedHeader(assertion);
    const payload = Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString();
    const { sub } = JSON.parse(payload) as { sub?: unknown };
    return typeof sub === 'string' && isStorable(sub) ? sub : undefined;
  } catch {
    return undefined;
  }
}

function isNonce(text: string): boolean {
  return text.length >= 8 && text.length <= 200 && isStorable(text);
}

/** Each part is the one spelling of its bytes: otherwise one assertion could be sent in several guises. */
function isCanonical(assertion: string): boolean {
  const parts = assertion.split('.');
  return (
    assertion.length <= 4_096 &&
    parts.length === 3 &&
    parts.every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)
  );
}
