import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import { askedStatements } from '../../support/asked-statements.js';
import type { GivenOrganization, Row } from '../../support/given.js';
import { Trail } from '../../support/trail.js';

const base = '/api/v1/directories';
const notFound = { code: 5, message: 'Not found.' };
const hrConfig = {
  kind: 'delimited-file',
  mapping: { login: 'nativeIdentity', n: 'name' },
  authoritative: true,
  ownerMapping: { name: 'name' },
};

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
  admin = await api.as('Administrator', organization);
  application = await organization.application();
  trail = new Trail(api.given, organization.id);
  await trail.mark();
});

const app = async ({ id } = application) => (await admin.get(`/api/v1/apps/${id}`).expect(200)).body.app;
const raise = (body: object, by = admin) => by.post(base).send(body);
const listed = async () =>
  ((await admin.get(base).expect(200)).body.list as { directory: { appId: string } }[]).map(
    ({ directory }) => directory.appId,
  );
/** With an authoritative connector, made as users do. */
async function fedDirectory(): Promise<string> {
  const create = `/api/v1/apps/${application.id}/connectors/create`;
  const { body } = await admin.post(create).send({ displayName: 'HR', config: hrConfig }).expect(200);
  await trail.mark();
  return `/api/v1/apps/${application.id}/connectors/${body.connectorView.connector.id}`;
}

describe('a directory', () => {
  it('is an application that was raised to one, under its id', async () => {
    const { createdAt } = await app();
    const { body } = await raise({ appId: application.id.toUpperCase() }).expect(200);
    const directory = { appId: application.id, createdAt, updatedAt: expect.any(String), deletedAt: null };
    expect(body).toEqual({ directoryView: { directory, appPath: '' }, expanded: [] });
    expect((await admin.get(`${base}/${application.id}`).expect(200)).body).toEqual(body);
    expect((await admin.get(base).expect(200)).body).toEqual({
      list: [body.directoryView],
      expanded: [],
      nextPageToken: '',
    });
    expect((await app()).isDirectory).toBe(true);
    expect(await trail.told()).toEqual([['application.updated', { isDirectory: false }, { isDirectory: true }]]);
    await raise({ appId: application.id, all: {} }).expect(200);
    expect(await trail.events()).toHaveLength(1);
  });

  it('is one with an authoritative connector too, and stays one without it', async () => {
    const connector = await fedDirectory();
    expect(await listed()).toEqual([application.id]);
    await admin.delete(connector).expect(200);
    expect(await listed()).toEqual([application.id]);
  });

  it('shows the application it is where that is asked for, the same as alone', async () => {
    await organization.applicationOwner(application, await organization.user());
    for (const paths of [['app_id'], ['*']]) {
      const { body } = await raise({ appId: application.id, expandMask: { paths } }).expect(200);
      expect(body.directoryView.appPath).toBe('$.expanded[0]');
      const { '@type': kind, ...rest } = body.expanded[0];
      expect(kind).toBe('type.googleapis.com/c1.api.app.v1.App');
      expect(rest).toEqual(await app());
      const again = await admin.put(`${base}/${application.id}`).send({ expandMask: { paths } }).expect(200);
      expect(again.body).toEqual(body);
    }
  });

  it('is in lists by id, in pages, however many there are for as many statements', async () => {
    await raise({ appId: application.id }).expect(200);
    const asked = async () => (await askedStatements(() => admin.get(`${base}?page_size=10`).expect(200))).length;
    const one = await asked();
    const all = [application.id];
    for (let i = 0; i < 12; i++) {
      all.push((await organization.application({ is_directory: true })).id);
      await organization.application();
    }
    const first = (await admin.get(`${base}?page_size=10`).expect(200)).body;
    const token = encodeURIComponent(first.nextPageToken);
    const second = (await admin.get(`${base}?page_size=10&page_token=${token}`).expect(200)).body;
    const ids = [first, second].flatMap(({ list }) => list).map(({ directory }) => directory.appId);
    expect([ids, second.nextPageToken]).toEqual([all, '']);
    expect(await asked()).toBe(one);
    await admin.get(`/api/v1/apps?page_token=${token}`).expect(400);
  });

  it('is there for a SOURCE_SUBADMIN only where he owns a connector', async () => {
    await raise({ appId: application.id }).expect(200);
    const narrow = await api.as('SOURCE_SUBADMIN', organization);
    expect((await narrow.get(base).expect(200)).body.list).toEqual([]);
    expect((await narrow.get(`${base}/${application.id}`).expect(404)).body).toEqual(notFound);
    await organization.connectorOwner(await organization.connector(application), narrow.user);
    expect((await narrow.get(base).expect(200)).body.list).toHaveLength(1);
    await narrow.get(`${base}/${application.id}`).expect(200);
  });
});

