import type { Test } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestApi } from '../../support/api.js';
import type { GivenOrganization, Row } from '../../support/given.js';

const password = 'orbit velvet quarry mango plinth';
const door = '/api/v1/auth/login';

let api: TestApi;
let other: GivenOrganization;
let slug: string;
let otherSlug: string;

async function person(columns: Record<string, unknown>, organization = api.organization): Promise<Row> {
  const user = await organization.user(columns);
  await api.givePassword(organization, user, password);
  return user;
}

const login = (body: string | object | undefined): Test => api.client().post(door).send(body);
const statusWith = async (username: string, more: object = {}) => (await login({ username, password, ...more })).status;

beforeAll(async () => {
  api = await TestApi.start({ OSTIARY_PUBLIC_URL: 'https://idp.example.com' });
  other = await api.given.organization();
  [slug, otherSlug] = [await api.slugOf(api.organization), await api.slugOf(other)];
  await person({ user_name: 'Ada', email: 'Ada.Amir@Example.com' });
  await person({ user_name: 'Zoë Å', email: 'zoë@example.com' });
  await person({ user_name: 'only there', email: 'there@example.com' }, other);
});
afterAll(async () => api.close());

describe('a login', () => {
  it('answers the published shape: a token that works, and its life in seconds', async () => {
    const { body, headers } = await login({ username: 'Ada', password }).expect(200);
    expect(body).toEqual({
      token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      expiresIn: 3600,
      refreshToken: expect.stringMatching(/^ostr_[\w-]{86}$/),
    });
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['content-type']).toContain('application/json');
    // Known, but without a role.
    await api.client(body.token).get('/accounts').expect(403);
  });

  it('puts no right, name or address into the token', async () => {
    const { body } = await login({ username: 'Ada', password }).expect(200);
    const claims = JSON.parse(Buffer.from(body.token.split('.')[1], 'base64url').toString()) as object;
    expect(Object.keys(claims).toSorted()).toEqual(['aud', 'exp', 'iat', 'iss', 'jti', 'org', 'sid', 'sub']);
    expect(claims).toMatchObject({ iss: 'https://idp.example.com', aud: 'https://idp.example.com' });
  });

  it('opens a session of its own each time and remembers when', async () => {
    const user = await person({ user_name: 'twice' });
    const tokens = [await login({ username: 'twice', password }), await login({ username: 'twice', password })];
    expect(new Set(tokens.map(({ body }) => body.token)).size).toBe(2);
    const sessions = await api.given.sql('select id from session where user_id = $1', [user.id]);
    expect(sessions).toHaveLength(2);
    const [row] = await api.given.sql<{ seen: boolean }>(
      `select last_login_at > now() - interval '1 minute' as seen from app_user where id = $1`,
      [user.id],
    );
    expect(row!.seen).toBe(true);
  });

  it.each([
    'ada',
    'ADA',
    'ada.amir@example.com',
    'ADA.AMIR@EXAMPLE.COM',
    'zoë å',
    'ZOE\u0308 A\u030a',
    'Zoe\u0308 \u212b',
    'ZOË@EXAMPLE.COM',
  ])('takes user name or e-mail address in any case and composition: %s', async (username) => {
    expect(await statusWith(username)).toBe(200);
  });

  it('takes a password in either composition, and changes nothing else about it', async () => {
    const user = await api.organization.user({ user_name: 'composed' });
    await api.givePassword(api.organization, user, 'Zoë likes long passwords');
    const status = async (tried: string) => (await login({ username: 'composed', password: tried })).status;
    expect(await status('Zoe\u0308 likes long passwords')).toBe(200);
    expect(await status('zoë likes long passwords')).toBe(401);
    expect(await status(' Zoë likes long passwords')).toBe(401);
    expect(await status('Zoë likes long passwords ')).toBe(401);
  });

  it('tries the user name before the e-mail address', async () => {
    await person({ user_name: 'first@example.com' });
    const shadowed = await api.organization.user({ user_name: 'second', email: 'first@example.com' });
    await api.givePassword(api.organization, shadowed, 'quite another password');
    expect(await statusWith('first@example.com')).toBe(200);
    expect((await login({ username: 'first@example.com', password: 'quite another password' })).status).toBe(401);
  });
});

describe('the organization', () => {
  const at = (host: string, body: object) => login(body).set('Host', host);

  it('is named by the host, by the body, or is the first', async () => {
    const body = { username: 'only there', password };
    await at(`${otherSlug}.idp.example.com`, body).expect(200);
    await at(`${otherSlug.toUpperCase()}.IDP.example.com:8443`, body).expect(200);
    await login({ ...body, organization: otherSlug }).expect(200);
    await login(body).expect(401);
    await login({ username: 'ada', password, organization: slug }).expect(200);
    await login({ username: 'ada', password, organization: otherSlug }).expect(401);
    await at('idp.example.com', { username: 'ada', password }).expect(200);
  });

  it('of the host name wins over the one in the body', async () => {
    await at(`${otherSlug}.idp.example.com`, { username: 'ada', password, organization: slug }).expect(401);
    await at(`${otherSlug}.idp.example.com`, { username: 'only there', password, organization: slug }).expect(200);
  });

  it('takes an absent name and null for the same', async () => {
    expect(await statusWith('ada', { organization: null })).toBe(200);
  });

  it('of a token is the one that was signed in to', async () => {
    const { body } = await login({ username: 'only there', password, organization: otherSlug }).expect(200);
    const claims = JSON.parse(Buffer.from(body.token.split('.')[1], 'base64url').toString()) as { org: string };
    expect(claims.org).toBe(other.id);
  });
});

