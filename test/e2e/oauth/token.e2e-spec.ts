import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { type ApiConfiguration, configurationToken } from '../../../apps/api/src/api-configuration.js';
import { type Client, TestApi } from '../../support/api.js';
import { assertionOf } from '../../support/client-assertion.js';
import { partsOf } from '../../support/forged-token.js';
import { HeldTransaction } from '../../support/held-transaction.js';

const me = '/api/v1/directory/users/me';
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

interface NewClient {
  readonly id: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

let api: TestApi;
let admin: Client;
let made: NewClient;

beforeAll(async () => {
  api = await TestApi.start({ TRUSTED_PROXIES: '127.0.0.1' });
  admin = await api.as('Administrator');
});
afterAll(async () => api.close());
beforeEach(async () => {
  made = await makeClient();
});

async function makeClient(body: object = {}, by = admin): Promise<NewClient> {
  return (
    await by
      .post('/api/v1/oauth-clients')
      .send({ name: 'Nightly', roles: ['AUDITOR'], ...body })
      .expect(201)
  ).body;
}

const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
const fieldsOf = ({ clientId, clientSecret }: NewClient) => ({
  grant_type: 'client_credentials',
  client_id: clientId,
  client_secret: clientSecret,
});
const ask = (fields: Record<string, string>, door = '/oauth/token') =>
  api.client().post(door).type('form').send(form(fields));
const tokenOf = async (client = made) => (await ask(fieldsOf(client)).expect(200)).body.access_token as string;
const without = (fields: Record<string, string>, name: string) =>
  Object.fromEntries(Object.entries(fields).filter(([field]) => field !== name));
const refusal = { error: 'invalid_client', error_description: expect.any(String) };

describe('POST /oauth/token', () => {
  it('answers what clients of the accounts API read', async () => {
    const owner = await api.organization.owner({ user_id: admin.user.id });
    const { body, headers } = await ask(fieldsOf(made)).expect(200);
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'bearer',
      expires_in: 3600,
      scope: 'sp:scopes:all',
      tenant_id: api.organization.id,
      pod: expect.any(String),
      org: await api.slugOf(),
      internal: false,
      strong_auth: false,
      strong_auth_supported: false,
      enabled: true,
      user_id: admin.user.id,
      identity_id: owner.id,
      jti: partsOf(body.access_token).claims['jti'],
    });
    expect(headers['cache-control']).toBe('no-store');
    await api.given.sql('update owner set user_id = null where id = $1', [owner.id]);
  });

  it('takes the parameters as a multipart form, as a urlencoded one, and in the query', async () => {
    const fields = fieldsOf(made);
    await ask(fields).expect(200);
    let multipart = api.client().post('/oauth/token');
    for (const [name, value] of Object.entries(fields)) multipart = multipart.field(name, value);
    await multipart.expect(200);
    await api
      .client()
      .post(`/oauth/token?${form(fields)}`)
      .expect(200);
    await api
      .client()
      .post(`/oauth/token?${form(fields)}`)
      .type('form')
      .send('')
      .expect(200);
    const { client_secret: secret, ...rest } = fields;
    await api
      .client()
      .post(`/oauth/token?${form(rest)}`)
      .type('form')
      .send(form({ client_secret: secret }))
      .expect(200);
  });

  it('takes the client in the Authorization header, escaped or not', async () => {
    const { clientId, clientSecret } = made;
    for (const pair of [`${clientId}:${clientSecret}`, [clientId, clientSecret].map(encodeURIComponent).join(':')]) {
      const basic = `Basic ${Buffer.from(pair).toString('base64')}`;
      const sent = api.client().post('/oauth/token').type('form').set('Authorization', basic);
      await sent.send('grant_type=client_credentials').expect(200);
    }
  });

  it('knows its own scopes', async () => {
    await ask({ ...fieldsOf(made), scope: 'sp:scopes:all' }).expect(200);
    const { body } = await ask({ ...fieldsOf(made), scope: 'sp:scopes:all admin' }).expect(400);
    expect(body.error).toBe('invalid_scope');
  });

