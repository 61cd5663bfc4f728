import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import type { GivenOrganization, Row } from '../../support/given.js';
import { Trail } from '../../support/trail.js';

let api: TestApi;
let organization: GivenOrganization;
let admin: Client;
let application: Row;
let trail: Trail;

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(() => api.close());
beforeEach(async () => {
  organization = await api.given.organization();
  admin = await api.as('SOURCE_ADMIN', organization);
  application = await organization.application({ name: 'Wiki', description: 'Pages' });
  trail = new Trail(api.given, organization.id);
  await trail.mark();
});

const path = () => `/api/v1/apps/${application.id}`;
const got = async () => (await admin.get(path()).expect(200)).body.app;
const sent = async (body?: object) => (await admin.post(path()).send(body).expect(200)).body.app;
const notFound = { code: 5, message: 'Not found.' };

describe('POST /api/v1/apps/{id}', () => {
  it('without a mask changes what is given, tells it and records it', async () => {
    const before = await got();
    const after = await sent({ app: { displayName: 'Cafe\u0301' } });
    expect(after).toEqual({ ...before, displayName: 'Café', updatedAt: expect.any(String) });
    expect(Date.parse(after.updatedAt)).toBeGreaterThan(Date.parse(before.updatedAt));
    expect(await got()).toEqual(after);
    const told = { name: 'Wiki', description: 'Pages' };
    expect(await trail.told()).toEqual([['application.updated', told, { ...told, name: 'Café' }]]);
    expect(await sent({ app: { description: '' } })).toMatchObject({ displayName: 'Café', description: '' });
  });

  it('with a mask changes what it names alone, and what the body lacks of it becomes empty', async () => {
    const app = { displayName: 'New', description: 'Said' };
    expect(await sent({ app, updateMask: 'description' })).toMatchObject({ displayName: 'Wiki', description: 'Said' });
    expect(await sent({ app, updateMask: ' displayName , description' })).toMatchObject(app);
    expect(await sent({ app: { displayName: 'Newer' }, updateMask: 'displayName' })).toMatchObject({
      displayName: 'Newer',
      description: 'Said',
    });
    expect(await sent({ app: {}, updateMask: 'description' })).toMatchObject({ displayName: 'Newer', description: '' });
  });

  it.each([{}, { app: {} }, { app: null }, { app: { displayName: 'Wiki', description: null }, updateMask: '' }])(
    'changes nothing by %j, and records nothing',
    async (body) => {
      const before = await got();
      expect(await sent(body)).toEqual(before);
      expect(await trail.told()).toEqual([]);
    },
  );

  it('takes an empty JSON body', async () => {
    const before = await got();
    const { body } = await admin.post(path()).set('Content-Type', 'application/json').send('').expect(200);
    expect(body).toEqual({ app: before });
  });

  it('takes what it has shown, and what only the server sets in it changes nothing', async () => {
    await organization.applicationOwner(application, await organization.user());
    const before = await got();
    expect(await sent({ app: before })).toEqual(before);
    const made = { id: newId(), isDirectory: true, isManuallyManaged: true, appOwners: [], userCount: 7 };
    const times = { createdAt: 'yesterday', updatedAt: null, deletedAt: [] };
    expect(await sent({ app: { ...before, ...made, ...times, description: 'More' } })).toEqual({
      ...before,
      description: 'More',
      updatedAt: expect.any(String),
    });
  });

  it.each([
    ['a list', []],
    ['an empty name', { app: { displayName: '' } }],
    ['a blank name', { app: { displayName: ' \t' } }],
    ['a name that is no text', { app: { displayName: 1 } }],
    ['a name too long', { app: { displayName: 'x'.repeat(257) } }],
    ['a description too long', { app: { description: 'x'.repeat(4097) } }],
    ['NUL in the name', { app: { displayName: 'a\u0000' } }],
    ['an app that is a text', { app: 'x' }],
    ['an app that is a list', { app: [] }],
    ['a field of the app there is not', { app: { certifyPolicyId: 'x' } }],
    ['a field there is not', { displayName: 'x' }],
    ['a mask of something unknown', { app: { displayName: 'x' }, updateMask: 'displayName,certifyPolicyId' }],
    ['a mask of what only the server sets', { app: { id: 'x' }, updateMask: 'id' }],
    ['a mask in snake case', { app: { displayName: 'x' }, updateMask: 'display_name' }],
    ['an empty entry in a mask', { app: { displayName: 'x' }, updateMask: 'displayName,' }],
    ['a mask that is a list', { app: { displayName: 'x' }, updateMask: ['displayName'] }],
    ['a mask of a name that is not given', { app: { description: 'x' }, updateMask: 'displayName,description' }],
  ])('is refused with %s', async (_, body) => {
    const before = await got();
    const response = await admin.post(path()).send(body);
    expect([response.status, response.body]).toEqual([400, { code: 3, message: expect.stringMatching(/\S/) }]);
    expect(await got()).toEqual(before);
    expect(await trail.told()).toEqual([]);
  });

  it('refuses a name that another has, whatever its case, and not that of one that is deleted', async () => {
    await organization.application({ name: 'Taken' });
    await organization.application({ name: 'Gone', deleted_at: new Date() });
    const { body } = await admin
      .post(path())
      .send({ app: { displayName: 'TAKEN' } })
      .expect(409);
    expect(body).toEqual({ code: 6, message: expect.stringMatching(/name exists/) });
    await sent({ app: { displayName: 'gone' } });
    expect((await sent({ app: { displayName: 'GONE' } })).displayName).toBe('GONE');
  });

  it('changed by many at once, tells each change from where the one before left it', async () => {
    await Promise.all(Array.from({ length: 8 }, (_, i) => sent({ app: { displayName: `Wiki ${i}` } })));
    const events = await trail.events();
    expect(events).toHaveLength(8);
    const links = events.map(({ before, after }) => [before!['name'], after!['name']] as const);
    let name: unknown = 'Wiki';
    for (let i = 0; i < 8; i++) name = links.find(([from]) => from === name)?.[1];
    expect(name).toBe((await got()).displayName);
  });
});

