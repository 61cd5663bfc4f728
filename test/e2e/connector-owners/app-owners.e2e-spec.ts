import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import { askedStatements } from '../../support/asked-statements.js';
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
  admin = await api.as('Administrator', organization);
  application = await organization.application();
  trail = new Trail(api.given, organization.id);
  await trail.mark();
});

const path = (tail = 'owners') => `/api/v1/apps/${application.id}/${tail}`;
const users = async (count: number) => {
  const made: Row[] = [];
  for (let i = 0; i < count; i++) made.push(await organization.user());
  return made;
};
const idsOf = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id);
const owning = async () => (await admin.get(path('ownerids')).expect(200)).body.userIds as string[];
const set = (userIds: readonly unknown[]) => admin.put(path()).send({ userIds });
const notFound = { code: 5, message: 'Not found.' };

describe('the owners of an application', () => {
  it('are listed by id, each the same as anywhere else, and their ids alone', async () => {
    const [one, two] = await users(2);
    for (const user of [two!, one!]) await organization.applicationOwner(application, user);
    await organization.owner({ user_id: one!.id, department: 'Sales' });
    const alone = async ({ id }: Row) => (await admin.get(`/api/v1/users/${id}`).expect(200)).body.userView.user;
    const expected = [await alone(one!), await alone(two!)];
    expect(expected[0].department).toBe('Sales');
    const { body } = await admin.get(path()).expect(200);
    expect(JSON.stringify(body)).toBe(JSON.stringify({ list: expected, nextPageToken: '' }));
    expect((await admin.get(path('ownerids')).expect(200)).body).toEqual({ userIds: idsOf([one!, two!]) });
    const { app } = (await admin.get(`/api/v1/apps/${application.id}`).expect(200)).body;
    expect(JSON.stringify(app.appOwners)).toBe(JSON.stringify(expected));
    const [listed] = (await admin.get('/api/v1/apps').expect(200)).body.list;
    expect(JSON.stringify(listed)).toBe(JSON.stringify(app));
    await organization.account(await organization.connector(application));
    const search = { appIds: [application.id], expandMask: { paths: ['app_id'] } };
    const found = await admin.post('/api/v1/search/app_users').send(search).expect(200);
    expect(found.body.expanded[0].appOwners).toEqual(expected);
  });

  it('come in pages', async () => {
    const all = idsOf(await users(23));
    await set(all).expect(200);
    const pages: string[][] = [];
    let token = '';
    do {
      const { body } = await admin.get(`${path()}?page_size=10&page_token=${encodeURIComponent(token)}`).expect(200);
      pages.push(idsOf(body.list));
      token = body.nextPageToken;
    } while (token !== '');
    expect(pages.map((page) => page.length)).toEqual([10, 10, 3]);
    expect(pages.flat()).toEqual(all);
    expect((await admin.get(`${path()}?page_size=23`).expect(200)).body.nextPageToken).toBe('');
  });

  it.each(['page_size=x', 'page_size=1.5', 'page_token=made-up', 'page_size=1&page_size=2'])(
    'are not listed by ?%s',
    async (query) => {
      expect((await admin.get(`${path()}?${query}`).expect(400)).body).toMatchObject({ code: 3 });
    },
  );

  it('of another application do not go on from this one', async () => {
    await set(idsOf(await users(11))).expect(200);
    const { nextPageToken } = (await admin.get(`${path()}?page_size=10`).expect(200)).body;
    const other = await organization.application();
    await admin.get(`/api/v1/apps/${other.id}/owners?page_token=${encodeURIComponent(nextPageToken)}`).expect(400);
  });

  it('cost as many statements for a page of applications as for one with one owner', async () => {
    const many = await users(30);
    const asked = async (target: string) => (await askedStatements(() => admin.get(target).expect(200))).length;
    await organization.applicationOwner(application, many[0]!);
    await organization.owner({ user_id: many[0]!.id });
    const one = [await asked('/api/v1/apps?page_size=100'), await asked(path())];
    for (let i = 0; i < 20; i++) {
      const other = await organization.application();
      for (const user of many.slice(i, i + 10)) await organization.applicationOwner(other, user);
    }
    for (const user of many.slice(1)) {
      await organization.owner({ user_id: user.id });
      await organization.applicationOwner(application, user);
    }
    expect([await asked('/api/v1/apps?page_size=100'), await asked(`${path()}?page_size=100`)]).toEqual(one);
    expect(one[0]).toBeLessThan(6);
  });

  it('are not shown with their roles to those who may not know them', async () => {
    const user = await organization.user();
    await api.given.insert('role_assignment', { organization_id: organization.id, user_id: user.id, role: 'AUDITOR' });
    await set([user.id]).expect(200);
    const seenBy = async (role: 'SOURCE_ADMIN' | 'AUDITOR') => {
      const { body } = await (await api.as(role, organization)).get(path()).expect(200);
      return body.list[0].roleIds;
    };
    expect([await seenBy('SOURCE_ADMIN'), await seenBy('AUDITOR')]).toEqual([[], ['AUDITOR']]);
  });

  it('are there for a SOURCE_SUBADMIN where he owns a connector, and owning the application opens nothing to him', async () => {
    const narrow = await api.as('SOURCE_SUBADMIN', organization);
    await set([narrow.user.id]).expect(200);
    const connector = await organization.connector(application);
    for (const tail of ['owners', 'ownerids', `connectors/${connector.id}`]) {
      expect((await narrow.get(path(tail)).expect(404)).body).toEqual(notFound);
    }
    await organization.connectorOwner(connector, narrow.user);
    for (const tail of ['owners', 'ownerids', `connectors/${connector.id}`]) await narrow.get(path(tail)).expect(200);
    await narrow.put(path()).send({}).expect(403);
  });
});

