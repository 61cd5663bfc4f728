import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { newId } from '@app/kernel';
import { SecretBox } from '@app/secrets';
import { type Client, TestApi } from '../../support/api.js';
import type { GivenOrganization, Row } from '../../support/given.js';
import { HeldTransaction } from '../../support/held-transaction.js';
import { LyingProvider } from '../../support/lying-provider.js';
import { RealProvider } from '../../support/real-provider.js';

const publicUrl = 'https://idp.example.com';
const doors = '/api/v1/auth/oidc';
const users = '/api/v1/directory/users';
const credentials = { clientId: 'ostiary', clientSecret: 'canary-secret-of-ostiary-at-the-provider' };

let real: RealProvider;
let liar: LyingProvider;
let api: TestApi;
let admin: Client;

beforeAll(async () => {
  const { clientId: id, clientSecret: secret } = credentials;
  real = await RealProvider.start({ id, secret, redirectUri: `${publicUrl}${doors}/real/callback` });
  liar = await LyingProvider.start();
  const providers = [
    { name: 'real', issuer: real.issuer, ...credentials },
    { name: 'liar', issuer: liar.issuer, ...credentials },
    { name: 'gone', issuer: 'http://127.0.0.1:9', clientId: 'ostiary' },
    { name: 'elsewhere', issuer: liar.issuer, clientId: 'ostiary', organizations: ['nobody'] },
    { name: 'misnamed', issuer: `${liar.issuer}/other`, clientId: 'ostiary' },
    {
      name: 'wrong-secret',
      issuer: real.issuer,
      clientId: 'ostiary',
      clientSecret: 'wrong',
      redirectUri: `${publicUrl}${doors}/real/callback`,
    },
  ];
  const settings = { OIDC_PROVIDERS: JSON.stringify(providers), OSTIARY_PUBLIC_URL: publicUrl };
  api = await TestApi.start({ ...settings, SESSIONS_PER_USER: '3' });
  admin = await api.as('Administrator');
});
afterAll(async () => {
  await api.close();
  await real.stop();
  await liar.stop();
});
beforeEach(() => {
  liar.lie = {};
});

interface Begun {
  readonly location: URL;
  readonly cookie: string;
}

async function begin(provider: string, organization?: string): Promise<Begun> {
  const query = `organization=${organization ?? (await api.slugOf())}`;
  const { headers } = await api.client().get(`${doors}/${provider}/login?${query}`).expect(302);
  const [cookie = ''] = [headers['set-cookie']].flat();
  return { location: new URL(headers['location'] ?? ''), cookie: cookie.split(';')[0] ?? '' };
}

function comeBack(provider: string, answer: string, cookie: string | undefined) {
  const request = api.client().get(`${doors}/${provider}/callback${answer}`);
  return cookie === undefined ? request : request.set('cookie', cookie);
}

async function signIn(subject: string, status: number, organization?: string) {
  real.subject = subject;
  const { location, cookie } = await begin('real', organization);
  const back = await real.walk(location.href);
  return comeBack('real', back.search, cookie).expect(status);
}

async function linked(
  subject: string,
  { provider = 'real', columns = {} }: { provider?: string; columns?: Record<string, unknown> } = {},
): Promise<Row> {
  const user = await api.organization.user(columns);
  await api.given.insert('external_identity', {
    organization_id: api.organization.id,
    user_id: user.id,
    issuer: provider === 'real' ? real.issuer : liar.issuer,
    subject,
  });
  return user;
}

const link = (user: Row, externalIdentities: unknown, by: Client = admin) =>
  by.put(`${users}/${user.id}/external-identities`).send({ externalIdentities });

const eventsOf = (subject: string) =>
  api.given.sql<{ action: string; after: Record<string, unknown> }>(
    'select action, after from audit_event where subject_id = $1 order by at, id',
    [subject],
  );

