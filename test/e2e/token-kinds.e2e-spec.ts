import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, TestApi } from '../support/api.js';
import { assertionOf } from '../support/client-assertion.js';

const kinds = [
  'access',
  'refresh',
  'invitation',
  'impersonation',
  'client',
  'API key',
  'client secret',
  'assertion',
] as const;
type Kind = (typeof kinds)[number];
type Status = 200 | 400 | 401 | 403 | 404;

let api: TestApi;
let clientId: string;
const held = new Map<Kind, string>();

const newUser = { userName: 'a guest', displayName: 'A guest', password: 'orbit velvet quarry mango plinth' };
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const form = (path: string, fields: object) =>
  api
    .client()
    .post(path)
    .type('form')
    .send({ grant_type: 'client_credentials', ...fields });

/** Each door, what a kind that is not meant for it hears, and what the right ones hear. */
const doors: Record<
  string,
  { knock: (token: string) => PromiseLike<{ status: number }>; wrong: Status; right: Partial<Record<Kind, Status>> }
> = {
  'a bearer token': {
    knock: (token) => api.client(token).get('/api/v1/owners'),
    wrong: 401,
    right: { access: 200, impersonation: 200, client: 200 },
  },
  'a bearer token where nobody acts for another': {
    knock: (token) => api.client(token).get('/api/v1/auth/sessions'),
    wrong: 401,
    right: { access: 200, impersonation: 403, client: 403 },
  },
  'X-Api-Key': {
    knock: (token) => api.client().get('/api/v1/owners').set('X-Api-Key', token),
    wrong: 401,
    right: { 'API key': 200 },
  },
  'a refresh': {
    knock: (token) =>
      api
        .client()
        .post('/api/v1/auth/refresh')
        .send({ refreshToken: token.slice(0, 200) }),
    wrong: 401,
    right: { refresh: 200 },
  },
  'an invitation': {
    knock: (token) =>
      api
        .client()
        .post('/api/v1/directory/invitations/accept')
        .send({ ...newUser, token }),
    wrong: 404,
    right: { invitation: 200 },
  },
  'a client’s secret': {
    knock: (token) => form('/oauth/token', { client_id: clientId, client_secret: token }),
    wrong: 401,
    right: { 'client secret': 200 },
  },
  'a client’s assertion': {
    knock: (token) =>
      form('/auth/v1/token', { client_id: clientId, client_assertion: token, client_assertion_type: assertionType }),
    wrong: 401,
    right: { assertion: 200 },
  },
  'a password': {
    knock: async (token) =>
      api
        .client()
        .post('/api/v1/auth/login')
        .send({ username: 'kinds', password: token.slice(0, 1_000), organization: await api.slugOf() }),
    wrong: 401,
    right: {},
  },
};

beforeAll(async () => {
  api = await TestApi.start({ RATE_LIMIT: 'off', BRUTE_FORCE_DETECTION_POLICY: '{"enabled":false}' });
  const admin: Client = await api.as('Administrator');
  const target = await api.as('ORG_ADMIN');
  const user = await api.organization.user({ user_name: 'kinds' });
  await api.givePassword(api.organization, user, newUser.password);
  const organization = await api.slugOf();
  const login = { username: user.name, password: newUser.password, organization };
  const signedIn = (await api.client().post('/api/v1/auth/login').send(login).expect(200)).body;
  const client = (
    await admin
      .post('/api/v1/oauth-clients')
      .send({ name: 'c', roles: ['AUDITOR'] })
      .expect(201)
  ).body;
  clientId = client.clientId;
  const key = { name: 'k', level: 'ACCOUNT', permission: 'VIEW' };
  held
    .set('access', admin.token)
    .set('refresh', signedIn.refreshToken)
    .set('client secret', client.clientSecret)
    .set('assertion', assertionOf({ clientId, secret: client.clientSecret, audience: 'localhost' }))
    .set('API key', (await admin.post('/api/v1/api-keys').send(key).expect(201)).body.key)
    .set(
      'client',
      (await form('/oauth/token', { client_id: clientId, client_secret: client.clientSecret })).body.access_token,
    )
    .set(
      'impersonation',
      (await admin.post('/api/v1/auth/impersonate').send({ userId: target.user.id }).expect(200)).body.token,
    )
    .set(
      'invitation',
      (
        await admin
          .post('/api/v1/directory/invitations')
          .send({ userName: 'a guest', displayName: 'A guest', email: 'guest@example.com' })
          .expect(201)
      ).body.token,
    );
});
afterAll(async () => api.close());

describe.each(Object.keys(doors))('the door of %s', (door) => {
  // The wrong kinds first: none of them may use up what the right one needs.
  const ordered = kinds.toSorted((a, b) => Number(a in doors[door]!.right) - Number(b in doors[door]!.right));

  it.each(ordered)('opens to the kind "%s" as the table says', async (kind) => {
    const { knock, wrong, right } = doors[door]!;
    expect((await knock(held.get(kind)!)).status).toBe(right[kind] ?? wrong);
  });
});
