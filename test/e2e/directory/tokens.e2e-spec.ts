import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SigningKeys } from '@app/auth';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import { forged, partsOf, signedTexts, type TokenParts } from '../../support/forged-token.js';

let api: TestApi;
let admin: Client;
let good: TokenParts;
let key: KeyObject;
let publicKey: string;

beforeAll(async () => {
  api = await TestApi.start();
  admin = await api.as('Administrator');
  good = partsOf(admin.token);
  const keys = api.app.get(SigningKeys);
  const current = await keys.current();
  key = current.privateKey;
  publicKey = current.publicKey.export({ type: 'spki', format: 'pem' }).toString();
});
afterAll(async () => api.close());

const invalidToken = 'Bearer error="invalid_token"';
const now = () => Math.floor(Date.now() / 1000);
const withClaims = (claims: object): TokenParts => ({ ...good, claims: { ...good.claims, ...claims } });
const withHeader = (header: object): TokenParts => ({ ...good, header: { ...good.header, ...header } });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const without = (part: 'header' | 'claims', name: string): TokenParts => {
  const { [name]: _, ...rest } = good[part];
  return { ...good, [part]: rest };
};

describe('a token made like ours', () => {
  it('is accepted, so that each refusal below has one cause', async () => {
    await api.client(forged(good, key)).get('/accounts').expect(200);
  });
});

const forgeries: Record<string, () => string> = {
  'an altered payload': () => {
    const [header, , signature] = admin.token.split('.');
    return [header, forged(withClaims({ sub: newId() })).split('.')[1], signature].join('.');
  },
  'an altered signature': () => admin.token.slice(0, -6) + (admin.token.endsWith('AAAAAA') ? 'BBBBBB' : 'AAAAAA'),
  'no signature': () => `${admin.token.split('.').slice(0, 2).join('.')}.`,
  'two parts': () => admin.token.split('.').slice(0, 2).join('.'),
  'four parts': () => `${admin.token}.x`,
  'alg none': () => forged(withHeader({ alg: 'none' })),
  'alg none in capitals': () => forged(withHeader({ alg: 'NONE' })),
  'HS256 with the public key for a secret': () => forged(withHeader({ alg: 'HS256' }), publicKey),
  'HS256 with an empty secret': () => forged(withHeader({ alg: 'HS256' }), ''),
  'ES384 in the header': () => forged(withHeader({ alg: 'ES384' }), key),
  'no algorithm': () => forged(without('header', 'alg'), key),
  'an unknown key id': () => forged(withHeader({ kid: 'x'.repeat(43) }), key),
  'no key id': () => forged(without('header', 'kid'), key),
  'a key id that is no text': () => forged(withHeader({ kid: { a: 1 } }), key),
  'a path for a key id': () => forged(withHeader({ kid: '../../etc/passwd' }), key),
  'the key of a stranger': () => forged(good, stranger.privateKey),
  'a key it brings along': () =>
    forged(withHeader({ jwk: stranger.publicKey.export({ format: 'jwk' }), kid: undefined }), stranger.privateKey),
  'a place to fetch its key from': () => forged(withHeader({ jku: 'https://evil.example.com' }), stranger.privateKey),
  'a place to fetch a certificate from': () =>
    forged(withHeader({ x5u: 'https://evil.example.com', x5c: ['AAAA'] }), stranger.privateKey),
  'typ JWT': () => forged(withHeader({ typ: 'JWT' }), key),
  'no typ': () => forged(without('header', 'typ'), key),
  'another audience': () => forged(withClaims({ aud: 'https://evil.example.com' }), key),
  'no audience': () => forged(without('claims', 'aud'), key),
  'another issuer': () => forged(withClaims({ iss: 'https://evil.example.com' }), key),
  'no issuer': () => forged(without('claims', 'iss'), key),
  'an end long past': () => forged(withClaims({ exp: now() - 61 }), key),
  'its end a second ago': () => forged(withClaims({ exp: now() - 1 }), key),
  'its end at this very second': () => forged(withClaims({ exp: now() }), key),
  'no end': () => forged(without('claims', 'exp'), key),
  'a text for an end': () => forged(withClaims({ exp: 'tomorrow' }), key),
  'a beginning far ahead': () => forged(withClaims({ nbf: now() + 600 }), key),
  // Not one second, which may pass on the way.
  'a beginning in a few seconds': () => forged(withClaims({ nbf: now() + 5 }), key),
  'a text for a beginning': () => forged(withClaims({ nbf: 'today' }), key),
  'an unknown session': () => forged(withClaims({ sid: newId() }), key),
  'no session': () => forged(without('claims', 'sid'), key),
  'an unknown user': () => forged(withClaims({ sub: newId() }), key),
  'another organization': () => forged(withClaims({ org: newId() }), key),
  'no organization': () => forged(without('claims', 'org'), key),
  'a NUL in its session': () => forged(withClaims({ sid: '\u0000' }), key),
  'an object for a user': () => forged(withClaims({ sub: { id: 1 } }), key),
  'null for a header': () => `${Buffer.from('null').toString('base64url')}.e30.e30`,
  'no JSON at all': () => 'a.b.c',
  nothing: () => '',
};