describe('signing in at another provider', () => {
  it('leads there with everything that binds the answer to this browser, and keeps it from scripts', async () => {
    const { headers } = await api
      .client()
      .get(`${doors}/real/login?organization=${await api.slugOf()}`)
      .expect(302);
    const location = new URL(headers['location'] ?? '');
    expect(location.origin).toBe(real.issuer);
    const sent = Object.fromEntries(location.searchParams);
    expect(sent).toEqual({
      client_id: 'ostiary',
      response_type: 'code',
      redirect_uri: `${publicUrl}${doors}/real/callback`,
      scope: 'openid',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
    const [cookie = ''] = [headers['set-cookie']].flat();
    for (const part of ['HttpOnly', 'SameSite=Lax', 'Secure', `Path=${doors}/real`, 'Max-Age=600'])
      expect(cookie).toContain(part);
    for (const secret of [sent['state'], sent['nonce'], credentials.clientSecret]) expect(cookie).not.toContain(secret);
  });

  it('signs in whoever the provider says it is, as a login does', async () => {
    const user = await linked('ada-at-the-provider');
    const { body, headers } = await signIn('ada-at-the-provider', 200);
    expect(body).toEqual({ token: expect.any(String), expiresIn: 3_600, refreshToken: expect.any(String) });
    expect([headers['set-cookie']].flat()[0]).toContain('Max-Age=0');
    const me = await api.client(body.token).get(`${users}/me`).expect(200);
    expect(me.body._id).toBe(user.id);
    const { body: renewed } = await api.client().post('/api/v1/auth/refresh').send({ refreshToken: body.refreshToken });
    await api.client(renewed.token).get(`${users}/me`).expect(200);

    const [event] = await eventsOf(user.id);
    expect(event).toEqual({
      action: 'user.loggedIn',
      after: { sessionId: expect.any(String), address: expect.any(String), provider: 'real' },
    });
    const { body: told } = await admin.get(`${users}/${user.id}/external-identities`).expect(200);
    expect(told.externalIdentities).toEqual([
      {
        provider: 'real',
        issuer: real.issuer,
        subject: 'ada-at-the-provider',
        createdAt: expect.any(String),
        lastUsedAt: expect.any(String),
      },
    ]);
  });

  it('ends the oldest session of whoever has as many as a user may have', async () => {
    const user = await linked('everywhere');
    const tokens: string[] = [];
    for (let i = 0; i < 4; i++) tokens.push((await signIn('everywhere', 200)).body.token);
    const works = async (token: string) => (await api.client(token).get(`${users}/me`)).status;
    expect(await Promise.all(tokens.map(works))).toEqual([401, 200, 200, 200]);
    const ended = (await eventsOf(user.id)).filter(({ action }) => action === 'user.sessionsEnded');
    expect(ended.map(({ after }) => after)).toEqual([{ because: 'tooManySessions' }]);
  });

  it('makes nobody a user: a subject nobody has is refused, and told to the trail', async () => {
    const { body } = await signIn('stranger', 401);
    expect(body).toEqual({ error: expect.any(String), code: 'unauthenticated' });
    const [event] = await eventsOf(api.organization.id);
    expect(event).toEqual({
      action: 'user.loginRefused',
      after: { because: 'unknownUser', provider: 'real', subject: 'stranger', address: expect.any(String) },
    });
    expect(await api.given.sql(`select 1 from app_user where user_name = 'stranger' or email = 'stranger'`)).toEqual(
      [],
    );
  });

  it.each([
    ['inactive', { active: false, inactive_reason: 'manual' }],
    ['locked for good', { active: false, inactive_reason: 'tooManyFailedLogons' }],
    ['deleted', { deleted_at: new Date() }],
    ['invited only', { invitation_pending: true }],
    ['of the system', { system: true }],
  ])('never lets in a user who is %s, with the answer of a stranger', async (word, columns) => {
    const stranger = await signIn(`no such subject, not ${word}`, 401);
    const user = await linked(`someone ${word}`, { columns });
    const refused = await signIn(`someone ${word}`, 401);
    expect(refused.body).toEqual(stranger.body);
    const [event] = await eventsOf(user.id);
    expect(event).toMatchObject({ action: 'user.loginRefused', after: { because: 'mayNotSignIn' } });
    expect(await api.given.sql('select 1 from session where user_id = $1', [user.id])).toEqual([]);
  });

  it('is not stopped by wrong passwords of others', async () => {
    const user = await linked('somebody whose password others guess');
    await api.given.insert('login_attempt', {
      organization_id: api.organization.id,
      user_id: user.id,
      failures: 5,
      locked_until: new Date(Date.now() + 600_000),
    });
    await signIn('somebody whose password others guess', 200);
  });

  it('knows a subject in the organization that was asked for alone', async () => {
    const other: GivenOrganization = await api.given.organization();
    const user = await other.user({});
    await linked('the same subject');
    const key = { issuer: real.issuer, subject: 'the same subject' };
    await api.given.insert('external_identity', { organization_id: other.id, user_id: user.id, ...key });
    const { body } = await signIn('the same subject', 200, await api.slugOf(other));
    expect((await api.client(body.token).get(`${users}/me`)).body._id).toBe(user.id);
    await signIn('the same subject', 401, 'nosuchorganization');
  });

  it('never takes one provider’s subject for another’s, nor an address for a subject', async () => {
    await linked('twin', { provider: 'liar' });
    await linked('by its address', { columns: { email: 'twin@example.com', user_name: 'twin' } });
    await signIn('twin', 401);
    await signIn('twin@example.com', 401);
  });
});

describe('what comes back from a provider', () => {
  it('is worth nothing without the cookie of the browser that began, or with another’s', async () => {
    await linked('careful');
    real.subject = 'careful';
    const [mine, others] = [await begin('real'), await begin('real')];
    const back = await real.walk(mine.location.href);
    const none = [undefined, 'ostiary_sign_in=', 'ostiary_sign_in=v1.a.b.c', 'x'.repeat(4_000)];
    for (const cookie of [...none, others.cookie]) await comeBack('real', back.search, cookie).expect(400);
    await comeBack('real', back.search, mine.cookie).expect(200);
  });

  it('is not called wrong when it is the database that fails', async () => {
    await linked('unlucky');
    real.subject = 'unlucky';
    const { location, cookie } = await begin('real');
    const back = await real.walk(location.href);
    const held = await HeldTransaction.begin(api.database.ownerUrl, 'lock table organization', []);
    const { status } = await comeBack('real', back.search, cookie);
    await held.rollback();
    expect(status).toBe(409);
    const refused = `select from audit_event where action = 'user.loginRefused' and after ->> 'subject' = 'unlucky'`;
    expect(await api.given.sql(refused)).toEqual([]);
    await signIn('unlucky', 200);
  });

  it('is taken by GET alone, or a look ahead would use it up', async () => {
    await linked('looked ahead');
    real.subject = 'looked ahead';
    const { location, cookie } = await begin('real');
    const back = await real.walk(location.href);
    const ahead = api.client().head(`${doors}/real/callback${back.search}`).set('cookie', cookie);
    expect((await ahead.expect(405)).headers['allow']).toBe('GET');
    await comeBack('real', back.search, cookie).expect(200);
  });

  it('comes to the public host, so from the host of an organization the way leads over it', async () => {
    const slug = await api.slugOf();
    const { headers } = await api
      .client()
      .get(`${doors}/real/login`)
      .set('Host', `${slug}.idp.example.com`)
      .expect(302);
    expect(headers['set-cookie']).toBeUndefined();
    expect(headers['location']).toBe(`${publicUrl}${doors}/real/login?organization=${slug}`);
  });

  it('is good once', async () => {
    await linked('impatient');
    real.subject = 'impatient';
    const { location, cookie } = await begin('real');
    const back = await real.walk(location.href);
    await comeBack('real', back.search, cookie).expect(200);
    await comeBack('real', back.search, cookie).expect(401);
  });

  it('is refused ten minutes after it was begun, and with a ticket of another provider', async () => {
    const box = api.app.get(SecretBox);
    const attempt = { state: 's', nonce: 'n', verifier: 'v'.repeat(43), organization: await api.slugOf() };
    const ticket = (until: number, row = 'liar') =>
      box.seal({ organizationId: null, table: 'cookie', row, column: 'sign-in' }, JSON.stringify([until, attempt]));
    await linked('ada', { provider: 'liar' });
    liar.nonce = 'n';
    const answer = `?code=c&state=s&iss=${encodeURIComponent(liar.issuer)}`;
    await comeBack('liar', answer, `ostiary_sign_in=${ticket(Date.now() - 1)}`).expect(400);
    await comeBack('liar', answer, `ostiary_sign_in=${ticket(Date.now() + 1_000, 'real')}`).expect(400);
    await comeBack('liar', answer, `ostiary_sign_in=${ticket(Date.now() + 60_000)}`).expect(200);
  });

  const atLiar = async (lie: LyingProvider['lie'], change: (query: URLSearchParams) => void = () => undefined) => {
    const { location, cookie } = await begin('liar');
    liar.nonce = location.searchParams.get('nonce') ?? '';
    liar.lie = lie;
    const query = new URLSearchParams({ code: 'c', state: location.searchParams.get('state') ?? '', iss: liar.issuer });
    change(query);
    return comeBack('liar', `?${query.toString()}`, cookie);
  };
  const now = () => Math.floor(Date.now() / 1_000);

  it('is believed when all of it is as it must be', async () => {
    expect((await atLiar({})).status).toBe(200);
  });

  it.each<[string, () => LyingProvider['lie']]>([
    ['another nonce', () => ({ claims: { nonce: 'another' } })],
    ['no nonce', () => ({ claims: { nonce: undefined } })],
    ['another issuer', () => ({ claims: { iss: 'https://other.example.com' } })],
    ['another audience', () => ({ claims: { aud: 'somebody else' } })],
    ['several audiences and another party', () => ({ claims: { aud: ['ostiary', 'other'], azp: 'other' } })],
    ['an end that has passed', () => ({ claims: { exp: now() - 600, iat: now() - 700 } })],
    ['a begin in the future', () => ({ claims: { nbf: now() + 600 } })],
    ['no subject', () => ({ claims: { sub: undefined } })],
    ['an empty subject', () => ({ claims: { sub: '' } })],
    ['a subject with NUL', () => ({ claims: { sub: 'ada\u0000' } })],
    ['a lone surrogate as its subject', () => ({ claims: { sub: '\ud800' } })],
    ['a subject of any length', () => ({ claims: { sub: 'a'.repeat(300) } })],
    ['a number as its subject', () => ({ claims: { sub: 1 } })],
    ['the signature of somebody else', () => ({ forged: true })],
    ['a key nobody knows', () => ({ header: { alg: 'ES256', kid: 'other' } })],
    ['no signature', () => ({ unsigned: true })],
    ['no identity at all', () => ({ body: { access_token: 'a', token_type: 'bearer' } })],
    ['a refused code', () => ({ status: 400, body: { error: 'invalid_grant' } })],
    ['text in place of JSON', () => ({ body: '<html>' })],
  ])('is refused with %s', async (_, lie) => {
    const { status, body } = await atLiar(lie());
    expect([status, body.code]).toEqual([401, 'unauthenticated']);
  });

  it.each<[string, (query: URLSearchParams) => void]>([
    ['another state', (query) => query.set('state', 'another')],
    ['another state and a refusal', (query) => (query.set('state', 'another'), query.set('error', 'access_denied'))],
    ['no state', (query) => query.delete('state')],
    ['the state twice', (query) => query.append('state', query.get('state') ?? '')],
    ['the state with something behind it', (query) => query.set('state', `${query.get('state')} `)],
    ['neither code nor error', (query) => query.delete('code')],
    ['nothing at all', (query) => ['code', 'state', 'iss'].forEach((name) => query.delete(name))],
  ])('is not looked at with %s', async (_, change) => {
    const { status, body } = await atLiar({}, change);
    expect([status, body.code]).toEqual([400, 'invalid']);
  });

  it.each<[string, (query: URLSearchParams) => void]>([
    ['two codes', (query) => query.append('code', 'd')],
    ['an answer of another issuer', (query) => query.set('iss', 'https://other.example.com')],
    ['no issuer, though the provider says it sends one', (query) => query.delete('iss')],
    ['a refusal', (query) => query.set('error', 'access_denied')],
    ['a refusal and no code', (query) => (query.delete('code'), query.set('error', 'access_denied'))],
  ])('is refused with %s', async (_, change) => {
    expect((await atLiar({}, change)).status).toBe(401);
  });

  it.each<[string, LyingProvider['lie']]>([
    ['fails', { status: 500 }],
    ['is overloaded', { status: 503, body: 'later' }],
    ['does not know this server', { status: 401, body: { error: 'invalid_client' } }],
    ['does not know this server and says how', { status: 401, body: { error: 'invalid_client' }, challenge: 'Basic' }],
    ['answers without an end', { body: { id_token: 'x'.repeat(1_100_000) } }],
  ])('is to be tried again later when the provider %s', async (_, lie) => {
    const { status, headers, body } = await atLiar(lie);
    expect(status).toBe(503);
    expect(headers['retry-after']).toBe('10');
    expect(body.code).toBe('unavailable');
    expect(JSON.stringify(body)).not.toContain(liar.issuer);
  });

  it('is to be tried again later when the server’s own secret is wrong', async () => {
    real.subject = 'ada';
    const { location, cookie } = await begin('wrong-secret');
    const back = await real.walk(location.href);
    await comeBack('wrong-secret', back.search, cookie).expect(503);
  });
});

describe('a provider', () => {
  it.each(['nosuch', '%00', 'real%2f..', '__proto__', 'REAL', 'constructor', '%C3%A9', 'a%3Bb', '%0D%0Ax'])(
    '%s is not there, whatever the browser brings',
    async (name) => {
      await api.client().get(`${doors}/${name}/login`).expect(404);
      await api.client().get(`${doors}/${name}/login`).set('Host', 'acme.idp.example.com').expect(404);
      for (const cookie of [undefined, 'ostiary_sign_in=x'])
        await comeBack(name, '?code=c&state=s', cookie).expect(404);
    },
  );

  it('that answered once is asked with what it said then, though it does not say it now', async () => {
    await linked('ada-once', { provider: 'liar' });
    liar.nonce = 'x';
    await begin('liar');
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 3_700_000);
    liar.lie = { silent: true };
    await begin('liar');
    vi.restoreAllMocks();
  });

  it.each(['gone', 'misnamed'])('%s that does not answer as itself is one to try later', async (name) => {
    const slug = await api.slugOf();
    const { headers } = await api.client().get(`${doors}/${name}/login?organization=${slug}`).expect(503);
    expect(headers['retry-after']).toBe('10');
  });

  it('of other organizations is not there', async () => {
    for (const organization of [await api.slugOf(), 'nosuchorganization']) {
      await api.client().get(`${doors}/elsewhere/login?organization=${organization}`).expect(404);
    }
    expect((await link(await api.organization.user({}), [{ provider: 'elsewhere', subject: 's' }])).status).toBe(400);
  });

  it.each(['organization=a&organization=b', `organization=${'x'.repeat(65)}`])('%s begins nothing', async (query) => {
    await api.client().get(`${doors}/real/login?${query}`).expect(400);
  });
});

describe('who a user is at other providers', () => {
  it('is said by whoever may change the user, told to the trail, and felt at once', async () => {
    const user = await api.organization.user({});
    const { body } = await link(user, [{ provider: 'real', subject: 'Said By Admin' }]).expect(200);
    expect(body.externalIdentities).toMatchObject([{ provider: 'real', subject: 'Said By Admin' }]);
    const { body: session } = await signIn('Said By Admin', 200);
    await signIn('said by admin', 401);
    await link(user, [{ provider: 'real', subject: 'Said By Admin' }]).expect(200);
    await api.client(session.token).get(`${users}/me`).expect(200);

    await link(user, []).expect(200);
    await api.client(session.token).get(`${users}/me`).expect(401);
    await signIn('Said By Admin', 401);
    const told = (await eventsOf(user.id)).filter(({ action }) => action === 'user.externalIdentitiesChanged');
    expect(told.map(({ after }) => after)).toEqual([
      { externalIdentities: [{ issuer: real.issuer, subject: 'Said By Admin' }] },
      { externalIdentities: [] },
    ]);
  });

  it('is seen by himself and by readers, and by nobody else', async () => {
    const user = await linked('seen');
    const himself = await api.signedIn(api.organization, user);
    const path = `${users}/${user.id}/external-identities`;
    await himself.get(path).expect(200);
    await (await api.as('HELPDESK')).get(path).expect(200);
    await (await api.as([])).get(path).expect(403);
    await himself.put(path).send({ externalIdentities: [] }).expect(403);
  });

  it('is one at a provider, and nobody else’s', async () => {
    await linked('taken');
    const user = await api.organization.user({});
    const { body } = await link(user, [{ provider: 'real', subject: 'taken' }]).expect(409);
    expect(body.details).toEqual([{ field: 'externalIdentities', message: expect.any(String) }]);
    const two = [
      { provider: 'real', subject: 'a' },
      { provider: 'real', subject: 'b' },
    ];
    await link(user, two).expect(400);
    const answers = await Promise.all(
      [user, await api.organization.user({})].map((one) => link(one, [{ provider: 'real', subject: 'wanted twice' }])),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]));
  });

  it('is free again when the user was deleted, and comes back with him if nobody has it', async () => {
    const [first, second] = [await linked('kept'), await linked('passed on')];
    for (const { id } of [first, second]) await admin.delete(`${users}/${id}`).expect(204);
    const heir = await api.organization.user({});
    await link(heir, [{ provider: 'real', subject: 'passed on' }]).expect(200);
    for (const { id } of [first, second]) await admin.post(`${users}/${id}/restore`).expect(200);
    await signIn('kept', 200);
    const { body } = await signIn('passed on', 200);
    expect((await api.client(body.token).get(`${users}/me`)).body._id).toBe(heir.id);
  });

  it('is passed on from a deleted user only with at least his rights, and his trail tells of it', async () => {
    const orgAdmin = await api.as('ORG_ADMIN');
    const [heir, direct, member, plain] = [
      await api.organization.user({}),
      await linked('of an administrator'),
      await linked('of a member of administrators'),
      await linked('of nobody special'),
    ];
    const ofOrganization = { organization_id: api.organization.id };
    await api.given.insert('role_assignment', { ...ofOrganization, user_id: direct.id, role: 'Administrator' });
    const [outer, inner] = ['Outer', 'Inner'].map((name) => ({ ...ofOrganization, id: newId(), name, name_key: name }));
    for (const group of [outer, inner]) await api.given.insert('user_group', group!);
    const nesting = { ...ofOrganization, ancestor_id: outer!.id, descendant_id: inner!.id, paths: 1 };
    await api.given.insert('group_closure', nesting);
    await api.given.insert('role_assignment', { ...ofOrganization, group_id: outer!.id, role: 'Administrator' });
    await api.given.insert('membership', { ...ofOrganization, group_id: inner!.id, user_id: member.id });
    for (const { id } of [direct, member, plain]) await admin.delete(`${users}/${id}`).expect(204);

    const pass = (subject: string, by: Client) => link(heir, [{ provider: 'real', subject }], by);
    for (const subject of ['of an administrator', 'of a member of administrators']) {
      expect((await pass(subject, orgAdmin).expect(403)).body.error).toContain('rights you lack');
    }
    await pass('of nobody special', orgAdmin).expect(200);
    await pass('of an administrator', admin).expect(200);
    const text = `select before, after from audit_event where subject_id = $1 and action = 'user.externalIdentitiesChanged'`;
    const key = { issuer: real.issuer, subject: 'of an administrator' };
    const change = { before: { externalIdentities: [key] }, after: { externalIdentities: [] } };
    expect(await api.given.sql(text, [direct.id])).toEqual([change]);
    const told = (await eventsOf(plain.id)).map(({ action }) => action);
    expect(told).toEqual(['user.deleted', 'user.externalIdentitiesChanged']);
  });

  it('is not taken from the last Administrator who has no other way in', async () => {
    const company = await api.given.organization();
    const last = await api.as('Administrator', company);
    const identity = { organization_id: company.id, user_id: last.user.id, issuer: real.issuer, subject: 'the last' };
    await api.given.insert('external_identity', identity);
    await api.given.sql('delete from credential where user_id = $1', [last.user.id]);
    await link(last.user, [], last).expect(409);
    await api.givePassword(company, last.user, 'orbit velvet quarry mango plinth');
    await link(last.user, [], last).expect(200);
  });

  it('is not said of a user with rights the caller lacks, nor by somebody who acts as another', async () => {
    const orgAdmin = await api.as('ORG_ADMIN');
    const { body } = await link(admin.user, [{ provider: 'real', subject: 'root' }], orgAdmin).expect(403);
    expect(body.code).toBe('forbidden');
    const { body: acting } = await admin.post('/api/v1/auth/impersonate').send({ userId: orgAdmin.user.id });
    const path = `${users}/${(await api.organization.user({})).id}/external-identities`;
    await api.client(acting.token).put(path).send({ externalIdentities: [] }).expect(403);
  });

  it.each([
    ['deleted', { deleted_at: new Date() }, 404],
    ['invited only', { invitation_pending: true }, 409],
    ['of the system', { system: true }, 403],
  ])('is not said of a user who is %s', async (word, columns, status) => {
    await link(await api.organization.user(columns), [{ provider: 'real', subject: `of ${word}` }]).expect(status);
  });

  it('is refused for being too many before any of them is looked at', async () => {
    const { body } = await link(
      await api.organization.user({}),
      Array.from({ length: 19_000 }, () => ({})),
    ).expect(400);
    const message = 'externalIdentities must hold at most 20 entries.';
    expect(body.details).toEqual([{ field: 'externalIdentities', message }]);
  });

  it.each([
    ['no list', undefined],
    ['null', null],
    ['a text', 'real'],
    ['an entry that is no object', ['real']],
    ['null as an entry', [null]],
    ['an unknown provider', [{ provider: 'nosuch', subject: 's' }]],
    ['a provider’s name that is no text', [{ provider: 1, subject: 's' }]],
    ['no subject', [{ provider: 'real' }]],
    ['an empty subject', [{ provider: 'real', subject: '' }]],
    ['NUL', [{ provider: 'real', subject: 'a\u0000' }]],
    ['a lone surrogate', [{ provider: 'real', subject: '\ud800' }]],
    ['a subject that is too long', [{ provider: 'real', subject: 's'.repeat(256) }]],
    ['an issuer of the caller’s', [{ provider: 'real', subject: 's', issuer: 'https://evil.example.com' }]],
    ['too many', Array.from({ length: 21 }, () => ({ provider: 'real', subject: 's' }))],
  ])('is refused with %s', async (_, externalIdentities) => {
    const { body } = await link(await api.organization.user({}), externalIdentities).expect(400);
    expect(body.error).toEqual(expect.any(String));
  });
});