describe('PUT /api/v1/apps/{app_id}/owners', () => {
  it('lets these alone own it, records who came and who went, and nothing when nobody did', async () => {
    const [one, two, three] = await users(3);
    await set([one!.id, two!.id]).expect(200);
    await trail.mark();
    const wanted = [two!.id.toUpperCase(), three!.id, two!.id];
    expect((await set(wanted).expect(200)).body).toEqual({});
    expect(await owning()).toEqual(idsOf([two!, three!]));
    const events = (await trail.events()).map(({ action, subject_id, before, after }) => [
      action,
      subject_id,
      before ?? after,
    ]);
    expect(events).toEqual([
      ['application.ownerRemoved', application.id, { userId: one!.id }],
      ['application.ownerRemoved', one!.id, { applicationId: application.id }],
      ['application.ownerAdded', application.id, { userId: three!.id }],
      ['application.ownerAdded', three!.id, { applicationId: application.id }],
    ]);
    await set(wanted).expect(200);
    expect(await trail.events()).toHaveLength(4);
  });

  it.each([[{}], [{ userIds: [] }], [{ userIds: null }]])('with %j lets nobody own it', async (body) => {
    await set(idsOf(await users(2))).expect(200);
    await admin.put(path()).send(body).expect(200);
    expect(await owning()).toEqual([]);
  });

  it('is all or nothing: with somebody unknown nothing changes', async () => {
    const [one, two] = await users(2);
    await set([one!.id]).expect(200);
    await trail.mark();
    const stranger = await (await api.given.organization()).user();
    const deleted = await organization.user({ deleted_at: new Date() });
    for (const id of [stranger.id, deleted.id, newId(), 'x', '', ' ']) {
      const { status, body } = await set([two!.id, id]);
      expect([status, body]).toEqual([404, notFound]);
    }
    expect(await owning()).toEqual([one!.id]);
    expect(await trail.events()).toEqual([]);
  });

  it.each([
    ['a list', []],
    ['users that are no list', { userIds: 'x' }],
    ['a number for a user', { userIds: [1] }],
    ['null for a user', { userIds: [null] }],
    ['an object for a user', { userIds: [{ id: 'x' }] }],
    ['more than a hundred', { userIds: Array.from({ length: 101 }, () => newId()) }],
    ['NUL in an id', { userIds: ['a\u0000'] }],
    ['something unknown', { userIds: [], roleSlug: 'owner' }],
  ])('is refused with %s', async (_, body) => {
    const before = idsOf(await users(1));
    await set(before).expect(200);
    expect((await admin.put(path()).send(body).expect(400)).body).toMatchObject({ code: 3 });
    expect(await owning()).toEqual(before);
  });

  it('leaves, of many who set them at once, the owners of one', async () => {
    const pairs = await Promise.all(Array.from({ length: 6 }, async () => idsOf(await users(2)).toSorted()));
    await Promise.all(pairs.map((pair) => set(pair).expect(200)));
    expect(pairs).toContainEqual(await owning());
  });
});

