import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import type { GivenOrganization, Row } from '../../support/given.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const config = { kind: 'delimited-file', mapping: { login: 'nativeIdentity' } };

let api: TestApi;
let organization: GivenOrganization;
let client: Client;

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(async () => api.close());
beforeEach(async () => {
  organization = await api.given.organization();
  client = await api.as('SOURCE_ADMIN', organization);
});

async function createdApp(displayName = 'Salesforce'): Promise<string> {
  return (await client.post('/api/v1/apps').send({ displayName }).expect(200)).body.app.id;
}

async function createdConnector(appId: string, displayName = 'Export'): Promise<string> {
  const path = `/api/v1/apps/${appId}/connectors/create`;
  return (await client.post(path).send({ displayName, config }).expect(200)).body.connectorView.connector.id;
}

const invalid = { code: 3, message: expect.stringMatching(/\S/) };
const notFound = { code: 5, message: 'Not found.' };

describe('an application', () => {
  it('is created with 200 and read back the same', async () => {
    const { body, headers } = await client
      .post('/api/v1/apps')
      .send({ displayName: 'Café', description: 'Sales' })
      .expect(200);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(body).toEqual({
      app: {
        id: expect.stringMatching(uuid),
        displayName: 'Café',
        description: 'Sales',
        isDirectory: false,
        isManuallyManaged: false,
        appOwners: [],
        userCount: '0',
        createdAt: expect.stringMatching(instant),
        updatedAt: expect.stringMatching(instant),
        deletedAt: null,
      },
    });
    expect((await client.get(`/api/v1/apps/${body.app.id}`).expect(200)).body).toEqual(body);
    expect((await client.get('/api/v1/apps').expect(200)).body).toEqual({ list: [body.app], nextPageToken: '' });
  });

  it('counts its accounts as a text', async () => {
    const application = await organization.application();
    for (const feed of [await organization.connector(application), await organization.connector(application)]) {
      await organization.account(feed);
    }
    expect((await client.get(`/api/v1/apps/${application.id}`).expect(200)).body.app.userCount).toBe('2');
  });

  it('has a name of its own, whatever the case and composition', async () => {
    await createdApp('Café');
    for (const displayName of ['Café', 'CAFÉ', 'Cafe\u0301']) {
      const { body } = await client.post('/api/v1/apps').send({ displayName }).expect(409);
      expect(body).toEqual({ code: 6, message: expect.stringMatching(/\S/) });
    }
  });

  it('is made once by eight who make it at the same time', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => client.post('/api/v1/apps').send({ displayName: 'Race' })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(7);
  });

  it('takes null for an absent description', async () => {
    const { body } = await client.post('/api/v1/apps').send({ displayName: 'A', description: null }).expect(200);
    expect(body.app.description).toBe('');
  });

  it.each([
    ['nothing', undefined],
    ['no name', {}],
    ['an empty name', { displayName: '' }],
    ['a blank name', { displayName: ' \t' }],
    ['null for a name', { displayName: null }],
    ['a number for a name', { displayName: 1 }],
    ['a name too long', { displayName: 'x'.repeat(257) }],
    ['a list for a description', { displayName: 'A', description: [] }],
    ['a description too long', { displayName: 'A', description: 'x'.repeat(4097) }],
    ['an unknown field', { displayName: 'A', policyId: 'x' }],
    ['a field only the server sets', { displayName: 'A', id: newId() }],
    ['NUL in the name', { displayName: 'a\u0000' }],
    ['a list', []],
  ])('is not made of %s', async (_, body) => {
    const response = await client.post('/api/v1/apps').send(body);
    expect([response.status, response.body]).toEqual([400, invalid]);
    expect((await client.get('/api/v1/apps').expect(200)).body.list).toEqual([]);
  });

  it.each([
    ['application/json', '{"displayName":"A"', 400],
    ['application/json', '{"displayName":"\\ud800"}', 400],
    ['application/json', `{"displayName":"A","description":"${'x'.repeat(4_300_000)}"}`, 400],
    ['application/json', '', 400],
    ['text/plain', 'A', 415],
    ['application/x-www-form-urlencoded', 'displayName=A', 415],
  ])('is not made of %s holding %.40s', async (type, text, status) => {
    const response = await client.post('/api/v1/apps').set('Content-Type', type).send(text);
    expect([response.status, response.body]).toEqual([status, invalid]);
  });
});

