import { describe, expect, it } from 'vitest';
import { readOidcProviders } from './oidc-providers.js';

const least = { name: 'okta', issuer: 'https://login.example.com/', clientId: 'ostiary' };
const one = (changed: object) => JSON.stringify([{ ...least, ...changed }]);

describe('OpenID Connect providers', () => {
  it('are none when none is set', () => {
    expect(readOidcProviders(undefined)).toEqual([]);
    expect(readOidcProviders('[]')).toEqual([]);
  });

  it('need a name, an issuer and a client id', () => {
    expect(readOidcProviders(JSON.stringify([least]))).toEqual([
      {
        ...least,
        clientSecret: undefined,
        scope: 'openid',
        redirectUri: undefined,
        organizations: undefined,
      },
    ]);
  });

  it('may say a secret, scopes, where to come back to, and for whom they are', () => {
    const more = {
      clientSecret: 'a secret',
      scope: 'openid email',
      redirectUri: 'https://portal.example.com/signed-in',
      organizations: ['acme', 'main'],
    };
    expect(readOidcProviders(one(more))[0]).toMatchObject(more);
  });

  it.each(['http://localhost:8080/realms/x', 'http://127.0.0.1:9', 'http://[::1]:9'])(
    'may be on this machine without TLS: %s',
    (issuer) => expect(readOidcProviders(one({ issuer }))[0]).toMatchObject({ issuer }),
  );

  it.each([
    ['text', undefined, 'must be a JSON list'],
    ['{}', undefined, 'must be a JSON list'],
    [JSON.stringify([least, least]), undefined, 'must not name okta twice'],
    [
      JSON.stringify(['a', 'b'].map((name) => ({ ...least, name, redirectUri: 'https://portal.example.com/in' }))),
      undefined,
      'a redirectUri of its own',
    ],
    ['[null]', '0', 'must be a JSON object'],
    ['[[]]', '0', 'must be a JSON object'],
    [JSON.stringify([least, { ...least, name: undefined }]), '1', 'needs name, issuer, clientId'],
    [one({ discovery: 'x' }), '0', 'and nothing else'],
    ['[{"__proto__":{}}]', '0', 'and nothing else'],
    [one({ name: 'Okta' }), '0.name', 'lower-case letters'],
    [one({ name: '../x' }), '0.name', 'lower-case letters'],
    [one({ issuer: 'http://login.example.com' }), '0.issuer', 'an https URL'],
    [one({ issuer: 'https://me:secret@login.example.com' }), '0.issuer', 'an https URL'],
    [one({ issuer: 'https://login.example.com?x=1' }), '0.issuer', 'without a query'],
    [one({ issuer: 'ftp://login.example.com' }), '0.issuer', 'an https URL'],
    [one({ clientId: '' }), '0.clientId', 'a text'],
    [one({ clientSecret: 1 }), '0.clientSecret', 'a text'],
    [one({ scope: 'email' }), '0.scope', 'openid'],
    [one({ redirectUri: 'here' }), '0.redirectUri', 'an https URL'],
    [one({ organizations: [] }), '0.organizations', 'a list of slugs'],
    [one({ organizations: ['A'] }), '0.organizations', 'a list of slugs'],
    [one({ organizations: 'acme' }), '0.organizations', 'a list of slugs'],
  ])('%s is refused', (text, field, reason) => {
    expect(() => readOidcProviders(text)).toThrow(
      expect.objectContaining({ field, message: expect.stringContaining(reason) as string }),
    );
  });
});