describe('DELETE /api/v1/apps/{app_id}/owners', () => {
  it('takes it from everybody; from nobody it takes nothing and records nothing', async () => {
    const [one, two] = await users(2);
    await set(idsOf([one!, two!])).expect(200);
    await trail.mark();
    expect((await admin.delete(path()).set('Content-Type', 'application/json').expect(200)).body).toEqual({});
    expect(await owning()).toEqual([]);
    expect(await trail.events()).toHaveLength(4);
    await admin.delete(path()).send({}).expect(200);
    expect(await trail.events()).toHaveLength(4);
  });
});

describe('POST and DELETE /api/v1/apps/{app_id}/owners/{user_id}', () => {
  it('make a user an owner, once, and take it from him, once', async () => {
    const [one, two] = await users(2);
    for (const user of [two!, one!, one!]) {
      const sent = admin.post(path(`owners/${user.id.toUpperCase()}`)).set('Content-Type', 'application/json');
      expect((await sent.expect(200)).body).toEqual({});
    }
    expect(await owning()).toEqual(idsOf([one!, two!]));
    expect(await trail.events()).toHaveLength(4);
    const gone = admin.delete(path(`owners/${one!.id}`)).set('Content-Type', 'application/json');
    expect((await gone.expect(200)).body).toEqual({});
    expect((await admin.delete(path(`owners/${one!.id}`)).expect(404)).body).toEqual(notFound);
    expect(await owning()).toEqual([two!.id]);
    expect((await trail.events()).slice(4).map(({ action, subject_id }) => [action, subject_id])).toEqual([
      ['application.ownerRemoved', application.id],
      ['application.ownerRemoved', one!.id],
    ]);
  });

  it('stop at a hundred, whoever comes at the same time', async () => {
    const all = idsOf(await users(103));
    await set(all.slice(0, 99)).expect(200);
    const answers = await Promise.all(all.slice(99).map((id) => admin.post(path(`owners/${id}`))));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 400, 400, 400]);
    const refused = answers.find(({ status }) => status === 400)!;
    expect(refused.body).toEqual({ code: 9, message: expect.stringMatching(/at most 100 owners/) });
    expect(await owning()).toHaveLength(100);
    await admin.post(path(`owners/${all[0]}`)).expect(200);
  });

  it('answer one text for whoever or whatever there is not', async () => {
    const elsewhere = await api.given.organization();
    const [own, stranger] = [await organization.user(), await elsewhere.user()];
    const foreign = await elsewhere.application();
    const deleted = await organization.user({ deleted_at: new Date() });
    const at = (app: string, user: string) => `/api/v1/apps/${app}/owners/${user}`;
    const targets = [
      ...[stranger.id, deleted.id, newId(), 'x', 'x'.repeat(200)].map((id) => at(application.id, id)),
      ...[foreign.id, newId(), 'x', 'x'.repeat(200)].map((id) => at(id, own.id)),
      at(foreign.id, stranger.id),
    ];
    for (const target of targets) {
      for (const method of ['post', 'delete'] as const) {
        const { status, body } = await admin[method](target).send({ nonsense: 1 });
        expect([target, status, body]).toEqual([target, 404, notFound]);
      }
    }
    const known = await admin.delete(at(application.id, own.id));
    expect([known.status, known.body]).toEqual([404, notFound]);
    expect(await trail.events()).toEqual([]);
  });
});

