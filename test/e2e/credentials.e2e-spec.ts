import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newOpaqueToken } from '@app/auth';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../support/api.js';

const clients = '/api/v1/oauth-clients';
const keys = '/api/v1/api-keys';
const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

let api: TestApi;
let admin: Client;
let orgAdmin: Client;

beforeAll(async () => {
  api = await TestApi.start({ OSTIARY_PUBLIC_URL: 'https://idp.example.com' });
  admin = await api.as('Administrator');
  orgAdmin = await api.as('ORG_ADMIN');
});
afterAll(async () => api.close());

const eventsOn = async (id: string) =>
  api.given.sql('select action, before, after from audit_event where subject_id = $1 order by at, id', [id]);

describe('an OAuth client', () => {
  const make = (body: object, by = admin) => by.post(clients).send({ name: 'Nightly', roles: ['AUDITOR'], ...body });

  it('is made with its secret, which is shown this once', async () => {
    const { body, headers } = await make({
      expiresAt: '2999-01-01T00:00:00+01:00',
      sourceNetworks: ['10.0.0.0/8'],
    }).expect(201);
    const { clientSecret, ...shown } = body;
    expect(shown).toEqual({
      id: expect.any(String),
      clientId: expect.stringMatching(/^[a-z2-9]{16}@idp\.example\.com\/pcc$/),
      name: 'Nightly',
      roles: ['AUDITOR'],
      userId: admin.user.id,
      sourceNetworks: ['10.0.0.0/8'],
      createdAt: instant,
      secretChangedAt: instant,
      expiresAt: '2998-12-31T23:00:00.000Z',
    });
    expect(clientSecret).toMatch(/^secret-token:conductorone\.com:v1:[A-Za-z0-9]+$/);
    expect(headers['location']).toBe(`${clients}/${body.id}`);
    expect(headers['cache-control']).toBe('no-store');
    expect((await admin.get(`${clients}/${body.id}`).expect(200)).body).toEqual(shown);

    const everything = await api.given.sql(
      `select to_jsonb(c)::text as row from oauth_client c union all select to_jsonb(e)::text from audit_event e`,
    );
    expect(JSON.stringify(everything)).not.toContain(clientSecret.slice(-30));
    expect((await eventsOn(body.id))[0]).toMatchObject({ action: 'client.created', after: { name: 'Nightly' } });
  });

  it('is listed, newest first, without its secret', async () => {
    const { body: one } = await make({ name: 'one' }).expect(201);
    const { body: two } = await make({ name: 'two' }).expect(201);
    const { body, text } = await admin.get(`${clients}?page[limit]=2`).expect(200);
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual([two.id, one.id]);
    expect(body.totalCount).toBeGreaterThanOrEqual(2);
    expect(text).not.toContain('secret-token');
    expect((await admin.get(`${clients}?page[offset]=1&page[limit]=1`).expect(200)).body.data[0].id).toBe(one.id);
    await admin.get(`${clients}?page[limit]=0`).expect(400);
  });

  it('gives nobody a right he lacks', async () => {
    await make({ roles: ['Administrator'] }, orgAdmin).expect(403);
    await make({ roles: ['SOURCE_ADMIN', 'HELPDESK'] }, orgAdmin).expect(201);
    await make({ userId: admin.user.id }, orgAdmin).expect(403);
    const help = await api.as('HELPDESK');
    const { body } = await make({ userId: help.user.id.toUpperCase() }, orgAdmin).expect(201);
    expect(body.userId).toBe(help.user.id);
  });

  it('is touched by nobody with less than its rights or its user’s', async () => {
    const { body } = await make({}).expect(201);
    for (const refused of [orgAdmin.post(`${clients}/${body.id}/rotate`), orgAdmin.delete(`${clients}/${body.id}`)]) {
      await refused.expect(403);
    }
    const strong = (await make({ roles: ['Administrator'] }).expect(201)).body;
    const weak = (await make({ roles: ['ORG_ADMIN'] }).expect(201)).body;
    const fields = { grant_type: 'client_credentials', client_id: weak.clientId, client_secret: weak.clientSecret };
    const token = (await api.client().post('/oauth/token').type('form').send(fields).expect(200)).body.access_token;
    await api.client(token).post(`${clients}/${strong.id}/rotate`).expect(403);
    await api.client(token).delete(`${clients}/${strong.id}`).expect(403);
    await api
      .client(token)
      .post(clients)
      .send({ name: 'x', roles: ['Administrator'] })
      .expect(403);
    await api.client(token).delete(`${clients}/${weak.id}`).expect(403);
    await admin.delete(`${clients}/${weak.id}`).expect(204);
  });

  it('is ended by its own user, though he has come to lack a role of it', async () => {
    const { body } = await make({ userId: orgAdmin.user.id, roles: ['Administrator'] }).expect(201);
    await orgAdmin.post(`${clients}/${body.id}/rotate`).expect(200);
    await orgAdmin.delete(`${clients}/${body.id}`).expect(204);
  });

  it('is listed and deleted by whoever it acts for, though he has lost every role; never rotated', async () => {
    const own = '/api/v1/auth/oauth-clients';
    const demoted = await api.as('ORG_ADMIN');
    const [one, two] = [(await make({}, demoted).expect(201)).body, (await make({}, demoted).expect(201)).body];
    const foreign = (await make({}).expect(201)).body;
    const held = (await admin.get(`/api/v1/role-assignments?principalId=${demoted.user.id}`).expect(200)).body.data[0];
    await admin.delete(`/api/v1/role-assignments/${held.id}`).expect(204);

    await demoted.get(clients).expect(403);
    await demoted.post(`${clients}/${one.id}/rotate`).expect(403);
    await demoted.delete(`${clients}/${one.id}`).expect(403);
    const { body, text } = await demoted.get(own).expect(200);
    expect(body.totalCount).toBe(2);
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual([two.id, one.id]);
    expect(text).not.toContain('secret-token');
    expect((await demoted.get(`${own}?page[limit]=1`).expect(200)).body).toMatchObject({ totalCount: 2, data: [{}] });
    for (const id of [foreign.id, newId(), 'nonsense']) await demoted.delete(`${own}/${id}`).expect(404);

    const asked = { grant_type: 'client_credentials', client_id: one.clientId, client_secret: one.clientSecret };
    const ask = () => api.client().post('/oauth/token').type('form').send(asked);
    const token = (await ask().expect(200)).body.access_token;
    for (const refused of [api.client(token).get(own), api.client(token).delete(`${own}/${two.id}`)]) {
      await refused.expect(403);
    }
    await demoted.delete(`${own}/${one.id}`).expect(204);
    await api.client(token).get('/api/v1/directory/users/me').expect(401);
    await ask().expect(401);
    await demoted.delete(`${own}/${one.id}`).expect(404);
    expect((await eventsOn(one.id)).at(-1)).toMatchObject({ action: 'client.deleted', before: { name: 'Nightly' } });
    await admin.get(`${clients}/${foreign.id}`).expect(200);
  });

  it('is rotated and deleted, and that is told', async () => {
    const { body } = await make({}).expect(201);
    const rotated = (await admin.post(`${clients}/${body.id}/rotate`).expect(200)).body;
    expect(rotated.clientId).toBe(body.clientId);
    expect(rotated.clientSecret).not.toBe(body.clientSecret);
    const { clientSecret: _, ...shown } = rotated;
    expect((await admin.get(`${clients}/${body.id}`).expect(200)).body).toEqual(shown);
    expect(Date.parse(rotated.secretChangedAt)).toBeGreaterThan(Date.parse(body.secretChangedAt));
    await admin.delete(`${clients}/${body.id}`).expect(204);
    await admin.delete(`${clients}/${body.id}`).expect(404);
    await admin.get(`${clients}/${body.id}`).expect(404);
    const actions = (await eventsOn(body.id)).map((event) => event['action']);
    expect(actions).toEqual(['client.created', 'client.rotated', 'client.deleted']);
  });

  it.each<[string, object, string]>([
    ['no name', { name: undefined }, 'name'],
    ['a blank name', { name: '  ' }, 'name'],
    ['a name that is too long', { name: 'x'.repeat(257) }, 'name'],
    ['no roles', { roles: undefined }, 'roles'],
    ['a role for roles', { roles: 'AUDITOR' }, 'roles'],
    ['an unknown role', { roles: ['ROOT'] }, 'roles'],
    ['a repeated role', { roles: ['AUDITOR', 'AUDITOR'] }, 'roles'],
    ['an object for a role', { roles: [{ $ne: 1 }] }, 'roles'],
    ['a past end', { expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
    ['an end without a zone', { expiresAt: '2999-01-01T00:00:00' }, 'expiresAt'],
    ['a year of six digits', { expiresAt: '+300000-01-01T00:00:00Z' }, 'expiresAt'],
    ['a month too many', { expiresAt: '2999-13-01T00:00:00Z' }, 'expiresAt'],
    ['a network with host bits', { sourceNetworks: ['10.0.0.1/8'] }, 'sourceNetworks'],
    ['a name for a network', { sourceNetworks: ['localhost'] }, 'sourceNetworks'],
    ['too many networks', { sourceNetworks: Array.from({ length: 51 }, () => '10.0.0.0/8') }, 'sourceNetworks'],
    ['a number for a user', { userId: 7 }, 'userId'],
    ['an unknown user', { userId: newId() }, 'userId'],
    ['no id for a user', { userId: 'nobody' }, 'userId'],
    ['a secret of its own', { clientSecret: 'mine' }, 'clientSecret'],
    ['an id of its own', { clientId: 'mine' }, 'clientId'],
    ['a public key', { publicKey: {} }, 'publicKey'],
    ['a column', { secret_version: 1 }, 'secret_version'],
    ['an organization', { organizationId: newId() }, 'organizationId'],
    ['somebody else as its maker', { createdBy: newId() }, 'createdBy'],
  ])('is not made with %s', async (_, body, field) => {
    const answer = await make(body).expect(400);
    expect(answer.body).toMatchObject({ code: 'invalid', details: [{ field }] });
  });

  it('acts for nobody who is inactive, deleted, a system user, invited, or of another organization', async () => {
    const users = [
      await api.organization.user({ active: false, inactive_reason: 'manual' }),
      await api.organization.user({ deleted_at: new Date() }),
      await api.organization.user({ system: true }),
      await api.organization.user({ invitation_pending: true }),
      await (await api.given.organization()).user(),
    ];
    for (const { id } of users) {
      expect((await make({ userId: id }).expect(400)).body.details[0].field).toBe('userId');
    }
  });
});

describe('an API key', () => {
  const make = (body: object = {}, by = admin) =>
    by.post(keys).send({ name: 'Status page', level: 'ACCOUNT', permission: 'VIEW', ...body });
  const withKey = (key: string) => ({ get: (path: string) => api.client().get(path).set('X-Api-Key', key) });

  it('is made, shown this once, and kept as a hash', async () => {
    const { body, headers } = await make().expect(201);
    const { key, ...shown } = body;
    expect(shown).toEqual({
      id: expect.any(String),
      name: 'Status page',
      level: 'ACCOUNT',
      permission: 'VIEW',
      prefix: key.slice(0, 8),
      createdAt: instant,
      createdBy: admin.user.id,
    });
    expect(key).toMatch(/^ostk_[\w-]{43}$/);
    expect(headers['location']).toBe(`${keys}/${body.id}`);
    expect((await admin.get(`${keys}/${body.id}`).expect(200)).body).toEqual(shown);
    const { text } = await admin.get(keys).expect(200);
    expect(text).not.toContain(key);
    const everything = await api.given.sql(
      `select to_jsonb(k)::text as row from api_key k union all select to_jsonb(e)::text from audit_event e`,
    );
    expect(JSON.stringify(everything)).not.toContain(key.slice(8));
  });

  it('has the rights of its level and permission', async () => {
    const owner = await api.organization.owner();
    for (const permission of ['VIEW', 'MODIFY']) {
      const account = withKey((await make({ permission }).expect(201)).body.key);
      await account.get('/api/v1/owners').expect(200);
      await account.get(`/api/v1/owners/${owner.id}`).expect(200);
      await account.get(`/api/v1/owners/${owner.id}/statistics`).expect(200);
      await account.get('/accounts').expect(403);
      await account.get('/api/v1/apps').expect(403);
      await account.get('/api/v1/directory/users/me').expect(403);
      await account.get(keys).expect(403);
      const workspace = withKey((await make({ permission, level: 'WORKSPACE' }).expect(201)).body.key);
      await workspace.get('/api/v1/owners').expect(403);
    }
  });

  it('tells when it was last used', async () => {
    const { body } = await make().expect(201);
    await withKey(body.key).get('/api/v1/owners').expect(200);
    const { lastUsedAt } = (await admin.get(`${keys}/${body.id}`).expect(200)).body;
    expect(Date.now() - Date.parse(lastUsedAt)).toBeLessThan(60_000);
  });

  it('ends when it is revoked, at once, and when it expires, within a second', async () => {
    const revoked = (await make().expect(201)).body;
    await withKey(revoked.key).get('/api/v1/owners').expect(200);
    await admin.delete(`${keys}/${revoked.id}`).expect(204);
    await withKey(revoked.key).get('/api/v1/owners').expect(401);
    await admin.delete(`${keys}/${revoked.id}`).expect(404);
    const actions = (await eventsOn(revoked.id)).map((event) => event['action']);
    expect(actions).toEqual(['key.created', 'key.revoked']);

    const expiring = (await make({ expiresAt: '2999-01-01T00:00:00Z' }).expect(201)).body;
    await withKey(expiring.key).get('/api/v1/owners').expect(200);
    await api.given.sql('update api_key set expires_at = now() where id = $1', [expiring.id]);
    await sleep(1_050);
    await withKey(expiring.key).get('/api/v1/owners').expect(401);
  });

  it('ends with its organization', async () => {
    const other = await api.given.organization();
    const theirs = await api.as('Administrator', other);
    const { key } = (await make({}, theirs).expect(201)).body;
    await withKey(key).get('/api/v1/owners').expect(200);
    await api.given.sql(`update organization set account_type = 'DISABLED' where id = $1`, [other.id]);
    await sleep(1_050);
    await withKey(key).get('/api/v1/owners').expect(401);
  });

  it.each([
    ['', 'empty'],
    ['nonsense', 'no key'],
    [newOpaqueToken('key'), 'unknown'],
    [newOpaqueToken('refresh'), 'of another kind'],
  ])('that is %j (%s) opens nothing', async (key) => {
    const { body, headers } = await withKey(key).get('/api/v1/owners').expect(401);
    expect(body.error.code).toBe('UNAUTHORIZED');
    expect(headers['www-authenticate']).toBe('Bearer');
  });

  it('is neither a bearer token, nor a parameter, nor sent beside a token', async () => {
    const { key } = (await make().expect(201)).body;
    await api.client(key).get('/api/v1/owners').expect(401);
    await api.client().get(`/api/v1/owners?x-api-key=${key}`).expect(401);
    await admin.get('/api/v1/owners').set('X-Api-Key', key).expect(401);
    await api.client().get('/api/v1/owners').set('X-Api-Key', admin.token).expect(401);
  });

  it('with more rights than its maker has is not made', async () => {
    // So far both permissions give the same; what they will give apart, an ORG_ADMIN can give as far as he has it.
    await make({}, orgAdmin).expect(201);
    await make({}, await api.as('AUDITOR')).expect(403);
  });

  it.each<[string, object, string]>([
    ['no name', { name: undefined }, 'name'],
    ['an unknown level', { level: 'SERVER' }, 'level'],
    ['an unknown permission', { permission: 'OWN' }, 'permission'],
    ['a past end', { expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
    ['a key of its own', { key: newOpaqueToken('key') }, 'key'],
    ['a hash', { key_hash: 'x' }, 'key_hash'],
    ['a prefix', { prefix: 'x' }, 'prefix'],
    ['an organization', { organizationId: newId() }, 'organizationId'],
  ])('is not made with %s', async (_, body, field) => {
    expect((await make(body).expect(400)).body).toMatchObject({ code: 'invalid', details: [{ field }] });
  });
});