describe('a connector', () => {
  const body = { displayName: 'Nightly', description: 'From the mainframe', config };

  it('is created with 200 in its envelope and read back the same', async () => {
    const appId = await createdApp();
    const path = `/api/v1/apps/${appId}/connectors`;
    const created = (await client.post(`${path}/create`).send(body).expect(200)).body;
    expect(created).toMatchObject({
      connectorView: {
        connector: {
          id: expect.stringMatching(uuid),
          appId,
          catalogId: 'delimited-file',
          displayName: 'Nightly',
          description: 'From the mainframe',
          userIds: [],
          config: { '@type': expect.any(String), ...config, separator: ',', authoritative: false },
          status: { status: 'SYNC_STATUS_UNSPECIFIED', lastError: '' },
          createdAt: expect.stringMatching(instant),
        },
        appPath: '',
        usersPath: '',
        capabilitiesPath: '',
      },
      expanded: [],
    });
    const { id } = created.connectorView.connector;
    expect((await client.get(`${path}/${id}`).expect(200)).body).toEqual(created);
    const list = (await client.get(path).expect(200)).body;
    expect(list).toEqual({ list: [created.connectorView], expanded: [], nextPageToken: '' });
  });

  it('leaves out what strict clients do not take null for', async () => {
    const appId = await createdApp();
    const { body: got } = await client
      .get(`/api/v1/apps/${appId}/connectors/${await createdConnector(appId)}`)
      .expect(200);
    const refused = ['configUpdatedAt', 'connectorApiVersion', 'connectorSyncCronSchedule', 'syncConfig'];
    for (const name of refused) expect(got.connectorView.connector[name]).not.toBeNull();
    const { app } = (await client.get(`/api/v1/apps/${appId}`).expect(200)).body;
    for (const name of ['accessModel', 'annotations', 'appUserMapper', 'enableConnectorSourcedOwnership']) {
      expect(app[name]).not.toBeNull();
    }
  });

  it('makes its application a directory when it is authoritative', async () => {
    const appId = await createdApp();
    const authoritative = {
      ...config,
      mapping: { login: 'nativeIdentity', n: 'name' },
      authoritative: true,
      ownerMapping: { name: 'name' },
    };
    await client
      .post(`/api/v1/apps/${appId}/connectors/create`)
      .send({ displayName: 'HR', config: authoritative })
      .expect(200);
    expect((await client.get(`/api/v1/apps/${appId}`).expect(200)).body.app.isDirectory).toBe(true);
  });

  it('makes its application a directory also when it becomes authoritative later, which is recorded once', async () => {
    const appId = await createdApp();
    const id = await createdConnector(appId);
    const authoritative = {
      ...config,
      mapping: { login: 'nativeIdentity', n: 'name' },
      authoritative: true,
      ownerMapping: { name: 'name' },
    };
    const send = { connector: { config: authoritative } };
    await client.post(`/api/v1/apps/${appId}/connectors/${id}`).send(send).expect(200);
    await client.post(`/api/v1/apps/${appId}/connectors/${id}`).send(send).expect(200);
    expect((await client.get(`/api/v1/apps/${appId}`).expect(200)).body.app.isDirectory).toBe(true);
    const recorded = await api.given.sql(
      'select action, before, after from audit_event where subject_id = any($1::uuid[]) order by at, id',
      [[appId, id]],
    );
    expect(recorded.map(({ action }) => action)).toEqual([
      'application.created',
      'connector.created',
      'connector.updated',
      'application.updated',
    ]);
    expect(recorded[3]).toMatchObject({ before: { isDirectory: false }, after: { isDirectory: true } });
  });

  it('has a name of its own within the application', async () => {
    const [one, other] = [await createdApp('One'), await createdApp('Other')];
    await createdConnector(one);
    await createdConnector(other);
    const again = { displayName: 'EXPORT', config };
    const { body: refused } = await client.post(`/api/v1/apps/${one}/connectors/create`).send(again).expect(409);
    expect(refused.code).toBe(6);
    const second = await createdConnector(one, 'Second');
    const renamed = await client
      .post(`/api/v1/apps/${one}/connectors/${second}`)
      .send({ connector: { displayName: 'Export' } });
    expect([renamed.status, renamed.body.code]).toEqual([409, 6]);
  });

  it('changes what is given, within the mask', async () => {
    const appId = await createdApp();
    const path = `/api/v1/apps/${appId}/connectors/${await createdConnector(appId)}`;
    const send = async (sent: object) => (await client.post(path).send(sent).expect(200)).body.connectorView.connector;
    const wanted = { displayName: 'New', description: 'Said' };
    expect(await send({ connector: wanted, updateMask: 'description' })).toMatchObject({
      displayName: 'Export',
      description: 'Said',
    });
    expect(await send({ connector: { ...wanted, description: null }, updateMask: null })).toMatchObject(wanted);
    expect(await send({ connector: { displayName: null } })).toMatchObject(wanted);
    const separated = await send({
      connector: { displayName: 'New', config: { ...config, separator: ';' } },
      updateMask: ' config , displayName',
    });
    expect(separated).toMatchObject({ ...wanted, config: { separator: ';' } });
    expect(await send({ connector: {} })).toEqual({ ...separated, updatedAt: expect.any(String) });
  });

  it('takes the name of its application when it is given none', async () => {
    const appId = await createdApp('Wiki');
    const made = await client.post(`/api/v1/apps/${appId}/connectors/create`).send({ config }).expect(200);
    expect(made.body.connectorView.connector.displayName).toBe('Wiki');
  });

  it('is owned from the start by whom it is given, and later by whom the mask says', async () => {
    const [one, other] = [await organization.user(), await organization.user()];
    const appId = await createdApp();
    const body = { displayName: 'Owned', config, userIds: [one.id.toUpperCase()], expandMask: { paths: ['*'] } };
    const { body: made } = await client.post(`/api/v1/apps/${appId}/connectors/create`).send(body).expect(200);
    const { connector, appPath, usersPath, capabilitiesPath } = made.connectorView;
    expect([connector.userIds, capabilitiesPath]).toEqual([[one.id], '']);
    expect([appPath, usersPath]).toEqual(['$.expanded[0]', '$.expanded[1]']);
    expect(made.expanded).toMatchObject([
      { '@type': expect.stringMatching(/App$/), id: appId },
      { '@type': expect.stringMatching(/User$/), id: one.id },
    ]);
    const path = `/api/v1/apps/${appId}/connectors/${connector.id}`;
    const send = async (sent: object) => (await client.post(path).send(sent).expect(200)).body;
    const kept = await send({ connector: { userIds: [other.id] } });
    expect([kept.connectorView.connector.userIds, kept.expanded]).toEqual([[one.id], []]);
    const changed = await send({ connector: { userIds: [other.id] }, updateMask: 'userIds' });
    expect(changed.connectorView.connector.userIds).toEqual([other.id]);
    const { list } = (await client.get(`${path.replace('v1', 'v2')}/owners/users`).expect(200)).body;
    expect(list.map(({ roleSlug, user }: { roleSlug: string; user: Row }) => [roleSlug, user.id])).toEqual([
      ['owner', other.id],
    ]);
    const shown = await send({ connector: {}, expandMask: { paths: ['user_ids'] } });
    expect(shown.expanded).toMatchObject([{ id: other.id }]);
    expect((await send({ connector: {}, updateMask: 'userIds' })).connectorView.connector.userIds).toEqual([]);
  });

  it('is given to nobody with the token of an impersonation, which may do everything else with it', async () => {
    const admin = await api.as('Administrator', organization);
    const target = await api.as('SOURCE_ADMIN', organization);
    const { body } = await admin.post('/api/v1/auth/impersonate').send({ userId: target.user.id }).expect(200);
    const acting = api.client(body.token);
    const user = await organization.user();
    const appId = await createdApp();
    const path = `/api/v1/apps/${appId}/connectors/${await createdConnector(appId)}`;
    const create = `/api/v1/apps/${appId}/connectors/create`;
    const owned = { displayName: 'Owned', config, userIds: [user.id] };
    expect((await acting.post(create).send(owned).expect(403)).body).toMatchObject({ code: 7 });
    const change = { connector: { displayName: 'Changed', userIds: [] }, updateMask: 'displayName,userIds' };
    await acting.post(path).send(change).expect(403);
    expect((await client.get(path).expect(200)).body.connectorView.connector.displayName).toBe('Export');
    await acting
      .post(path)
      .send({ ...change, updateMask: 'displayName' })
      .expect(200);
  });

  it('loses what a mask names and the body lacks, but for its name and its configuration', async () => {
    const appId = await createdApp();
    const path = `/api/v1/apps/${appId}/connectors/${await createdConnector(appId)}`;
    await client
      .post(path)
      .send({ connector: { description: 'Said' } })
      .expect(200);
    const { body } = await client.post(path).send({ connector: {}, updateMask: 'description' }).expect(200);
    expect(body.connectorView.connector.description).toBe('');
    for (const updateMask of ['displayName', 'config', 'description,config']) {
      expect(
        (
          await client
            .post(path)
            .send({ connector: { description: 'x' }, updateMask })
            .expect(400)
        ).body,
      ).toEqual(invalid);
    }
    // What the mask leaves out is not looked at.
    await client
      .post(path)
      .send({ connector: { config: {} }, updateMask: 'description' })
      .expect(200);
    expect((await client.get(path).expect(200)).body.connectorView.connector).toMatchObject({
      displayName: 'Export',
      description: '',
    });
  });

  it('is neither made nor changed for somebody there is not', async () => {
    const stranger = await (await api.given.organization()).user();
    const appId = await createdApp();
    const id = await createdConnector(appId);
    for (const userId of [stranger.id, newId(), 'x']) {
      const body = { displayName: 'Owned', config, userIds: [userId] };
      await client.post(`/api/v1/apps/${appId}/connectors/create`).send(body).expect(404);
      const change = { connector: { displayName: 'Other', userIds: [userId] }, updateMask: 'displayName,userIds' };
      await client.post(`/api/v1/apps/${appId}/connectors/${id}`).send(change).expect(404);
    }
    const { list } = (await client.get(`/api/v1/apps/${appId}/connectors`).expect(200)).body;
    expect(list.map(({ connector }: { connector: { displayName: string } }) => connector.displayName)).toEqual([
      'Export',
    ]);
  });

  it('is changed by what a client read and sends back, but for what cannot be changed', async () => {
    const appId = await createdApp();
    const path = `/api/v1/apps/${appId}/connectors/${await createdConnector(appId)}`;
    const { connector } = (await client.get(path).expect(200)).body.connectorView;
    const sent = { ...connector, id: newId(), appId: newId(), displayName: 'Again', status: null, createdAt: 'never' };
    const { body } = await client.post(path).send({ connector: sent }).expect(200);
    expect(body.connectorView.connector).toEqual({
      ...connector,
      displayName: 'Again',
      updatedAt: expect.any(String),
    });
  });

  it('gives its own configuration back in the form it takes', async () => {
    const appId = await createdApp();
    const path = `/api/v1/apps/${appId}/connectors/${await createdConnector(appId)}`;
    const { connector } = (await client.get(path).expect(200)).body.connectorView;
    await client
      .post(path)
      .send({ connector: { config: connector.config } })
      .expect(200);
  });

  it.each([
    ['nothing', undefined],
    ['no configuration', { displayName: 'A' }],
    ['null for a configuration', { displayName: 'A', config: null }],
    ['a text for a configuration', { displayName: 'A', config: 'x' }],
    ['a blank name', { displayName: ' ', config }],
    ['an unknown kind', { displayName: 'A', config: { ...config, kind: 'ldap' } }],
    ['another catalogue', { displayName: 'A', config, catalogId: 'ldap' }],
    ['no native identity', { displayName: 'A', config: { ...config, mapping: { a: 'name' } } }],
    ['an unknown target', { displayName: 'A', config: { ...config, mapping: { ...config.mapping, b: 'salary' } } }],
    ['a number for a target', { displayName: 'A', config: { ...config, mapping: { login: 1 } } }],
    ['a separator of two letters', { displayName: 'A', config: { ...config, separator: ';;' } }],
    ['an unknown key', { displayName: 'A', config: { ...config, password: 'x' } }],
    ['a threshold above 100', { displayName: 'A', config: { ...config, deletionThreshold: { percent: 101 } } }],
    ['authoritative without owners', { displayName: 'A', config: { ...config, authoritative: true } }],
    ['an unknown field', { displayName: 'A', config, colour: 'red' }],
    ['users that are no list', { displayName: 'A', config, userIds: 'x' }],
    ['a number for a user', { displayName: 'A', config, userIds: [1] }],
    ['an unknown path to expand', { displayName: 'A', config, expandMask: { paths: ['config'] } }],
  ])('is not made of %s', async (_, sent) => {
    const appId = await createdApp();
    const response = await client.post(`/api/v1/apps/${appId}/connectors/create`).send(sent);
    expect([response.status, response.body]).toEqual([400, invalid]);
  });

  it.each([
    ['nothing', undefined],
    ['a name at the top', { displayName: 'A' }],
    ['a list', { connector: [] }],
    ['an empty name', { connector: { displayName: '' } }],
    ['an unknown field', { connector: { colour: 'red' } }],
    ['a field in the mask that cannot be changed', { connector: { appId: newId() }, updateMask: 'appId' }],
    ['a list for a mask', { connector: {}, updateMask: ['displayName'] }],
    ['a bad configuration', { connector: { config: {} } }],
  ])('is not changed by %s', async (_, sent) => {
    const appId = await createdApp();
    const path = `/api/v1/apps/${appId}/connectors/${await createdConnector(appId)}`;
    const response = await client.post(path).send(sent);
    expect([response.status, response.body]).toEqual([400, invalid]);
  });
});