describe('a token with', () => {
  it.each(Object.keys(forgeries))('%s is refused', async (kind) => {
    const response = await api.client(forgeries[kind]!()).get('/api/v1/owners');
    const challenge = kind === 'nothing' ? 'Bearer' : invalidToken;
    expect([response.status, response.headers['www-authenticate']]).toEqual([401, challenge]);
    expect(response.body).toEqual({ error: { code: 'UNAUTHORIZED', message: expect.any(String) } });
  });
});

describe('a token whose times are just good', () => {
  it.each<[string, () => object]>([
    ['an end in half a minute', () => ({ exp: now() + 30 })],
    ['a beginning at this very second', () => ({ nbf: now() })],
    ['a beginning a second ago', () => ({ nbf: now() - 1 })],
  ])('is accepted: %s', async (_, claims) => {
    await api
      .client(forged(withClaims(claims()), key))
      .get('/accounts')
      .expect(200);
  });

  it('is refused once its end has come, though its signature was verified a moment before', async () => {
    const exp = now() + 4;
    const token = forged(withClaims({ exp }), key);
    await api.client(token).get('/accounts').expect(200);
    await sleep(Math.max(0, exp * 1_000 - Date.now()));
    await api.client(token).get('/accounts').expect(401);
  });
});

describe('a 401', () => {
  const surfaces = ['/api/v1/owners', '/accounts', '/v3/accounts', '/api/v1/apps', '/api/v1/directory/users/me'];

  it.each(surfaces)('at %s tells a token that is no longer good from none', async (path) => {
    const challengeOf = async (client: ReturnType<TestApi['client']>) =>
      (await client.get(path).expect(401)).headers['www-authenticate'];
    expect(await challengeOf(api.client())).toBe('Bearer');
    expect(await challengeOf(api.client('garbage'))).toBe(invalidToken);
    const gone = await api.as('Administrator');
    await gone.post('/api/v1/auth/logout').expect(204);
    expect(await challengeOf(gone)).toBe(invalidToken);
  });

  it('at a door that asks for no token says nothing of one that is sent along', async () => {
    const sent = { username: 'nobody', password: 'wrong' };
    const { headers } = await api.client('garbage').post('/api/v1/auth/login').send(sent).expect(401);
    expect(headers['www-authenticate']).toBe('Bearer');
  });
});

describe('a good token', () => {
  it.each([
    (token: string) => `Basic ${token}`,
    (token: string) => token,
    (token: string) => `Bearer${token}`,
    (token: string) => `Bearer ${token} ${token}`,
    (token: string) => `Bearer ${token}, Bearer ${token}`,
    (token: string) => `Token ${token}`,
  ])('in the header but not after the word Bearer is none (%#)', async (write) => {
    const header = write(admin.token);
    const response = await api.client().get('/accounts').set('Authorization', header);
    // Two tokens in one header are a token sent, though none that can be read; another scheme is none.
    const challenge = header.startsWith('Bearer ') ? invalidToken : 'Bearer';
    expect([response.status, response.headers['www-authenticate']]).toEqual([401, challenge]);
  });

  it('in the query string, in a cookie or in a body is none', async () => {
    for (const name of ['access_token', 'token', 'bearer', 'Authorization']) {
      await api.client().get(`/accounts?${name}=${admin.token}`).expect(401);
    }
    await api.client().get('/accounts').set('Cookie', `access_token=${admin.token}`).expect(401);
    await api.client().post('/api/v1/apps').send({ access_token: admin.token }).expect(401);
  });

  it('is taken whatever the case of the word Bearer', async () => {
    for (const word of ['Bearer', 'bearer', 'BEARER']) {
      await api.client().get('/accounts').set('Authorization', `${word} ${admin.token}`).expect(200);
    }
  });
});