describe('the refusal', () => {
  const refusals: Record<string, () => Promise<object>> = {
    'an unknown user': async () => ({ username: 'nobody at all', password }),
    'an empty user name': async () => ({ username: '', password }),
    'a user name with letters around it': async () => ({ username: 'xAdax', password }),
    'a wildcard': async () => ({ username: '%', password }),
    'a wrong password': async () => ({ username: 'ada', password: 'wrong' }),
    'an empty password': async () => ({ username: 'ada', password: '' }),
    'a user without a password': async () => {
      await api.organization.user({ user_name: 'no password' });
      return { username: 'no password', password };
    },
    'an inactive user': async () => {
      await person({ user_name: 'inactive', active: false, inactive_reason: 'manual' });
      return { username: 'inactive', password };
    },
    'a deleted user': async () => {
      await person({ user_name: 'deleted', deleted_at: new Date() });
      return { username: 'deleted', password };
    },
    'an invited user': async () => {
      await person({ user_name: 'pending', invitation_pending: true });
      return { username: 'pending', password };
    },
    'a system user': async () => {
      await person({ user_name: 'system', system: true });
      return { username: 'system', password };
    },
    'an unknown organization': async () => ({ username: 'ada', password, organization: 'nosuchorganization' }),
    'an empty organization': async () => ({ username: 'ada', password, organization: '' }),
    'a suspended organization': async () => {
      const suspended = await api.given.organization({ account_type: 'DISABLED' });
      await person({ user_name: 'ada' }, suspended);
      return { username: 'ada', password, organization: await api.slugOf(suspended) };
    },
    'a user of another organization': async () => ({ username: 'only there', password }),
    'an inactive user whose password must change': async () => {
      const user = await api.organization.user({ user_name: 'off', active: false, inactive_reason: 'manual' });
      await api.givePassword(api.organization, user, password, true);
      return { username: 'off', password };
    },
    'a wrong password that must change': async () => {
      const user = await api.organization.user({ user_name: 'to change' });
      await api.givePassword(api.organization, user, 'something else entirely', true);
      return { username: 'to change', password };
    },
  };

  it.each(Object.keys(refusals))('of %s is the same as any other', async (kind) => {
    const response = await login(await refusals[kind]!());
    expect(response.status).toBe(401);
    expect(response.body).toEqual({ error: 'The user name or the password is wrong.', code: 'unauthenticated' });
    expect(response.headers['www-authenticate']).toBe('Bearer');
    expect(response.headers['cache-control']).toBe('no-store');
  });

  it('names the password that must change, only after the right one', async () => {
    const user = await api.organization.user({ user_name: 'must change' });
    await api.givePassword(api.organization, user, password, true);
    const { body, headers } = await login({ username: 'must change', password }).expect(403);
    expect(body).toEqual({ error: expect.any(String), code: 'passwordChangeRequired' });
    expect(headers['cache-control']).toBe('no-store');
    expect(await api.given.sql('select 1 from session where user_id = $1', [user.id])).toEqual([]);
  });

  it('also meets whoever names no organization while the first one is suspended', async () => {
    const account = async (type: string) =>
      api.given.sql('update organization set account_type = $2 where id = $1', [api.organization.id, type]);
    await account('DISABLED');
    const { status } = await login({ username: 'ada', password });
    await account('STANDARD');
    expect(status).toBe(401);
  });
});

describe('a bad body', () => {
  const bodies: [string, object | undefined][] = [
    ['nothing', undefined],
    ['an empty object', {}],
    ['no password', { username: 'ada' }],
    ['no user name', { password }],
    ['a number for a user name', { username: 1, password }],
    ['a list for a user name', { username: ['ada'], password }],
    ['an object for a password', { username: 'ada', password: { $ne: '' } }],
    ['true for a password', { username: 'ada', password: true }],
    ['null for a password', { username: 'ada', password: null }],
    ['a number for an organization', { username: 'ada', password, organization: 1 }],
    ['an unknown field', { username: 'ada', password, role: 'Administrator' }],
    ['NUL in the user name', { username: 'a\u0000da', password }],
    ['NUL in the password', { username: 'ada', password: `${password}\u0000` }],
    ['NUL in the organization', { username: 'ada', password, organization: 'a\u0000' }],
    ['a list', [{ username: 'ada', password }]],
    ['a very long password', { username: 'ada', password: 'x'.repeat(100_000) }],
    ['a very long user name', { username: 'x'.repeat(100_000), password }],
  ];

  it.each(bodies)('with %s is refused with 400', async (_, body) => {
    const { status, body: answer } = await login(body);
    expect([status, answer]).toEqual([400, expect.objectContaining({ error: expect.any(String), code: 'invalid' })]);
    expect(JSON.stringify(answer)).not.toContain(password);
  });

  it.each([
    ['application/json', '{"username":"ada","password":"\\ud800"}', 400],
    ['application/json', '{"username":"\\udc00","password":"x"}', 400],
    ['application/json', '{"__proto__":{"username":"ada"},"password":"x"}', 400],
    ['application/json', '{"username":"ada"', 400],
    ['application/json', 'null', 400],
    ['application/json', '"ada"', 400],
    ['application/json', `{"username":"ada","password":"${'x'.repeat(1_100_000)}"}`, 413],
    ['application/json', `${'['.repeat(50_000)}${']'.repeat(50_000)}`, 400],
    ['application/x-www-form-urlencoded', 'username=ada&password=x', 415],
    ['multipart/form-data; boundary=x', '--x--', 415],
    ['text/plain', 'username=ada', 415],
    ['nonsense', '{}', 415],
  ])('of type %s holding %.60s is refused', async (type, text, status) => {
    const response = await api.client().post(door).set('Content-Type', type).send(text);
    expect(response.status).toBe(status);
    expect(response.body).toMatchObject({ error: expect.any(String), code: expect.any(String) });
  });
});