describe('an invitation accepted for another provider', () => {
  let number = 0;
  const invite = async () => {
    const names = { email: `g${++number}@example.com`, userName: `g-${number}`, displayName: 'Guest' };
    return (await admin.post('/api/v1/directory/invitations').send(names).expect(201)).body as {
      readonly _id: string;
      readonly token: string;
      readonly userName: string;
    };
  };
  const accept = ({ token, userName }: { token: string; userName: string }, body: object) =>
    api
      .client()
      .post('/api/v1/directory/invitations/accept')
      .send({ token, userName, displayName: 'Guest', ...body });

  it('needs no password, and lets in whom that provider confirms', async () => {
    const guest = await invite();
    const { text } = await accept(guest, { jwtSubject: 'guest-subject', provider: 'real' }).expect(200);
    expect(text).toBe('');
    const { body } = await signIn('guest-subject', 200);
    const me = await api.client(body.token).get(`${users}/me`).expect(200);
    expect(me.body).toMatchObject({ _id: guest._id, externalId: 'guest-subject', invitationPending: false });
    const accepted = (await eventsOf(guest._id)).find(({ action }) => action === 'user.invitationAccepted');
    expect(accepted?.after).toMatchObject({ issuer: real.issuer, subject: 'guest-subject' });
    const reset = await admin
      .post(`${users}/${guest._id}/password`)
      .send({ password: 'orbit velvet quarry mango plinth' });
    expect(reset.status).toBe(409);
  });

  it.each([
    ['no provider, of several', { jwtSubject: 's' }, 'provider'],
    ['a provider that is not there', { jwtSubject: 's', provider: 'nosuch' }, 'provider'],
    ['a provider of others', { jwtSubject: 's', provider: 'elsewhere' }, 'provider'],
    ['a provider and a password', { password: 'orbit velvet quarry mango plinth', provider: 'real' }, 'provider'],
    ['both', { password: 'orbit velvet quarry mango plinth', jwtSubject: 's', provider: 'real' }, 'password'],
    ['an empty subject', { jwtSubject: '', provider: 'real' }, 'jwtSubject'],
    ['a control character', { jwtSubject: 'a\u0001', provider: 'real' }, 'jwtSubject'],
    ['a subject of blanks', { jwtSubject: '   ', provider: 'real' }, 'jwtSubject'],
    ['blanks around the subject', { jwtSubject: ' sub ', provider: 'real' }, 'jwtSubject'],
  ])('is refused with %s, and not used up by it', async (_, body, field) => {
    const guest = await invite();
    const refused = await accept(guest, body).expect(400);
    expect(refused.body.details.map((detail: { field: string }) => detail.field)).toEqual([field]);
    await accept(guest, { password: 'orbit velvet quarry mango plinth' }).expect(200);
  });

  it('is for no subject with blanks around it: who has such a one is linked, and keeps his own external id', async () => {
    const user = await api.organization.user({});
    await link(user, [{ provider: 'real', subject: ' sub ' }]).expect(200);
    await signIn(' sub ', 200);
    expect((await admin.get(`${users}/${user.id}`).expect(200)).body).not.toHaveProperty('externalId');
  });

  it('is not used up by a subject that somebody else is known by', async () => {
    await linked('mine already');
    const guest = await invite();
    const { body } = await accept(guest, { jwtSubject: 'mine already', provider: 'real' }).expect(409);
    expect(body.details).toEqual([{ field: 'jwtSubject', message: expect.any(String) }]);
    await accept(guest, { jwtSubject: 'mine after all', provider: 'real' }).expect(200);
  });

  it('takes the identity of a deleted user only if he had no more rights than the guest', async () => {
    const [plain, auditor] = [await linked('plain before'), await linked('auditor before')];
    const assignment = { organization_id: api.organization.id, user_id: auditor.id, role: 'AUDITOR' };
    await api.given.insert('role_assignment', assignment);
    for (const { id } of [plain, auditor]) await admin.delete(`${users}/${id}`).expect(204);
    const guest = await invite();
    const refused = await accept(guest, { jwtSubject: 'auditor before', provider: 'real' }).expect(409);
    expect(refused.body.details).toMatchObject([{ field: 'jwtSubject' }]);
    await accept(guest, { jwtSubject: 'plain before', provider: 'real' }).expect(200);
    const told = (await eventsOf(plain.id)).map(({ action }) => action);
    expect(told).toEqual(['user.deleted', 'user.externalIdentitiesChanged']);
  });
});
