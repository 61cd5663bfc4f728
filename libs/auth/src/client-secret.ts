import { createPrivateKey, createPublicKey, generateKeyPairSync, type JsonWebKey, timingSafeEqual } from 'node:crypto';

/** The public half of a client's key: all that is kept of a secret. */
export interface ClientPublicKey {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
}

const prefix = 'secret-token:conductorone.com:v1:';
/** An Ed25519 private key in PKCS #8 DER is this and the 32 bytes of its seed (RFC 8410 §7). */
const derHead = Buffer.from('302e020100300506032b657004220420', 'hex');

/** An Ed25519 key as the text its holder keeps: a JWK in unpadded base64url behind the words its SDKs look for. */
export function newClientSecret(): { readonly secret: string; readonly publicKey: ClientPublicKey } {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x = '', d = '' } = privateKey.export({ format: 'jwk' });
  return { secret: canonical(x, d), publicKey: { kty: 'OKP', crv: 'Ed25519', x } };
}

/**
 * Whether a presented secret belongs to this key. The public key is derived from its `d`, whatever its `x` says, and the
 * text must be the one and only spelling of the secret: lenient decoders would take others.
 */
export function isSecretOf(presented: string, publicKey: ClientPublicKey): boolean {
  const seed = seedIn(presented);
  const { x = '' } = publicOf(seed ?? Buffer.alloc(32));
  const same = equal(presented, canonical(x, seed?.toString('base64url') ?? ''));
  return equal(x, publicKey.x) && same && seed !== undefined;
}

function seedIn(presented: string): Buffer | undefined {
  if (!presented.startsWith(prefix) || presented.length > 500) return undefined;
  try {
    const jwk = JSON.parse(Buffer.from(presented.slice(prefix.length), 'base64url').toString()) as { d?: unknown };
    const seed = typeof jwk.d === 'string' ? Buffer.from(jwk.d, 'base64url') : undefined;
    return seed?.length === 32 ? seed : undefined;
  } catch {
    return undefined;
  }
}

function publicOf(seed: Buffer): JsonWebKey {
  const key = createPrivateKey({ key: Buffer.concat([derHead, seed]), format: 'der', type: 'pkcs8' });
  return createPublicKey(key).export({ format: 'jwk' });
}

function canonical(x: string, d: string): string {
  return prefix + Buffer.from(JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x, d })).toString('base64url');
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
