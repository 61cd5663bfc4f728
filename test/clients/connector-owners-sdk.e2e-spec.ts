import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AddressInfo } from 'node:net';
import { connectorOwner } from '../fixtures/published-examples.js';
import { TestApi } from '../support/api.js';
import { assertionOf } from '../support/client-assertion.js';
import { ConnectorOwnersSdk, refusedBySdk } from '../support/connector-owners-sdk.js';
import { Feed } from '../support/feed.js';
import type { Row } from '../support/given.js';
import { deviationsFrom } from '../support/published-example.js';

let api: TestApi;
let sdk: ConnectorOwnersSdk;
let app: Row;
let connector: Row;
let user: Row;
let right: Row;

const owners = '/api/v2/apps/{app_id}/connectors/{connector_id}/owners';
const connectors = '/api/v1/apps/{app_id}/connectors';
const config = {
  '@type': 'type.googleapis.com/anything',
  kind: 'delimited-file',
  mapping: { login: 'nativeIdentity' },
};
const inConnector = () => ({ app_id: app.id, connector_id: connector.id });
const ofUser = (role = 'owner') => ({ ...inConnector(), role_slug: role, user_ref_id: user.id });
const ofRight = () => ({
  ...inConnector(),
  role_slug: 'owner',
  app_entitlement_ref_app_id: app.id,
  app_entitlement_ref_id: right.id,
});

beforeAll(async () => {
  api = await TestApi.start();
  await api.app.listen(0, '127.0.0.1');
  app = await api.organization.application({ name: 'Wiki' });
  connector = await api.organization.connector(app, { authoritative: true });
  user = await api.organization.user({ email: 'ada@example.com' });
  right = await api.organization.entitlement(connector);
  sdk = new ConnectorOwnersSdk(api.server, await tokenByAssertion());
});
afterAll(() => api.close());

const base = () => `http://127.0.0.1:${(api.server.address() as AddressInfo).port}`;

async function client(): Promise<{ clientId: string; clientSecret: string }> {
  const administrator = await api.as('Administrator');
  const { body } = await administrator.post('/api/v1/oauth-clients').send({ name: 'sdk', roles: ['ORG_ADMIN'] });
  return body;
}

/** As the class of the package root does it before its first call, and then once an hour. */
async function tokenByAssertion(): Promise<string> {
  const { clientId, clientSecret: secret } = await client();
  const { hostname } = new URL(base());
  return tokenOf({
    client_id: clientId,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertionOf({ clientId, secret, audience: hostname }),
  });
}