describe('POST /api/v1/directories', () => {
  it.each([
    ['nothing', undefined],
    ['no application', {}],
    ['null for an application', { appId: null }],
    ['a number for an application', { appId: 1 }],
    ['a list', []],
    ['a choice of accounts', { appId: newId(), celExpression: { expression: 'true' } }],
    ['something in all', { appId: newId(), all: { x: 1 } }],
    ['all that is a text', { appId: newId(), all: 'x' }],
    ['an unknown path to expand', { appId: newId(), expandMask: { paths: ['users'] } }],
    ['paths that are no list', { appId: newId(), expandMask: { paths: 'app_id' } }],
    ['something unknown', { appId: newId(), name: 'x' }],
  ])('is refused with %s', async (_, body) => {
    const response = await admin.post(base).send(body);
    expect([response.status, response.body]).toEqual([400, { code: 3, message: expect.stringMatching(/\S/) }]);
  });

  it('answers one text for an application there is not', async () => {
    const foreign = await (await api.given.organization()).application();
    const deleted = await organization.application({ deleted_at: new Date() });
    for (const appId of [foreign.id, deleted.id, newId(), 'x', '']) {
      const { status, body } = await raise({ appId });
      expect([status, body]).toEqual([404, notFound]);
    }
    expect(await trail.events()).toEqual([]);
  });
});

describe('PUT /api/v1/directories/{app_id}', () => {
  it('changes nothing, for every account counts', async () => {
    const { body } = await raise({ appId: application.id }).expect(200);
    await trail.mark();
    for (const sent of [undefined, {}, { all: {} }]) {
      expect((await admin.put(`${base}/${application.id}`).send(sent).expect(200)).body).toEqual(body);
    }
    await admin.put(`${base}/${application.id}`).send({ celExpression: {} }).expect(400);
    expect(await trail.events()).toEqual([]);
  });
});

describe('DELETE /api/v1/directories/{app_id}', () => {
  it('lowers it to an application, which stays', async () => {
    await raise({ appId: application.id }).expect(200);
    await trail.mark();
    const sent = admin.delete(`${base}/${application.id}`).set('Content-Type', 'application/json');
    expect((await sent.expect(200)).body).toEqual({});
    expect((await app()).isDirectory).toBe(false);
    expect(await listed()).toEqual([]);
    for (const method of ['get', 'put', 'delete'] as const) {
      expect((await admin[method](`${base}/${application.id}`).expect(404)).body).toEqual(notFound);
    }
    expect(await trail.told()).toEqual([['application.updated', { isDirectory: true }, { isDirectory: false }]]);
  });

  it('is refused with an authoritative connector, until that is gone or is it no longer', async () => {
    const connector = await fedDirectory();
    const target = `${base}/${application.id}`;
    const { body } = await admin.delete(target).expect(400);
    expect(body).toEqual({ code: 9, message: expect.stringMatching(/authoritative connector/) });
    expect(await trail.events()).toEqual([]);
    const plain = { kind: 'delimited-file', mapping: { login: 'nativeIdentity' } };
    await admin
      .post(connector)
      .send({ connector: { config: plain } })
      .expect(200);
    await admin.delete(target).expect(200);
    await admin
      .post(connector)
      .send({ connector: { config: hrConfig } })
      .expect(200);
    expect(await listed()).toEqual([application.id]);
    await admin.delete(connector).expect(200);
    await admin.delete(target).expect(200);
  });

  it('and a connector that becomes authoritative at the same time leave no application that makes people unraised', async () => {
    for (let i = 0; i < 8; i++) {
      const home = await organization.application({ is_directory: true });
      const create = `/api/v1/apps/${home.id}/connectors/create`;
      const [made] = await Promise.all([
        admin.post(create).send({ displayName: 'HR', config: hrConfig }),
        admin.delete(`${base}/${home.id}`),
      ]);
      expect(made.status).toBe(200);
      expect((await app(home)).isDirectory).toBe(true);
    }
  });

  it('takes it out of what its people are said to come from, and they stay', async () => {
    const user = await organization.user();
    const feed = await organization.connector(application, { authoritative: false });
    await raise({ appId: application.id }).expect(200);
    await organization.owner({ user_id: user.id, connector_id: feed.id });
    const from = async () =>
      (await admin.get(`/api/v1/users/${user.id}`).expect(200)).body.userView.user.directoryIds as string[];
    expect(await from()).toEqual([application.id]);
    await admin.delete(`${base}/${application.id}`).expect(200);
    expect(await from()).toEqual([]);
  });
});

describe.each(['put', 'delete'] as const)('%s /api/v1/directories/{app_id}', (method) => {
  it('is refused in the same order as the others: 401, 403, 404, 400', async () => {
    await raise({ appId: application.id }).expect(200);
    await trail.mark();
    const target = `${base}/${application.id}`;
    const wrong = { nonsense: 1 };
    expect((await api.client()[method](target).send(wrong).expect(401)).body.code).toBe(16);
    for (const role of ['HELPDESK', 'AUDITOR', 'SOURCE_SUBADMIN'] as const) {
      const response = await (await api.as(role, organization))[method](target).send(wrong);
      expect([response.status, response.body.code]).toEqual([403, 7]);
    }
    const plain = await organization.application();
    const foreign = await (await api.given.organization()).application({ is_directory: true });
    for (const id of [plain.id, foreign.id, newId(), 'x', 'x'.repeat(101)]) {
      const response = await admin[method](`${base}/${id}`).send(wrong);
      expect([response.status, response.body]).toEqual([404, notFound]);
    }
    expect((await admin[method](target).send(wrong).expect(400)).body.code).toBe(3);
    expect(await trail.events()).toEqual([]);
  });
});
