import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newOpaqueToken } from '@app/auth';
import { listRoutes } from '../../apps/api/src/http/routes.js';
import { type Client, TestApi } from '../support/api.js';
import { LyingProvider } from '../support/lying-provider.js';

const tight = {
  RATE_LIMIT: 'on',
  RATE_LIMIT_PER_ADDRESS: '30',
  RATE_LIMIT_PER_CREDENTIAL: '10',
  RATE_LIMIT_DOOR_FAILURES: '5',
  TRUSTED_PROXIES: '127.0.0.1',
};
const password = 'orbit velvet quarry mango plinth';

let api: TestApi;
let provider: LyingProvider;
let address = 0;

beforeAll(async () => {
  provider = await LyingProvider.start();
  const known = [{ name: 'liar', issuer: provider.issuer, clientId: 'ostiary' }];
  api = await TestApi.start({ ...tight, OIDC_PROVIDERS: JSON.stringify(known) });
});
afterAll(async () => {
  await api.close();
  await provider.stop();
});

/** Nobody has called from here before. */
const newAddress = () => `198.51.100.${++address}`;

const statusesOf = async (times: number, send: () => PromiseLike<{ status: number }>) => {
  const statuses: number[] = [];
  for (let i = 0; i < times; i++) statuses.push((await send()).status);
  return statuses;
};
const count = (statuses: number[], status: number) => statuses.filter((one) => one === status).length;

describe('requests of one address', () => {
  it('are refused beyond the limit, before anybody asks who calls, and others go on', async () => {
    const from = newAddress();
    const statuses = await statusesOf(40, () => api.client().get('/accounts').set('X-Forwarded-For', from));
    expect([count(statuses, 401), count(statuses, 429)]).toEqual([30, 10]);
    await api.client().get('/accounts').set('X-Forwarded-For', newAddress()).expect(401);
  });

  it('count an IPv6 network of 64 bits as one', async () => {
    let host = 0;
    const statuses = await statusesOf(40, () =>
      api
        .client()
        .get('/accounts')
        .set('X-Forwarded-For', `2001:db8:1:2::${(++host).toString(16)}`),
    );
    expect(count(statuses, 429)).toBe(10);
    await api.client().get('/accounts').set('X-Forwarded-For', '2001:db8:1:3::1').expect(401);
  });

  it.each(['/health/live', '/health/ready'])('are never refused at %s, and count for nothing there', async (path) => {
    const from = newAddress();
    const probes = await statusesOf(40, () => api.client().get(path).set('X-Forwarded-For', from));
    expect(count(probes, 429)).toBe(0);
    const statuses = await statusesOf(40, () => api.client().get('/accounts').set('X-Forwarded-For', from));
    expect(count(statuses, 401)).toBe(30);
    expect(count(await statusesOf(3, () => api.client().get(path).set('X-Forwarded-For', from)), 429)).toBe(0);
  });

  const shapes: [string, object][] = [
    ['/api/v1/owners', { error: { code: 'RATE_LIMITED', message: expect.any(String) } }],
    ['/accounts', { message: ' Rate Limit Exceeded ' }],
    ['/v3/accounts', { message: ' Rate Limit Exceeded ' }],
    ['/api/v1/apps', { code: 8, message: expect.any(String) }],
    ['/api/v1/directory/users/me', { error: expect.any(String), code: 'too_many_requests' }],
    ['/.well-known/jwks.json', { error: expect.any(String), code: 'too_many_requests' }],
  ];
  it.each(shapes)('are refused at %s in the shape of its surface, with the time to come back', async (path, body) => {
    const from = newAddress();
    await statusesOf(30, () => api.client().get(path).set('X-Forwarded-For', from));
    const refused = await api.client().get(path).set('X-Forwarded-For', from).expect(429);
    expect(refused.body).toEqual(body);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(10);
  });
});

describe('requests with one credential', () => {
  it('are refused beyond the limit wherever they come from, and another’s are not', async () => {
    const [wild, calm]: Client[] = [await api.as('AUDITOR'), await api.as('AUDITOR')];
    const statuses = await statusesOf(12, () => wild!.get('/accounts').set('X-Forwarded-For', newAddress()));
    expect([count(statuses, 200), count(statuses, 429)]).toEqual([10, 2]);
    await calm!.get('/accounts').set('X-Forwarded-For', newAddress()).expect(200);
  });
});