/** Each claim of a good token, with another value beside it: whichever of the two a reader takes, one of these is right. */
const seconds: Record<string, unknown> = {
  sub: newId(),
  org: newId(),
  sid: newId(),
  iss: 'https://evil.example.com',
  aud: 'https://evil.example.com',
  exp: now() + 99_999,
  iat: 1,
  jti: 'x',
  act: { sub: newId() },
  typ: 'at+jwt',
  kind: 'user',
};
const secondsInHeader: Record<string, unknown> = { alg: 'none', kid: 'x', typ: 'JWT' };
const both = (part: object, name: string, second: unknown, lies: 'first' | 'last') => {
  const pair = [JSON.stringify(second), JSON.stringify((part as Record<string, unknown>)[name] ?? second)];
  const [one, other] = lies === 'first' ? pair : pair.toReversed();
  const rest = Object.entries(part).flatMap(([key, value]) => (key === name ? [] : [[key, JSON.stringify(value)]]));
  const members = [[name, one], ...rest, [name, other]].map(([key, value]) => `${JSON.stringify(key)}:${value}`);
  return `{${members.join(',')}}`;
};

describe.each(['first', 'last'] as const)('a token of our own signature, the wrong value %s,', (lies) => {
  it.each(Object.keys(seconds))('with the claim %s twice is refused', async (name) => {
    const claims = both(good.claims, name, seconds[name], lies);
    await api
      .client(signedTexts([JSON.stringify(good.header), claims], key))
      .get('/accounts')
      .expect(401);
  });

  it.each(Object.keys(secondsInHeader))('with %s in its header twice is refused', async (name) => {
    const header = both(good.header, name, secondsInHeader[name], lies);
    await api
      .client(signedTexts([header, JSON.stringify(good.claims)], key))
      .get('/accounts')
      .expect(401);
  });
});

describe('a token whose claims are each there once', () => {
  it('is accepted however it is spaced, also when it is sent again', async () => {
    const spaced = [good.header, good.claims].map((part) => JSON.stringify(part, undefined, 1)) as [string, string];
    const token = signedTexts(spaced, key);
    for (let sent = 0; sent < 2; sent++) await api.client(token).get('/accounts').expect(200);
  });

  it('does not let in its double', async () => {
    const claims = both(good.claims, 'jti', good.claims['jti'], 'last');
    const token = signedTexts([JSON.stringify(good.header), claims], key);
    for (let sent = 0; sent < 2; sent++) await api.client(token).get('/accounts').expect(401);
  });
});

/** What takes a right away, and what is answered from then on. */
const losses: Record<string, { status: 401 | 403; how: (user: string) => [string, unknown[]] }> = {
  'disabling the user': {
    status: 401,
    how: (user) => [`update app_user set active = false, inactive_reason = 'manual' where id = $1`, [user]],
  },
  'deleting the user': { status: 401, how: (user) => ['update app_user set deleted_at = now() where id = $1', [user]] },
  'revoking the session': {
    status: 401,
    how: (user) => ['update session set revoked_at = now() where user_id = $1', [user]],
  },
  'the end of the session': {
    status: 401,
    how: (user) => ['update session set expires_at = now() where user_id = $1', [user]],
  },
  'changing the password': {
    status: 401,
    how: (user) => ['update app_user set credential_version = credential_version + 1 where id = $1', [user]],
  },
  'inviting the user anew': {
    status: 401,
    how: (user) => ['update app_user set invitation_pending = true where id = $1', [user]],
  },
  'suspending the organization': {
    status: 401,
    how: (user) => [
      `update organization set account_type = 'DISABLED' where id = (select organization_id from app_user where id = $1)`,
      [user],
    ],
  },
  'removing the role': { status: 403, how: (user) => ['delete from role_assignment where user_id = $1', [user]] },
};

describe('a token that has been in use all along', () => {
  it.each(Object.keys(losses))('is worth nothing within a second after %s', async (kind) => {
    const { status, how } = losses[kind]!;
    const client = await api.as('Administrator', await api.given.organization());
    await client.get('/accounts').expect(200);
    await api.given.sql(...how(client.user.id));
    await sleep(1_050);
    await client.get('/accounts').expect(status);
  });

  it('gains what its user is given', async () => {
    const client = await api.as([]);
    await client.get('/accounts').expect(403);
    const right = { organization_id: api.organization.id, user_id: client.user.id, role: 'HELPDESK' };
    await api.given.insert('role_assignment', right);
    await sleep(1_050);
    await client.get('/accounts').expect(200);
  });
});