  const bad: [string, (fields: Record<string, string>) => Record<string, string>, string][] = [
    ['no grant type', (fields) => without(fields, 'grant_type'), 'invalid_request'],
    ['an empty grant type', (fields) => ({ ...fields, grant_type: '' }), 'invalid_request'],
    ['another grant type', (fields) => ({ ...fields, grant_type: 'password' }), 'unsupported_grant_type'],
    ['a refresh', (fields) => ({ ...fields, grant_type: 'refresh_token' }), 'unsupported_grant_type'],
    ['no client', (fields) => without(fields, 'client_id'), 'invalid_request'],
    ['no secret', (fields) => without(fields, 'client_secret'), 'invalid_request'],
    [
      'both proofs',
      (fields) => ({ ...fields, client_assertion: 'x', client_assertion_type: assertionType }),
      'invalid_request',
    ],
    [
      'an assertion without its type',
      (fields) => ({ ...without(fields, 'client_secret'), client_assertion: 'x' }),
      'invalid_request',
    ],
  ];
  it.each(bad)('refuses %s', async (_, change, error) => {
    const { body, headers } = await ask(change(fieldsOf(made))).expect(400);
    expect(body).toEqual({ error, error_description: expect.stringMatching(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/) });
    expect(headers['cache-control']).toBe('no-store');
  });

  it('refuses what is said twice', async () => {
    const fields = fieldsOf(made);
    const answers = [
      await api
        .client()
        .post('/oauth/token')
        .type('form')
        .send(`${form(fields)}&client_id=x`),
      await api.client().post(`/oauth/token?${form(fields)}&client_secret=x`),
      await api.client().post(`/oauth/token?client_secret=x`).type('form').send(form(fields)),
      await api
        .client()
        .post('/oauth/token')
        .type('form')
        .set('Authorization', `Basic ${Buffer.from('a:b').toString('base64')}`)
        .send(form(fields)),
    ];
    for (const { status, body } of answers) expect([status, body.error]).toEqual([400, 'invalid_request']);
  });

  it.each(['{"grant_type":"client_credentials"}', '{', ''])('refuses %j as JSON', async (text) => {
    const { status, body } = await api.client().post('/oauth/token').type('json').send(text);
    expect([400, 415]).toContain(status);
    expect(body.error).toBe('invalid_request');
  });

  it('is not opened by GET, and /auth/v1/token does not read the query', async () => {
    await api
      .client()
      .get(`/oauth/token?${form(fieldsOf(made))}`)
      .expect(405);
    await api
      .client()
      .post(`/auth/v1/token?${form(fieldsOf(made))}`)
      .expect(400);
  });
});