describe('the login door', () => {
  const login = (from: string, body: object) =>
    api.client().post('/api/v1/auth/login').set('X-Forwarded-For', from).send(body);

  it('closes to an address after its failures, also to the right password', async () => {
    const user = await api.organization.user();
    await api.givePassword(api.organization, user, password);
    const from = newAddress();
    const wrong = { username: 'nobody', password: 'wrong' };
    const statuses = await statusesOf(7, () => login(from, wrong));
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
    await login(from, { username: user.name, password }).expect(429);
  });

  it('says to each who comes when it opens, which is no sooner for who asks again', async () => {
    const from = newAddress();
    const wrong = () => login(from, { username: 'nobody', password: 'wrong' });
    await statusesOf(5, wrong);
    const [opened] = await api.given.sql<{ seconds: number }>(
      `select expire / 1000 - extract(epoch from now())::float as seconds from rate_limit where key like $1`,
      [`%login ${from}`],
    );
    for (let i = 0; i < 3; i++) {
      const seconds = Number((await wrong().expect(429)).headers['retry-after']);
      expect(seconds).toBeLessThanOrEqual(Math.ceil(opened!.seconds));
      expect(seconds).toBeGreaterThan(opened!.seconds - 10);
    }
  });

  it('counts tries that come at once one by one', async () => {
    const from = newAddress();
    const tries = Array.from({ length: 15 }, () => login(from, { username: 'nobody', password: 'wrong' }));
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect([count(statuses, 401), count(statuses, 429)]).toEqual([5, 10]);
  });

  it('is not closed by the right password, however many come at once', async () => {
    const user = await api.organization.user();
    await api.givePassword(api.organization, user, password);
    const from = newAddress();
    const right = { username: user.name, password, organization: await api.slugOf() };
    const answers = await Promise.all(Array.from({ length: 12 }, () => login(from, right)));
    expect(answers.filter(({ status }) => ![200, 429].includes(status))).toEqual([]);
    for (const { headers } of answers.filter(({ status }) => status === 429)) expect(headers['retry-after']).toBe('1');
    await login(from, right).expect(200);
    expect(await api.given.sql('select points from rate_limit where key like $1', [`%login ${from}`])).toEqual([
      { points: 0 },
    ]);
  });

  it('counts neither a body it cannot read nor a password that must change', async () => {
    const user = await api.organization.user();
    await api.givePassword(api.organization, user, password, true);
    const from = newAddress();
    const body = { username: user.name, password, organization: await api.slugOf() };
    expect(new Set(await statusesOf(7, () => login(from, body)))).toEqual(new Set([403]));
    expect(new Set(await statusesOf(7, () => login(from, { username: 7 })))).toEqual(new Set([400]));
    await login(from, { username: 'nobody', password: 'wrong' }).expect(401);
  });

  it('counts no success against an address', async () => {
    const user = await api.organization.user();
    await api.givePassword(api.organization, user, password);
    const from = newAddress();
    const right = { username: user.name, password, organization: await api.slugOf() };
    expect(await statusesOf(8, () => login(from, right))).toEqual(Array.from({ length: 8 }, () => 200));
  });

  it('is counted in the database, for all processes together', async () => {
    const from = newAddress();
    await statusesOf(3, () => login(from, { username: 'nobody', password: 'wrong' }));
    const rows = await api.given.sql('select points from rate_limit where key like $1', [`%login ${from}`]);
    expect(rows).toEqual([{ points: 3 }]);
  });
});