describe('DELETE /api/v1/apps/{id}', () => {
  it('takes it out of sight with its owners, leaves its name to others, and says so in the trail', async () => {
    const owner = await organization.user();
    await organization.applicationOwner(application, owner);
    await admin.post('/api/v1/directories').send({ appId: application.id }).expect(200);
    await trail.mark();
    expect((await admin.delete(path()).expect(200)).body).toEqual({});
    expect((await admin.get(path()).expect(404)).body).toEqual(notFound);
    expect((await admin.get('/api/v1/apps').expect(200)).body.list).toEqual([]);
    expect((await admin.get('/api/v1/directories').expect(200)).body.list).toEqual([]);
    for (const tail of ['connectors', 'owners', 'ownerids', 'app_users'])
      await admin.get(`${path()}/${tail}`).expect(404);
    await admin.post(`${path()}/connectors/create`).send({}).expect(404);
    await admin.post('/api/v1/directories').send({ appId: application.id }).expect(404);
    await admin.delete(path()).expect(404);
    expect(await trail.told()).toEqual([
      ['application.ownerRemoved', { userId: owner.id }, null],
      ['application.ownerRemoved', { applicationId: application.id }, null],
      ['application.deleted', { name: 'Wiki', description: 'Pages' }, null],
    ]);
    await admin.post('/api/v1/apps').send({ displayName: 'wiki' }).expect(200);
  });

  it('is refused as long as there is a connector', async () => {
    const connector = await organization.connector(application);
    const { body } = await admin.delete(path()).expect(400);
    expect(body).toEqual({ code: 9, message: expect.stringMatching(/connectors: delete them first/) });
    expect(await trail.told()).toEqual([]);
    await admin.delete(`${path()}/connectors/${connector.id}`).expect(200);
    await admin.delete(path()).expect(200);
  });

  it('and a connector made at the same time do not both succeed', async () => {
    const config = { kind: 'delimited-file', mapping: { login: 'nativeIdentity' } };
    for (let i = 0; i < 10; i++) {
      const home = await organization.application();
      const at = `/api/v1/apps/${home.id}`;
      const [made, deleted] = await Promise.all([
        admin.post(`${at}/connectors/create`).send({ displayName: 'Export', config }),
        admin.delete(at),
      ]);
      expect([
        [200, 400],
        [404, 200],
      ]).toContainEqual([made.status, deleted.status]);
    }
  });

  it('takes an empty JSON body, and nothing it does not know', async () => {
    const { body } = await admin.delete(path()).send({ force: true }).expect(400);
    expect(body).toMatchObject({ code: 3 });
    await admin.get(path()).expect(200);
    await admin.delete(path()).set('Content-Type', 'application/json').expect(200);
  });
});

describe.each(['post', 'delete'] as const)('%s /api/v1/apps/{id}', (method) => {
  it('is refused in the same order as the others: 401, 403, 404, 400', async () => {
    const wrong = { nonsense: 1 };
    expect((await api.client()[method](path()).send(wrong).expect(401)).body.code).toBe(16);
    for (const role of ['HELPDESK', 'AUDITOR', 'SOURCE_SUBADMIN'] as const) {
      const response = await (await api.as(role, organization))[method](path()).send(wrong);
      expect([response.status, response.body.code]).toEqual([403, 7]);
    }
    for (const id of [newId(), 'x', '0', 'x'.repeat(300), '%00', `${application.id}x`]) {
      const response = await admin[method](`/api/v1/apps/${id}`).send(wrong);
      expect([response.status, response.body]).toEqual([404, notFound]);
    }
    expect((await admin[method](path()).send(wrong).expect(400)).body.code).toBe(3);
    expect(await trail.told()).toEqual([]);
  });

  it('is let in for each role that writes connectors', async () => {
    for (const role of ['Administrator', 'ORG_ADMIN', 'SOURCE_ADMIN'] as const) {
      const { id } = await organization.application();
      await (await api.as(role, organization))[method](`/api/v1/apps/${id.toUpperCase()}`).send({}).expect(200);
    }
  });
});
