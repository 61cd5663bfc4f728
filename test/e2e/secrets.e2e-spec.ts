import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Response } from 'supertest';
import { type Client, TestApi } from '../support/api.js';
import { assertionOf } from '../support/client-assertion.js';
import { rawRequest } from '../support/http/raw-request.js';

const password = 'canary of a first long phrase';
const next = 'canary of a second long phrase';
const users = '/api/v1/directory/users';

const log: string[] = [];
const answers: string[] = [];
let api: TestApi;
let admin: Client;

/** What is told once to its holder, and must be found nowhere else. */
const handedOut: string[] = [];

const logDestination = new Writable({
  write(chunk, _encoding, done) {
    log.push(String(chunk));
    done();
  },
});

beforeAll(async () => {
  api = await TestApi.start({ LOG_LEVEL: 'trace' }, logDestination);
  admin = await api.as('Administrator');
});
afterAll(async () => api.close());

function keep(response: Response): Response {
  answers.push(response.text);
  return response;
}

/** Whatever is kept, of the jobs that wait too. */
async function rows(): Promise<string> {
  const tables = await api.given.sql<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
      where table_schema in ('public', 'pgboss') and table_type = 'BASE TABLE'`,
  );
  for (const kept of [
    'invitation',
    'oauth_client',
    'external_identity',
    'outgoing_mail',
    'rate_limit',
    'credential',
    'audit_event',
  ]) {
    expect(tables.map(({ name }) => name)).toContain(`public.${kept}`);
  }
  const select = tables.map(({ name }) => `select to_jsonb(t)::text as row from ${name} t`).join(' union all ');
  return (await api.given.sql<{ row: string }>(select)).map(({ row }) => row).join('\n');
}

describe('a secret, in whatever field it is sent', () => {
  it('is found in no answer, no log line and no row', async () => {
    const post = async (path: string, body: object, by = api.client()) => keep(await by.post(path).send(body));
    const user = await api.organization.user();
    await api.givePassword(api.organization, user, password);
    const organization = await api.slugOf();
    const login = { username: user.name, password, organization };

    const signedIn = (await api.client().post('/api/v1/auth/login').send(login).expect(200)).body;
    handedOut.push(signedIn.token, signedIn.refreshToken);
    const refreshed = (await api.client().post('/api/v1/auth/refresh').send({ refreshToken: signedIn.refreshToken }))
      .body;
    handedOut.push(refreshed.token, refreshed.refreshToken);
    await post('/api/v1/auth/login', { ...login, password: 'canary wrong' });
    await post('/api/v1/auth/login', { ...login, username: 'canary typed into the wrong field' });
    await post('/api/v1/auth/login', { ...login, password: { inner: 'canary in an object' } });
    await post('/api/v1/auth/login', { ...login, extra: 'canary in a field that is none' });
    await post('/api/v1/auth/refresh', { refreshToken: 'canary-refresh' });
    await post('/api/v1/auth/password/validate', { password: next, username: 'canary' });
    await post('/api/v1/auth/password/validate', { password: 'canary' });
    await post('/api/v1/auth/change-password', {
      ...login,
      currentPassword: 'canary',
      newPassword: next,
      password: undefined,
    });
    const me = api.client(refreshed.token);
    await post(`${users}/me/password/validate`, { password: 'canary' }, me);
    await post(`${users}/me/password`, { currentPassword: 'canary', newPassword: next }, me);
    await post(`${users}/me/password`, { currentPassword: password, newPassword: 'canary' }, me);
    await post(`${users}/me/password`, { currentPassword: password, newPassword: next }, me);
    await post(`${users}/${user.id}/password`, { password: 'canary' }, admin);
    await post(`${users}/${user.id}/password`, { password }, admin);
    await post(`${users}/${user.id}/password/validate`, { password: 'canary' }, admin);

    expect((await post(users, { userName: 'made', password }, admin)).status).toBe(201);
    await post(users, { userName: 'not made', password: 'canary' }, admin);
    await post(users, { userName: 'not made', password: ['canary'] }, admin);
    const guest = { userName: 'guest', displayName: 'Guest' };
    const invite = { ...guest, email: 'guest@example.com' };
    const invited = (await admin.post('/api/v1/directory/invitations').send(invite).expect(201)).body;
    const { token } = (await admin.post(`${users}/${invited._id}/invitation`).send({}).expect(200)).body;
    handedOut.push(invited.token, token);
    const accept = async (body: object) => post('/api/v1/directory/invitations/accept', { ...guest, ...body });
    await post('/api/v1/directory/invitations/user-name-available', { token: invited.token, userName: 'x' });
    await post('/api/v1/directory/invitations/user-name-available', { token, userName: 'x' });
    await accept({ token: invited.token, password: next });
    await accept({ token: 'canary', password: next });
    await accept({ token, password: 'canary' });
    await accept({ token, password: next, jwtSubject: 'canary' });
    expect((await accept({ token, password: next })).status).toBe(200);

    const client = (await admin.post('/api/v1/oauth-clients').send({ name: 'c', roles: [] }).expect(201)).body;
    const { clientId, clientSecret } = client;
    const assertion = assertionOf({ clientId, secret: clientSecret, audience: 'localhost' });
    handedOut.push(clientSecret.slice(-60), assertion);
    const fields = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
    const form = (path: string, more: object) =>
      api
        .client()
        .post(path)
        .type('form')
        .send({ ...fields, ...more });
    handedOut.push((await form('/oauth/token', {}).expect(200)).body.access_token);
    keep(await form('/oauth/token', { client_secret: 'canary' }));
    keep(await form('/oauth/token?client_secret=canary', {}));
    keep(await form('/auth/v1/token', { client_secret: undefined, client_assertion: assertion }));
    keep(
      await api.client().post(`/oauth/token?${new URLSearchParams({ ...fields, client_secret: 'canary' }).toString()}`),
    );
    keep(await api.client().get('/oauth/token?client_secret=canary'));
    answers.push(
      await rawRequest(
        api.server,
        'POST /oauth/token?client_secret=canary HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
      ),
    );
    answers.push(
      await rawRequest(
        api.server,
        'POST /oauth/token?client_secret=canary%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
      ),
    );
    handedOut.push(
      (await admin.post(`/api/v1/oauth-clients/${client.id}/rotate`).expect(200)).body.clientSecret.slice(-60),
    );

    const basic = (proof: string) => api.client().post('/oauth/token').type('form').set('Authorization', proof);
    const asBasic = (secret: string) => `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
    for (const proof of [asBasic('canary'), asBasic(clientSecret)]) {
      handedOut.push(proof.slice('Basic '.length).slice(-20));
      keep(await basic(proof).send('grant_type=client_credentials'));
      keep(await api.client().post('/auth/v1/token').set('Authorization', proof).send({ a: 'canary' }));
    }

    const key = (
      await admin.post('/api/v1/api-keys').send({ name: 'k', level: 'ACCOUNT', permission: 'VIEW' }).expect(201)
    ).body.key;
    handedOut.push(key);
    keep(await api.client().get('/api/v1/owners').set('X-Api-Key', key));
    keep(await api.client().get('/api/v1/owners').set('X-Api-Key', 'canary'));
    keep(await api.client('canary').get('/api/v1/owners'));
    keep(await api.client().get('/api/v1/owners?access_token=canary'));
    const acting = (await admin.post('/api/v1/auth/impersonate').send({ userId: user.id }).expect(200)).body.token;
    handedOut.push(acting);
    for (const path of [
      `${users}/${invited._id}`,
      '/api/v1/oauth-clients',
      '/api/v1/api-keys',
      '/api/v1/auth/sessions',
      `${users}/me`,
      '/.well-known/jwks.json',
    ]) {
      keep(await admin.get(path).expect(200));
    }

    const [told, logged, stored] = [answers.join('\n'), log.join(''), await rows()];
    expect(log.length).toBeGreaterThan(20);
    for (const [place, text] of Object.entries({ told, logged, stored })) {
      const found = [...handedOut, 'canary'].filter((secret) => text.includes(secret));
      expect([place, found]).toEqual([place, []]);
    }
  });
});