describe('an unknown application or connector', () => {
  it('is 404 in one form, before the body is judged', async () => {
    const [appId, other] = [await createdApp('One'), await createdApp('Two')];
    const connector = await createdConnector(appId);
    const foreign = await createdConnector(other);
    const bad = { nonsense: true };
    const answers = [
      await client.get(`/api/v1/apps/${newId()}`),
      await client.get('/api/v1/apps/x'),
      await client.get(`/api/v1/apps/${'x'.repeat(450)}`),
      await client.get(`/api/v1/apps/${newId()}/connectors`),
      await client.post(`/api/v1/apps/${newId()}/connectors/create`).send(bad),
      await client.get(`/api/v1/apps/${appId}/connectors/${foreign}`),
      await client.get(`/api/v1/apps/${appId}/connectors/create`),
      await client.post(`/api/v1/apps/${other}/connectors/${connector}`).send(bad),
      await client.post(`/api/v1/apps/${appId}/connectors/${newId()}/validate`).send(bad),
      await client.post(`/api/v1/apps/${appId}/connectors/${foreign}/runs`).send(bad),
      await client.post(`/api/v1/apps/${appId}/connectors/${foreign}/files`).send(bad),
      await client.get(`/api/v1/apps/${appId}/connectors/${foreign}/runs`),
      await client.get(`/api/v1/apps/${appId}/connectors/${connector}/runs/${newId()}`),
      await client.get(`/api/v1/apps/${appId}/connectors/${connector}/runs/${newId()}/rows`),
    ];
    for (const { status, body } of answers) expect([status, body]).toEqual([404, notFound]);
  });
});