describe('POST /auth/v1/token', () => {
  const asserted = (more: Record<string, string> = {}, nonce?: string) => {
    const { clientId, clientSecret: secret } = made;
    const assertion = assertionOf({ clientId, secret, audience: '127.0.0.1', ...(nonce && { nonce }) });
    return ask(
      {
        client_id: clientId,
        grant_type: 'client_credentials',
        client_assertion: assertion,
        client_assertion_type: assertionType,
        ...more,
      },
      '/auth/v1/token',
    );
  };

  it('takes the secret', async () => {
    const { body, headers } = await ask(fieldsOf(made), '/auth/v1/token').expect(200);
    expect(body).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 3600 });
    expect(headers['cache-control']).toBe('no-store');
    await api.client(body.access_token).get('/api/v1/apps').expect(200);
  });

  it('takes an assertion signed with it', async () => {
    const { body } = await asserted().expect(200);
    await api.client(body.access_token).get('/api/v1/apps').expect(200);
  });

  it('takes each assertion once, also when it comes twice at the same moment', async () => {
    const nonce = randomBytes(16).toString('hex');
    await asserted({}, nonce).expect(200);
    expect((await asserted({}, nonce).expect(401)).body).toEqual(refusal);
    const twin = randomBytes(16).toString('hex');
    const answers = await Promise.all(Array.from({ length: 6 }, () => asserted({}, twin)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it.each([
    ['another client in the form', () => ({ client_id: `other@${made.clientId}` })],
    ['an assertion of another client', () => ({ client_assertion: 'a.b.c' })],
    ['a token of ours for an assertion', () => ({ client_assertion: admin.token })],
  ])('refuses %s', async (_, more) => {
    expect((await asserted(more()).expect(401)).body).toEqual(refusal);
  });

  it('knows no client that is deleted while its assertion is looked at', async () => {
    const deletion = await HeldTransaction.begin(
      api.database.ownerUrl,
      'delete from oauth_client where organization_id = $1 and id = $2',
      [api.organization.id, made.id],
    );
    const asking = Promise.all(Array.from({ length: 2 }, async () => asserted()));
    await deletion.untilMetBy(2);
    await deletion.commit();
    for (const { status, body } of await asking) expect([status, body]).toEqual([401, refusal]);
    expect((await asserted().expect(401)).body).toEqual(refusal);
  });

  it('needs no client_id beside an assertion', async () => {
    const { clientId, clientSecret: secret } = made;
    const fields = {
      grant_type: 'client_credentials',
      client_assertion: assertionOf({ clientId, secret, audience: 'localhost' }),
      client_assertion_type: assertionType,
    };
    await ask(fields, '/auth/v1/token').expect(200);
  });

  it('refuses a type of assertion it does not know', async () => {
    const { body } = await asserted({ client_assertion_type: 'urn:ietf:params:oauth:token-type:jwt' }).expect(400);
    expect(body.error).toBe('invalid_request');
  });
});

describe('a client that may not have a token', () => {
  const from = (address: string, client: NewClient) =>
    api
      .client()
      .post('/oauth/token')
      .type('form')
      .set('X-Forwarded-For', address)
      .send(form(fieldsOf(client)));
  const because = async ({ id }: NewClient) =>
    (
      await api.given.sql<{ because: string }>(
        `select after ->> 'because' as because from audit_event where action = 'client.refused' and subject_id = $1`,
        [id],
      )
    ).map((row) => row.because);

  it('hears the same whatever the reason, which the trail knows', async () => {
    const expired = await makeClient();
    await api.given.sql('update oauth_client set expires_at = now() where id = $1', [expired.id]);
    const narrow = await makeClient({ sourceNetworks: ['203.0.113.0/24'] });
    const answers = [
      await ask({ ...fieldsOf(made), client_id: 'nobody@127.0.0.1/pcc' }),
      await ask({ ...fieldsOf(made), client_secret: 'wrong' }),
      await ask({ ...fieldsOf(made), client_secret: (await makeClient()).clientSecret }),
      await ask({ ...fieldsOf(made), client_id: '\ud83d\ude00' }),
      await ask(fieldsOf(expired)),
      await from('198.51.100.7', narrow),
    ];
    const told = answers.map(({ status, body, headers }) =>
      JSON.stringify([status, body, headers['www-authenticate'], headers['cache-control']]),
    );
    expect(new Set(told).size).toBe(1);
    expect(answers[0]!.status).toBe(401);
    expect(answers[0]!.body).toEqual(refusal);
    expect(answers[0]!.headers['www-authenticate']).toMatch(/^Basic /);
    await expect.poll(() => because(made)).toEqual(['wrongCredential']);
    await expect.poll(() => because(expired)).toEqual(['notAllowed']);
    await expect.poll(() => because(narrow)).toEqual(['addressNotAllowed']);
    await from('203.0.113.9', narrow).expect(200);
  });

  it('is told to the trail once a minute for each cause, however many ask at once', async () => {
    const client = await makeClient({ sourceNetworks: ['203.0.113.0/24'] });
    const wrong = { ...client, clientSecret: 'wrong' };
    const refused = async (asking: NewClient, times: number) => {
      const answers = await Promise.all(Array.from({ length: times }, () => from('198.51.100.7', asking)));
      for (const { status, body } of answers) expect([status, body]).toEqual([401, refusal]);
    };
    await refused(wrong, 40);
    await refused(client, 10);
    const told = async () => (await because(client)).toSorted();
    await expect.poll(told).toEqual(['addressNotAllowed', 'wrongCredential']);
    await sleep(200);
    expect(await told()).toEqual(['addressNotAllowed', 'wrongCredential']);

    // Nobody waits a minute here: it is as if the client were another, to the trail that keeps what it has.
    const later = await makeClient();
    const { id: organization_id } = api.organization;
    const event = { organization_id, action: 'client.refused', actor_type: 'system', actor_name: 'token door' };
    const old = { subject_type: 'client', subject_id: later.id, after: { because: 'wrongCredential' } };
    await api.given.insert('audit_event', { ...event, ...old, at: new Date(Date.now() - 61_000) });
    await refused({ ...later, clientSecret: 'wrong' }, 3);
    await expect.poll(() => because(later)).toEqual(['wrongCredential', 'wrongCredential']);
  });

  it.each([
    ['is disabled', `update app_user set active = false, inactive_reason = 'manual' where id = $1`],
    ['is deleted', 'update app_user set deleted_at = now() where id = $1'],
  ])('is one whose user %s; its tokens are dead as well', async (_, change) => {
    const { user } = await api.as('AUDITOR');
    const client = await makeClient({ userId: user.id });
    const bearer = api.client(await tokenOf(client));
    await bearer.get('/accounts').expect(200);
    await api.given.sql(change, [user.id]);
    await sleep(1_050);
    await bearer.get('/accounts').expect(401);
    expect((await ask(fieldsOf(client)).expect(401)).body).toEqual(refusal);
  });
});

describe('the token of a client', () => {
  it('acts for its user, with the rights both have', async () => {
    const { user } = await api.as('HELPDESK');
    const client = await makeClient({ userId: user.id, roles: ['AUDITOR', 'SOURCE_ADMIN', 'Administrator'] });
    const bearer = api.client(await tokenOf(client));
    expect((await bearer.get(me).expect(200)).body._id).toBe(user.id);
    await bearer.get('/accounts').expect(200);
    await bearer.post('/api/v1/apps').send({ displayName: 'No' }).expect(403);
    await bearer.get('/api/v1/oauth-clients').expect(403);
    const none = api.client(await tokenOf(await makeClient({ roles: [] })));
    await none.get(me).expect(200);
    await none.get('/accounts').expect(403);
    await none.get(`/api/v1/owners/${newId()}`).expect(403);
  });

  it('is opened as live as any: its user’s roles count at this moment', async () => {
    const { user } = await api.as('AUDITOR');
    const bearer = api.client(await tokenOf(await makeClient({ userId: user.id })));
    await bearer.get('/accounts').expect(200);
    await api.given.sql('delete from role_assignment where user_id = $1', [user.id]);
    await sleep(1_050);
    await bearer.get('/accounts').expect(403);
  });

  it('stays with the connectors its user owns when either is SOURCE_SUBADMIN', async () => {
    const narrow = await api.as('SOURCE_SUBADMIN');
    const connector = await api.organization.connector(await api.organization.application());
    const [hidden, own] = [await api.organization.account(connector), await api.organization.account(connector)];
    const bearers = [
      api.client(await tokenOf(await makeClient({ userId: narrow.user.id, roles: ['Administrator'] }))),
      api.client(await tokenOf(await makeClient({ roles: ['SOURCE_SUBADMIN'] }))),
    ];
    for (const bearer of bearers) {
      await bearer.get(`/accounts/${hidden.id}`).expect(404);
      expect((await bearer.get('/accounts?count=true').expect(200)).headers['x-total-count']).toBe('0');
    }
    await api.organization.connectorOwner(connector, narrow.user);
    await bearers[0]!.get(`/accounts/${own.id}`).expect(200);
    await bearers[1]!.get(`/accounts/${own.id}`).expect(404);
  });

  it('opens nothing that is for somebody signed in', async () => {
    const bearer = api.client(await tokenOf(await makeClient({ roles: ['Administrator'] })));
    await bearer.post('/api/v1/auth/logout').expect(403);
    await bearer.get('/api/v1/auth/sessions').expect(403);
    await bearer.post('/api/v1/auth/impersonate').send({ userId: newId() }).expect(403);
    await bearer.post(`${me}/password`).send({ currentPassword: 'a', newPassword: 'b' }).expect(403);
  });

  it('names both in the trail', async () => {
    const client = await makeClient({ name: 'App maker', roles: ['SOURCE_ADMIN'] });
    const bearer = api.client(await tokenOf(client));
    const { body } = await bearer
      .post('/api/v1/apps')
      .send({ displayName: `By client ${client.id}` })
      .expect(200);
    const [event] = await api.given.sql('select * from audit_event where subject_id = $1', [body.app.id]);
    expect(event).toMatchObject({
      actor_type: 'client',
      actor_id: client.id,
      actor_name: 'App maker',
      on_behalf_of_id: admin.user.id,
    });
  });

  it('is good only from the networks of its client', async () => {
    const client = await makeClient({ sourceNetworks: ['203.0.113.9', '2001:db8::/32'] });
    const answer = await api
      .client()
      .post('/oauth/token')
      .type('form')
      .set('X-Forwarded-For', '203.0.113.9')
      .send(form(fieldsOf(client)))
      .expect(200);
    const bearer = api.client(answer.body.access_token);
    await bearer.get('/accounts').set('X-Forwarded-For', '2001:db8::7').expect(200);
    await bearer.get('/accounts').set('X-Forwarded-For', '203.0.113.10').expect(401);
  });

  it('tells when it was last used', async () => {
    await api
      .client(await tokenOf())
      .get('/accounts')
      .expect(200);
    const { body } = await admin.get(`/api/v1/oauth-clients/${made.id}`).expect(200);
    expect(Date.now() - Date.parse(body.lastUsedAt)).toBeLessThan(60_000);
  });

  it.each(['rotating', 'deleting'])('ends at once with %s its client, and so does the secret', async (how) => {
    const bearer = api.client(await tokenOf());
    await bearer.get('/accounts').expect(200);
    const path = `/api/v1/oauth-clients/${made.id}`;
    const answer = how === 'rotating' ? await admin.post(`${path}/rotate`) : await admin.delete(path);
    await bearer.get('/accounts').expect(401);
    expect((await ask(fieldsOf(made)).expect(401)).body).toEqual(refusal);
    if (how === 'rotating') await ask(fieldsOf(answer.body)).expect(200);
  });
});

describe('GET /oauth/info', () => {
  it('tells clients where they are', async () => {
    const { body } = await api.client().get('/oauth/info').expect(200);
    expect(body).toMatchObject({ tenantId: api.organization.id, org: await api.slugOf(), pod: expect.any(String) });
    expect(body.tokenEndpoint).toMatch(/\/oauth\/token$/);
  });
});

describe('GET /.well-known/jwks.json', () => {
  it('publishes what verifies our tokens, and no private part', async () => {
    const { body, headers } = await api.client().get('/.well-known/jwks.json').expect(200);
    expect(headers['cache-control']).toBe('public, max-age=60');
    const { kid } = partsOf(admin.token).header;
    expect(body.keys).toEqual([
      { kty: 'EC', crv: 'P-256', x: expect.any(String), y: expect.any(String), kid, alg: 'ES256', use: 'sig' },
    ]);
  });

  it('is enough for another library to verify a token, with all that RFC 9068 asks of it', async () => {
    const { body } = await api.client().get('/.well-known/jwks.json').expect(200);
    const { publicUrl: issuer } = api.app.get<ApiConfiguration>(configurationToken, { strict: false });
    const { payload, protectedHeader } = await jwtVerify(await tokenOf(), createLocalJWKSet(body), {
      algorithms: ['ES256'],
      typ: 'at+jwt',
      issuer,
      audience: issuer,
      subject: admin.user.id,
      maxTokenAge: 60,
      requiredClaims: ['exp', 'iat', 'jti'],
    });
    expect(Object.keys(protectedHeader).toSorted()).toEqual(['alg', 'kid', 'typ']);
    expect(payload.exp! - payload.iat!).toBe(3_600);
  });
});
