import { createPrivateKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isSecretOf, newClientSecret } from './client-secret.js';

const { secret, publicKey } = newClientSecret();
const prefix = 'secret-token:conductorone.com:v1:';
const text = secret.slice(prefix.length);
const jwk = JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, string>;
const written = (key: object) => prefix + Buffer.from(JSON.stringify(key)).toString('base64url');

describe('a client secret', () => {
  it('is an Ed25519 private key that both SDKs can read: base64url without padding, which is base64 as well', () => {
    expect(secret.startsWith(prefix)).toBe(true);
    expect(text).not.toMatch(/[-_=]/);
    expect(Object.keys(jwk)).toEqual(['kty', 'crv', 'x', 'd']);
    expect(createPrivateKey({ key: jwk, format: 'jwk' }).asymmetricKeyType).toBe('ed25519');
    expect(publicKey).toEqual({ kty: 'OKP', crv: 'Ed25519', x: jwk['x'] });
  });

  it('belongs to its own public key only', () => {
    expect(isSecretOf(secret, publicKey)).toBe(true);
    expect(isSecretOf(newClientSecret().secret, publicKey)).toBe(false);
    expect(isSecretOf(secret, newClientSecret().publicKey)).toBe(false);
  });

  const other = newClientSecret();
  const otherJwk = JSON.parse(Buffer.from(other.secret.slice(prefix.length), 'base64url').toString()) as object;
  it.each([
    ['the public key of ours with the private one of another', () => written({ ...otherJwk, x: publicKey.x })],
    ['another public key beside our private one', () => written({ ...jwk, x: other.publicKey.x })],
    ['no public key', () => written({ kty: 'OKP', crv: 'Ed25519', d: jwk['d'] })],
    ['its keys in another order', () => written({ d: jwk['d'], x: jwk['x'], crv: 'Ed25519', kty: 'OKP' })],
    ['one more key', () => written({ ...jwk, kid: 'x' })],
    ['padding', () => `${secret}=`],
    ['a letter after its end', () => `${secret}A`],
    ['its last letter changed', () => secret.slice(0, -1) + (secret.endsWith('Q') ? 'R' : 'Q')],
    ['another prefix', () => secret.replace('v1', 'v2')],
    ['no prefix', () => text],
    ['a line break', () => `${secret}\n`],
    ['no private key', () => written({ kty: 'OKP', crv: 'Ed25519', x: jwk['x'] })],
    ['a short private key', () => written({ ...jwk, d: 'AAAA' })],
    ['a number for a private key', () => written({ ...jwk, d: 7 })],
    ['no JSON', () => `${prefix}AAAA`],
    ['null', () => prefix + Buffer.from('null').toString('base64url')],
    ['nothing', () => ''],
  ])('with %s is none', (_, make) => {
    expect(isSecretOf(make(), publicKey)).toBe(false);
  });
});