/** What is sent to each door that a secret opens, none of it right, and how it is refused. */
interface Knock {
  readonly door: 'login' | 'token' | 'invitation' | 'provider';
  readonly json?: object;
  readonly form?: object;
  readonly refused: 401 | 404;
}
const nobody = { username: 'nobody', password };
const noToken = { token: newOpaqueToken('invitation'), userName: 'x' };
const noClient = { grant_type: 'client_credentials', client_id: 'nobody', client_secret: 'wrong' };
const doors: Readonly<Record<string, Knock>> = {
  'POST /api/v1/auth/login': { door: 'login', json: nobody, refused: 401 },
  'POST /api/v1/auth/change-password': {
    door: 'login',
    json: { username: 'nobody', currentPassword: password, newPassword: 'quite another long phrase' },
    refused: 401,
  },
  'GET /api/v1/auth/oidc/:provider/callback': { door: 'provider', refused: 401 },
  'POST /api/v1/auth/refresh': { door: 'token', json: { refreshToken: newOpaqueToken('refresh') }, refused: 401 },
  'POST /oauth/token': { door: 'token', form: noClient, refused: 401 },
  'POST /auth/v1/token': { door: 'token', form: noClient, refused: 401 },
  'POST /api/v1/directory/invitations/accept': {
    door: 'invitation',
    json: { ...noToken, displayName: 'x', password },
    refused: 404,
  },
  'POST /api/v1/directory/invitations/user-name-available': { door: 'invitation', json: noToken, refused: 404 },
};

/** A sign-in that was begun there: its cookie, and what the provider would give back. */
async function begunAt(from: string): Promise<{ readonly cookie: string; readonly answer: string }> {
  const { headers } = await api.client().get('/api/v1/auth/oidc/liar/login').set('X-Forwarded-For', from).expect(302);
  const state = new URL(headers['location'] ?? '').searchParams.get('state') ?? '';
  const answer = new URLSearchParams({ code: 'c', state, iss: provider.issuer });
  return { cookie: [headers['set-cookie']].flat()[0]?.split(';')[0] ?? '', answer: `?${answer.toString()}` };
}

describe('the doors that a secret opens', () => {
  it('are these', () => {
    const limited = listRoutes(api.app).flatMap(({ method, path, door }) =>
      door === undefined ? [] : [[`${method} ${path}`, door] as const],
    );
    expect(Object.fromEntries(limited)).toEqual(
      Object.fromEntries(Object.entries(doors).map(([route, { door }]) => [route, door])),
    );
  });

  it.each(Object.entries(doors))('are closed to an address after its failures: %s', async (route, knock) => {
    const { json, form, refused } = knock;
    const [method = '', path = ''] = route.split(' ');
    const from = newAddress();
    const { cookie, answer } = knock.door === 'provider' ? await begunAt(from) : { cookie: '', answer: '' };
    const send = () => {
      const ask = api.client()[method === 'GET' ? 'get' : 'post'](path.replace(':provider', 'liar') + answer);
      const sent = ask.set('X-Forwarded-For', from).set('Cookie', cookie);
      return form ? sent.type('form').send(form) : json ? sent.send(json) : sent;
    };
    const open = Array.from({ length: 5 }, () => refused);
    expect(await statusesOf(7, send)).toEqual([...open, 429, 429]);
    const { body, headers } = await send().expect(429);
    const message = 'Too many failed attempts from this address.';
    const inShape = route.includes('/token')
      ? { error: 'temporarily_unavailable', error_description: message }
      : { error: message, code: 'too_many_requests' };
    expect(body).toEqual(inShape);
    expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(300);
  });

  it('stay open whatever a page elsewhere leads browsers to', async () => {
    const from = newAddress();
    const lead = (path: string) => api.client().get(path).set('X-Forwarded-For', from);
    const callback = '/api/v1/auth/oidc/liar/callback?code=c&state=s';
    expect(await statusesOf(7, () => lead(callback))).toEqual(Array.from({ length: 7 }, () => 400));
    expect(await statusesOf(7, () => lead(callback.replace('liar', 'nosuch')))).toEqual(
      Array.from({ length: 7 }, () => 404),
    );
    const { cookie, answer } = await begunAt(from);
    const begun = () => lead(callback).set('Cookie', cookie);
    expect(await statusesOf(7, begun)).toEqual(Array.from({ length: 7 }, () => 400));
    // Both are open: what is refused there now is the identity and the password.
    await lead(callback.replace(/\?.*/, answer)).set('Cookie', cookie).expect(401);
    await api.client().post('/api/v1/auth/login').set('X-Forwarded-For', from).send(nobody).expect(401);
  });
});
