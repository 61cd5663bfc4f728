import { createPrivateKey, type JsonWebKey, randomBytes, sign } from 'node:crypto';

interface Assertion {
  readonly clientId: string;
  readonly secret: string;
  readonly audience: string;
  readonly nonce?: string;
}

/** A client assertion as the connector-owners SDK makes it from the client's secret. */
export function assertionOf({
  clientId,
  secret,
  audience,
  nonce = randomBytes(16).toString('hex'),
}: Assertion): string {
  const jwk = JSON.parse(Buffer.from(secret.split(':')[3] ?? '', 'base64url').toString()) as JsonWebKey;
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: clientId, sub: clientId, aud: [audience], iat: now, nbf: now - 120, exp: now + 120 };
  const text = [{ alg: 'EdDSA', nonce }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign(null, Buffer.from(text), createPrivateKey({ key: jwk, format: 'jwk' }));
  return `${text}.${signature.toString('base64url')}`;
}