async function tokenOf(form: Record<string, string>): Promise<string> {
  const answer = await fetch(`${base()}/auth/v1/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...form }).toString(),
  });
  expect(answer.status).toBe(200);
  const token = (await answer.json()) as { access_token: string; token_type: string; expires_in: number };
  expect(token).toMatchObject({ token_type: 'Bearer', expires_in: expect.any(Number) });
  return token.access_token;
}

describe('the sample call of the published page', () => {
  it('is answered with every field of its example, each of its kind', async () => {
    const attributes = {
      department: 'department',
      state: 'status',
      boss: 'manager',
      job: 'title',
      type: 'employmentType',
    };
    for (const [attribute, field] of Object.entries(attributes)) {
      await api.organization.mapping(connector, `attributes.${attribute}`, field);
    }
    await api.organization.mapping(connector, 'email', 'email');
    await api.organization.mapping(connector, 'identityId', 'identityId');
    const boss = await api.organization.user();
    const superior = await api.organization.owner({ user_id: boss.id });
    const owner = await api.organization.owner({
      user_id: user.id,
      connector_id: connector.id,
      identity_id: 'E1',
      manager_id: superior.id,
      department: 'Sales',
      title: 'Clerk',
      employment_type: 'permanent',
    });
    const told = { department: 'Sales', state: 'A', boss: 'E0', job: 'Clerk', type: 'permanent' };
    await api.organization.account(connector, owner, { email: 'ada@example.com', attributes: told });
    await api.given.insert('role_assignment', {
      organization_id: api.organization.id,
      user_id: user.id,
      role: 'HELPDESK',
    });
    await sdk.call('POST', `${owners}/users/{role_slug}/{user_ref_id}`, ofUser());
    const answer = await sdk.call('GET', `${owners}/users/{role_slug}/{user_ref_id}`, ofUser());
    // Nobody is deleted here, and nothing maps to a user's name.
    const place = '$.connectorOwnerUser.user';
    const unknown = [`${place}.deletedAt is never told`, `${place}.usernameSources is always empty`];
    expect(deviationsFrom(connectorOwner, [answer])).toEqual(unknown);
  });
});

describe('each call as the published client sends it', () => {
  it('of owners of a connector', async () => {
    const user1 = `${owners}/users/{role_slug}/{user_ref_id}`;
    await sdk.call('POST', user1, ofUser('technical_owner'));
    await sdk.call('POST', user1, ofUser('technical_owner'), { body: { userRef: { id: user.id } } });
    await sdk.call('GET', user1, ofUser('technical_owner'));
    await sdk.call('GET', `${owners}/users`, inConnector());
    const page = { page_size: 10, page_token: '', role_slug: 'technical_owner' };
    expect(await sdk.call('GET', `${owners}/users`, inConnector(), { query: page })).toMatchObject({
      list: [{ user: { id: user.id } }],
      nextPageToken: '',
    });
    expect(await sdk.call('DELETE', user1, ofUser('technical_owner'))).toEqual({});
    await sdk.call('POST', user1, ofUser('technical_owner'), { body: {} });
    const body = { userRef: { id: user.id } };
    expect(await sdk.call('DELETE', user1, ofUser('technical_owner'), { body })).toEqual({});

    const entitlement = `${owners}/entitlements/{role_slug}/{app_entitlement_ref_app_id}/{app_entitlement_ref_id}`;
    await sdk.call('POST', entitlement, ofRight());
    await sdk.call('GET', entitlement, ofRight());
    await sdk.call('GET', `${owners}/entitlements`, inConnector(), { query: page });
    expect(await sdk.call('DELETE', entitlement, ofRight())).toEqual({});

    const refs = { userRefs: [{ id: user.id }], appEntitlementRefs: [{ appId: app.id, id: right.id }] };
    const set = { roleSlug: 'backup_owner', ...refs };
    expect(await sdk.call('PUT', owners, inConnector(), { body: set })).toEqual({});
    const none = { roleSlug: 'backup_owner', userRefs: null, appEntitlementRefs: null };
    expect(await sdk.call('PUT', owners, inConnector(), { body: none })).toEqual({});
  });

  it('of applications and their connectors', async () => {
    await sdk.call('GET', '/api/v1/apps', {}, { query: { page_size: 10 } });
    const made = await sdk.call('POST', '/api/v1/apps', {}, { body: { displayName: 'Shop', description: '' } });
    const { app: shop } = made as { app: { id: string } };
    await sdk.call('GET', '/api/v1/apps/{id}', { id: shop.id });

    const within = { app_id: shop.id };
    const wanted = { catalogId: 'delimited-file', config, description: 'Nightly', userIds: [user.id] };
    const body = { ...wanted, expandMask: { paths: ['app_id', 'user_ids'] } };
    const created = await sdk.call('POST', `${connectors}/create`, within, { body });
    const { connectorView } = created as { connectorView: { connector: { id: string } } };
    const { connector: one } = connectorView;
    await sdk.call('GET', connectors, within, { query: { page_size: 100 } });
    const read = await sdk.call('GET', `${connectors}/{id}`, { ...within, id: one.id });
    expect(read).toMatchObject({ connectorView: { connector: one } });
    const changed = { ...one, description: 'Weekly' };
    const updates = [{ connector: changed }, { connector: changed, updateMask: 'description', expandMask: null }];
    for (const update of updates) {
      await sdk.call('POST', `${connectors}/{id}`, { ...within, id: one.id }, { body: update });
    }
    const at = { ...within, connector_id: one.id };
    for (const verb of ['pause', 'resume']) {
      expect(await sdk.call('POST', `${connectors}/{connector_id}/${verb}`, at)).toEqual({});
      expect(await sdk.call('POST', `${connectors}/{connector_id}/${verb}`, at, { body: {} })).toEqual({});
    }
    const cron = { cronSpec: '30 2 * * *', timezone: 'Europe/Helsinki' };
    const path = `${connectors}/{connector_id}/schedule`;
    await sdk.call('POST', path, at, { body: { cron } });
    const start = '2030-01-01T00:00:00.000Z';
    await sdk.call('POST', path, at, { body: { ...cron, start } });
    expect(await sdk.call('GET', `${connectors}/{id}`, { ...within, id: one.id })).toMatchObject({
      connectorView: { connector: { connectorSyncCronSchedule: { ...cron, start } } },
    });
    await sdk.call('POST', path, at, { body: { cron: { cronSpec: '' } } });
    expect(await sdk.call('DELETE', `${connectors}/{id}`, { ...within, id: one.id })).toEqual({});
    expect(await sdk.call('DELETE', `${connectors}/{id}`, { ...within, id: one.id }).catch(String)).toMatch(/ 404 /);
  });

  it('of an application that is changed, owned and deleted', async () => {
    const body = { displayName: 'Till', owners: [user.id], description: null };
    const made = await sdk.call('POST', '/api/v1/apps', {}, { body });
    const { app: till } = made as { app: { id: string; appOwners: object[] } };
    expect(till.appOwners).toMatchObject([{ id: user.id }]);
    // What its model of an application may send back is less than it reads.
    const { id, appOwners: _, ...rest } = till;
    const sent = { app: { ...rest, description: 'Old', createdAt: null }, updateMask: 'description' };
    expect(await sdk.call('POST', '/api/v1/apps/{id}', { id }, { body: sent })).toMatchObject({
      app: { displayName: 'Till', description: 'Old' },
    });
    await sdk.call('POST', '/api/v1/apps/{id}', { id }, { body: { app: till, updateMask: null } });

    const ownersOf = '/api/v1/apps/{app_id}/owners';
    const of = { app_id: id };
    const listed = await sdk.call('GET', ownersOf, of, { query: { page_size: 10 } });
    expect(listed).toMatchObject({ list: [{ id: user.id }], nextPageToken: '' });
    expect(await sdk.call('GET', '/api/v1/apps/{app_id}/ownerids', of)).toEqual({ userIds: [user.id] });
    const one = { ...of, user_id: user.id };
    for (const sentBody of [undefined, {}]) {
      expect(await sdk.call('DELETE', `${ownersOf}/{user_id}`, one, { body: sentBody })).toEqual({});
      expect(await sdk.call('POST', `${ownersOf}/{user_id}`, one, { body: sentBody })).toEqual({});
    }
    for (const userIds of [[user.id], [], null]) {
      expect(await sdk.call('PUT', ownersOf, of, { body: { userIds } })).toEqual({});
    }
    expect(await sdk.call('DELETE', ownersOf, of)).toEqual({});
    expect(await sdk.call('DELETE', ownersOf, of, { body: {} })).toEqual({});
    expect(await sdk.call('DELETE', '/api/v1/apps/{id}', { id })).toEqual({});
  });

  it('of directories', async () => {
    const made = await sdk.call('POST', '/api/v1/apps', {}, { body: { displayName: 'People' } });
    const { app: people } = made as { app: { id: string } };
    const of = { app_id: people.id };
    const directories = '/api/v1/directories';
    const body = { appId: people.id, all: {}, expandMask: { paths: ['*'] } };
    const told = { directoryView: { directory: { appId: people.id } } };
    expect(await sdk.call('POST', directories, {}, { body })).toMatchObject(told);
    await sdk.call('POST', directories, {}, { body: { appId: people.id } });
    await sdk.call('GET', directories, {}, { query: { page_size: 10, page_token: '' } });
    expect(await sdk.call('GET', `${directories}/{app_id}`, of)).toMatchObject(told);
    expect(await sdk.call('PUT', `${directories}/{app_id}`, of)).toMatchObject(told);
    expect(await sdk.call('PUT', `${directories}/{app_id}`, of, { body: { all: {}, expandMask: null } })).toMatchObject(
      told,
    );
    expect(await sdk.call('DELETE', `${directories}/{app_id}`, of)).toEqual({});
    await sdk.call('DELETE', '/api/v1/apps/{id}', { id: people.id });
  });

  it('of runs that are asked for, and of one that is held back', async () => {
    const administrator = await api.as('Administrator');
    const plain = { kind: 'delimited-file', mapping: { login: 'nativeIdentity' } };
    const feed = await Feed.create(administrator, 'Held', plain);
    await feed.upload('login\na\n');
    const [, , , , application_id] = feed.path.split('/');
    const at = { app_id: application_id!, connector_id: feed.connectorId };
    expect(await sdk.call('POST', `${connectors}/{connector_id}/force_sync`, at, { body: {} })).toEqual({});
    const [run] = await feed.runs();
    const held = { ...at, sync_lifecycle_id: String(run!['id']) };
    await api.given.sql(`update sync_run set state = 'needs_confirmation' where id = $1`, [held.sync_lifecycle_id]);
    await sdk.call('GET', `${connectors}/{id}`, { app_id: application_id!, id: feed.connectorId });
    const confirm = `${connectors}/{connector_id}/confirm_sync_valid/{sync_lifecycle_id}`;
    expect(await sdk.call('POST', confirm, held, { body: {} })).toEqual({});
    expect(await sdk.call('POST', confirm, held).catch(String)).toMatch(/ 400 \{"code":9/);
  });

  it('of users, their accounts, and who is calling', async () => {
    await sdk.call('GET', '/api/v1/users', {}, { query: { page_size: 10, page_token: '' } });
    await sdk.call('GET', '/api/v1/users/{id}', { id: user.id });
    const search = { email: 'ADA@example.com', displayName: null, ids: null, pageSize: 10, pageToken: null };
    const expandMask = { paths: ['*'] };
    const found = await sdk.call('POST', '/api/v1/search/users', {}, { body: { ...search, expandMask } });
    expect(found).toMatchObject({ list: [{ user: { id: user.id } }] });
    await sdk.call('POST', '/api/v1/search/users');
    const people = {
      departments: [],
      excludeIds: [app.id],
      excludeTypes: ['USER_TYPE_SYSTEM'],
      jobTitles: null,
      managerIds: [],
      query: 'ada',
      refs: [{ id: user.id }],
      roleIds: null,
      userStatuses: ['ENABLED'],
    };
    const met = await sdk.call('POST', '/api/v1/search/users', {}, { body: people });
    expect(met).toMatchObject({ list: [{ user: { id: user.id } }] });
    await sdk.call('GET', '/api/v1/apps/{app_id}/app_users', { app_id: app.id });
    const ofOne = { app_id: app.id, user_id: user.id };
    await sdk.call('GET', '/api/v1/apps/{app_id}/users/{user_id}/app_users', ofOne);
    const accounts = {
      appId: app.id,
      appUserDomains: ['APP_USER_DOMAIN_TRUSTED'],
      appUserIds: null,
      appUserStatusDetails: [],
      appUserStatuses: ['STATUS_ENABLED'],
      appUserTypes: ['APP_USER_TYPE_USER'],
      excludeAppUserIds: [user.id],
      expandMask,
      pageSize: 10,
      query: '',
      userIds: [user.id],
    };
    const all = await sdk.call('POST', '/api/v1/search/app_users', {}, { body: accounts });
    const [{ appUser }] = (all as { list: [{ appUser: { id: string; appId: string } }] }).list;
    expect(appUser.appId).toBe(app.id);
    const refs = [{ appId: app.id, id: appUser.id }];
    const one = await sdk.call('POST', '/api/v1/search/app_users', {}, { body: { refs } });
    expect(one).toMatchObject({ list: [{ appUser }], nextPageToken: '' });
    expect(await sdk.call('GET', '/api/v1/auth/introspect')).toMatchObject({ roles: ['ORG_ADMIN'] });
  });

  it('says no in a body the client can read, whatever stands in the path', async () => {
    for (const part of ['a/b', 'ä ?#', '..', '%', 'x'.repeat(101)]) {
      const path = { ...ofUser(part), user_ref_id: part };
      for (const method of ['GET', 'POST', 'DELETE']) {
        const answer = await sdk.send(method, `${owners}/users/{role_slug}/{user_ref_id}`, path);
        expect([part, method, answer.statusCode]).toEqual([part, method, 404]);
        expect(answer.contentType).toMatch(/^application\/json/);
        expect(answer.body).toMatchObject({ code: 5, message: expect.any(String) });
      }
    }
  });
});

describe('tokens of a client', () => {
  it('are given for its secret in the body too', async () => {
    const { clientId, clientSecret } = await client();
    const token = await tokenOf({ client_id: clientId, client_secret: clientSecret });
    const bySecret = new ConnectorOwnersSdk(api.server, token);
    await bySecret.call('GET', '/api/v1/auth/introspect');
  });
});

describe('what the client refuses of an answer', () => {
  const refused: readonly (readonly [string, unknown])[] = [
    ['null where it wants a value or nothing', { connectorOwnerUser: null }],
    ['a null row', { list: [null] }],
    ['null for an entitlement that owns', { connectorOwnerEntitlement: null }],
    ['null for a page that follows', { nextPageToken: null }],
    ['null for where a user comes from', { userView: { user: { origin: null } } }],
    ['null for the rank of a source', { user: { emailSources: [{ priority: null }] } }],
    ...['configUpdatedAt', 'connectorApiVersion', 'connectorSyncCronSchedule', 'syncConfig'].map(
      (name): [string, unknown] => [
        `null for ${name} of a connector`,
        { connectorView: { connector: { [name]: null } } },
      ],
    ),
    ...['accessModel', 'annotations', 'appUserMapper', 'enableConnectorSourcedOwnership'].map(
      (name): [string, unknown] => [`null for ${name} of an application`, { list: [{ [name]: null }] }],
    ),
    ['null for how a directory merges', { directoryView: { directory: { mergeConfig: null } } }],
    ...['appId', 'connectorId', 'createdAt', 'user', 'appEntitlement'].map((name): [string, unknown] => [
      `null for ${name} of an ownership`,
      { list: [{ roleSlug: 'owner', [name]: null }] },
    ]),
    ['null for the role of an ownership', { connectorOwnerUser: { roleSlug: null } }],
    ...['start', 'timezone'].map((name): [string, unknown] => [
      `null for ${name} of a schedule`,
      { connector: { connectorSyncCronSchedule: { cronSpec: '0 3 * * *', [name]: null } } },
    ]),
    ['no instant for the start of a schedule', { connectorSyncCronSchedule: { cronSpec: '', start: '2030-01-01' } }],
    ['a number for a count of grants', { appEntitlement: { grantCount: 3 } }],
    ['a time without a zone', { createdAt: '2026-01-01T00:00:00' }],
    ['a day for a time', { updatedAt: '2026-01-01' }],
    ['a number for a count', { app: { userCount: 3 } }],
  ];
  it.each(refused)('is %s', (_, answer) => {
    expect(refusedBySdk(answer)).toHaveLength(1);
  });

  it('is not null where its models take it', () => {
    const nulls = { appId: null, createdAt: null, deletedAt: null, description: null, status: null, userIds: null };
    expect(refusedBySdk({ list: [{ appUser: nulls }, { connector: nulls }, nulls], expanded: null })).toEqual([]);
  });
});