describe('an application', () => {
  it('is made with its owners, or not at all', async () => {
    const [one, two] = await users(2);
    const make = (displayName: string, owners: unknown) => admin.post('/api/v1/apps').send({ displayName, owners });
    const { body } = await make('With', [two!.id, one!.id.toUpperCase(), two!.id]).expect(200);
    expect(idsOf(body.app.appOwners)).toEqual(idsOf([one!, two!]));
    expect((await trail.told()).map(([action]) => action)).toEqual([
      'application.created',
      ...Array.from({ length: 4 }, () => 'application.ownerAdded'),
    ]);
    expect((await make('Without', [newId()]).expect(404)).body).toEqual(notFound);
    expect((await make('Without', ['x']).expect(404)).body).toEqual(notFound);
    for (const owners of ['x', [1], {}, Array.from({ length: 101 }, () => one!.id)]) {
      expect((await make('Without', owners).expect(400)).body.code).toBe(3);
    }
    const { list } = (await admin.get('/api/v1/apps').expect(200)).body;
    expect(list.map(({ displayName }: { displayName: string }) => displayName)).not.toContain('Without');
    expect((await make('Without', null).expect(200)).body.app.appOwners).toEqual([]);
  });

  it('loses an owner who is deleted, also when he is restored', async () => {
    const [one, two] = await users(2);
    await set(idsOf([one!, two!])).expect(200);
    await trail.mark();
    await admin.delete(`/api/v1/directory/users/${one!.id}`).expect(204);
    expect(await owning()).toEqual([two!.id]);
    expect(await trail.told()).toEqual(
      expect.arrayContaining([
        ['application.ownerRemoved', { userId: one!.id }, null],
        ['application.ownerRemoved', { applicationId: application.id }, null],
      ]),
    );
    await admin.post(`/api/v1/directory/users/${one!.id}/restore`).expect(200);
    expect(await owning()).toEqual([two!.id]);
  });
});

describe.each([
  ['put', 'owners'],
  ['delete', 'owners'],
  ['post', 'owners/:user'],
  ['delete', 'owners/:user'],
] as const)('%s .../%s', (method, tail) => {
  it('is refused in the same order as the others: 401, 403, 404, 400', async () => {
    const user = await organization.user();
    await organization.applicationOwner(application, user);
    const target = path(tail.replace(':user', user.id));
    const wrong = { nonsense: 1 };
    expect((await api.client()[method](target).send(wrong).expect(401)).body.code).toBe(16);
    for (const role of ['HELPDESK', 'AUDITOR', 'SOURCE_SUBADMIN'] as const) {
      const response = await (await api.as(role, organization))[method](target).send(wrong);
      expect([response.status, response.body.code]).toEqual([403, 7]);
    }
    for (const id of [newId(), 'x', 'x'.repeat(101)]) {
      const response = await admin[method](target.replace(application.id, id)).send(wrong);
      expect([response.status, response.body]).toEqual([404, notFound]);
    }
    expect((await admin[method](target).send(wrong).expect(400)).body.code).toBe(3);
    expect(await trail.events()).toEqual([]);
  });

  it('is let in for each role that writes connectors', async () => {
    for (const role of ['ORG_ADMIN', 'SOURCE_ADMIN'] as const) {
      const user = await organization.user();
      await organization.applicationOwner(application, user);
      const target = path(tail.replace(':user', user.id));
      await (await api.as(role, organization))[method](target).send({}).expect(200);
    }
  });
});
