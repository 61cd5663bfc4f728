import { createPrivateKey, type JsonWebKey, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { clientIdIn, provenAssertion } from './client-assertion.js';
import { newClientSecret } from './client-secret.js';

const { secret, publicKey } = newClientSecret();
const keyIn = (text: string) =>
  createPrivateKey({
    key: JSON.parse(Buffer.from(text.split(':')[3]!, 'base64url').toString()) as JsonWebKey,
    format: 'jwk',
  });
const key = keyIn(secret);
const stranger = newClientSecret();
const clientId = 'calm-otter@idp.example.com/pcc';
const now = Date.parse('2026-01-01T00:00:00Z');
const at = now / 1000;

const header = { alg: 'EdDSA', nonce: '0123456789abcdef0123456789abcdef' };
const claims = { iss: clientId, sub: clientId, aud: ['idp.example.com'], iat: at, nbf: at - 120, exp: at + 120 };

function made(head: object = header, body: object = claims, signer = key): string {
  return spelled(JSON.stringify(head), JSON.stringify(body), signer);
}
function spelled(head: string, body: string, signer = key): string {
  const text = [head, body].map((part) => Buffer.from(part).toString('base64url')).join('.');
  return `${text}.${sign(null, Buffer.from(text), signer).toString('base64url')}`;
}
const proven = async (assertion: string) =>
  provenAssertion(assertion, clientId, publicKey, ['localhost', 'idp.example.com'], now);

describe('a client assertion', () => {
  it('is proven when it is as the SDKs make it', async () => {
    expect(await proven(made())).toEqual({ nonce: header.nonce, until: now + 120_000 });
    expect(await proven(made(header, { ...claims, aud: 'localhost' }))).toBeDefined();
    expect(clientIdIn(made())).toBe(clientId);
  });

  it('may come from a clock a little ahead, and live five minutes', async () => {
    expect(await proven(made(header, { ...claims, iat: at + 59, nbf: at + 59 }))).toBeDefined();
    expect(await proven(made(header, { ...claims, exp: at + 300 }))).toBeDefined();
  });

  it.each([...Object.keys(claims), 'jti'])('with the claim %s twice proves nothing', async (name) => {
    const body = JSON.stringify(claims).slice(1, -1);
    const twice = `"${name}":${JSON.stringify({ ...claims, jti: 'x' }[name as 'iss'])}`;
    for (const text of [`{${body},${twice},${twice}}`, `{${twice},${twice},${body}}`]) {
      expect(await proven(spelled(JSON.stringify(header), text))).toBeUndefined();
    }
    expect(await proven(spelled(JSON.stringify(header, undefined, 1), `{ ${body} }`))).toBeDefined();
  });

  it.each(Object.entries(header))('with %s in its header twice proves nothing', async (name, value) => {
    const head = JSON.stringify(header).slice(1, -1);
    for (const other of [value, 'none12345']) {
      const twice = `"${name}":"${other}"`;
      for (const text of [`{${twice},${head}}`, `{${head},${twice}}`]) {
        expect(await proven(spelled(text, JSON.stringify(claims)))).toBeUndefined();
      }
    }
  });

  const without = (name: string) => Object.fromEntries(Object.entries(claims).filter(([claim]) => claim !== name));
  it.each<[string, () => string]>([
    ['the key of another', () => made(header, claims, keyIn(stranger.secret))],
    ['a key it brings along', () => made({ ...header, jwk: stranger.publicKey }, claims, keyIn(stranger.secret))],
    [
      'no algorithm',
      () => `${Buffer.from(JSON.stringify({ ...header, alg: 'none' })).toString('base64url')}.${made().split('.')[1]}.`,
    ],
    ['another algorithm', () => made({ ...header, alg: 'HS256' })],
    ['a critical extension', () => made({ ...header, crit: ['b64'], b64: true })],
    ['no nonce', () => made({ alg: 'EdDSA' })],
    ['a short nonce', () => made({ ...header, nonce: '1' })],
    ['a number for a nonce', () => made({ ...header, nonce: 12_345_678 })],
    ['another issuer', () => made(header, { ...claims, iss: 'other' })],
    ['another subject', () => made(header, { ...claims, sub: 'other' })],
    ['another audience', () => made(header, { ...claims, aud: ['evil.example.com'] })],
    ['no audience', () => made(header, without('aud'))],
    ['no end', () => made(header, without('exp'))],
    ['an end that is past', () => made(header, { ...claims, exp: at })],
    ['an end too far ahead', () => made(header, { ...claims, exp: at + 301 })],
    ['a beginning to come', () => made(header, { ...claims, nbf: at + 61 })],
    ['an issue to come', () => made(header, { ...claims, iat: at + 61 })],
    ['padding', () => `${made()}=`],
    ['a fourth part', () => `${made()}.x`],
    [
      'an altered claim',
      () =>
        made().replace(
          /\.[^.]+\./,
          `.${Buffer.from(JSON.stringify({ ...claims, exp: at + 200 })).toString('base64url')}.`,
        ),
    ],
    ['nothing', () => ''],
  ])('with %s proves nothing', async (_, make) => {
    expect(await proven(make())).toBeUndefined();
  });
});
