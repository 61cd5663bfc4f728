import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '@app/access';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import type { Row } from '../../support/given.js';
import { HeldTransaction } from '../../support/held-transaction.js';

let api: TestApi;
let admin: Client;
let application: Row;
let connector: Row;
let user: Row;

beforeAll(async () => {
  api = await TestApi.start();
  admin = await api.as('Administrator');
});
afterAll(async () => api.close());
beforeEach(async () => {
  application = await api.organization.application();
  connector = await api.organization.connector(application);
  user = await api.organization.user();
});

interface Place {
  readonly app?: string;
  readonly feed?: string;
  readonly role?: string;
  readonly who?: string;
}
const at = ({ app = application.id, feed = connector.id, role = 'owner', who = user.id }: Place = {}) =>
  `/api/v2/apps/${app}/connectors/${feed}/owners/users/${role}/${who}`;
const notFound = { code: 5, message: 'Not found.' };
const eventsOn = async ({ id }: { id: string }) =>
  api.given.sql('select action, subject_type, before, after from audit_event where subject_id = $1 order by at, id', [
    id,
  ]);

const sources = [
  'departmentSources',
  'directoryStatusSources',
  'emailSources',
  'employeeIdSources',
  'employmentStatusSources',
  'employmentTypeSources',
  'jobTitleSources',
  'managerSources',
  'usernameSources',
];

describe('a user who owns a connector', () => {
  it('is told with every field of the published answer, unknown ones in their empty form', async () => {
    await admin.post(at()).expect(200);
    const { body, headers } = await admin.get(at()).expect(200);
    expect(headers['content-type']).toMatch(/^application\/json/);
    const instant = expect.stringMatching(/^\d{4}-\d{2}-\d{2}T.*Z$/) as string;
    expect(body).toEqual({
      connectorOwnerUser: {
        appId: application.id,
        connectorId: connector.id,
        roleSlug: 'owner',
        createdAt: instant,
        user: {
          id: user.id,
          displayName: user.name,
          email: '',
          emails: [],
          username: user.name,
          usernames: [user.name],
          employeeIds: [],
          department: '',
          jobTitle: '',
          employmentStatus: '',
          employmentType: '',
          status: 'ENABLED',
          directoryStatus: 'UNKNOWN',
          type: 'USER_TYPE_UNSPECIFIED',
          origin: 'USER_ORIGIN_LOCAL',
          directoryIds: [],
          managerIds: [],
          roleIds: [],
          delegatedUserId: '',
          profile: {},
          createdAt: instant,
          updatedAt: instant,
          deletedAt: null,
          ...Object.fromEntries(sources.map((name) => [name, []])),
        },
      },
    });
  });

  it('is told with what the governed person he is brings along', async () => {
    const hr = await api.organization.application({ is_directory: true });
    const feed = await api.organization.connector(hr, { authoritative: true });
    const chief = await api.organization.user();
    const manager = await api.organization.owner({ user_id: chief.id });
    user = await api.organization.user({
      email: 'Zoe@example.com',
      external_id: 'x',
      active: false,
      inactive_reason: 'manual',
    });
    await api.organization.owner({
      user_id: user.id,
      manager_id: manager.id,
      connector_id: feed.id,
      identity_id: 'E1',
      email: 'zoe@example.com',
      alt_email: 'z@example.org',
      department: 'Board',
      title: 'Chair',
      employment_type: 'permanent',
      metadata: { room: '1.1' },
    });
    await api.given.insert('role_assignment', {
      organization_id: api.organization.id,
      user_id: user.id,
      role: 'AUDITOR',
    });
    const { body } = await admin.post(at()).expect(200);
    expect(body.connectorOwnerUser.user).toMatchObject({
      email: 'Zoe@example.com',
      emails: ['Zoe@example.com', 'z@example.org'],
      employeeIds: ['E1'],
      department: 'Board',
      jobTitle: 'Chair',
      employmentStatus: 'active',
      employmentType: 'permanent',
      status: 'DISABLED',
      directoryStatus: 'ENABLED',
      type: 'USER_TYPE_HUMAN',
      origin: 'USER_ORIGIN_DIRECTORY',
      directoryIds: [hr.id],
      managerIds: [chief.id],
      roleIds: ['AUDITOR'],
      profile: { room: '1.1' },
    });
  });

  it('shows his roles only to those who may read roles', async () => {
    await api.given.insert('role_assignment', {
      organization_id: api.organization.id,
      user_id: user.id,
      role: 'AUDITOR',
    });
    await admin.post(at()).expect(200);
    const shown = async (role: Role) => {
      const { body } = await (await api.as(role)).get(at()).expect(200);
      return body.connectorOwnerUser.user.roleIds as string[];
    };
    expect([await shown('AUDITOR'), await shown('SOURCE_ADMIN')]).toEqual([['AUDITOR'], []]);
  });

  it('is one since when he was first made one, however often he is made one', async () => {
    const first = await admin.post(at()).expect(200);
    const again = await admin.post(at()).expect(200);
    expect(again.body).toEqual(first.body);
    expect((await admin.get(at({ who: user.id.toUpperCase() })).expect(200)).body).toEqual(first.body);
    const { body } = await admin.get(`/api/v1/apps/${application.id}/connectors/${connector.id}`).expect(200);
    expect(body.connectorView.connector.userIds).toEqual([user.id]);
  });

  it('may be one in several roles, each by itself', async () => {
    for (const role of ['owner', 'technical_owner', 'backup_owner']) await admin.post(at({ role })).expect(200);
    await admin.delete(at({ role: 'owner' })).expect(200);
    await admin.get(at({ role: 'owner' })).expect(404);
    for (const role of ['technical_owner', 'backup_owner']) {
      expect((await admin.get(at({ role })).expect(200)).body.connectorOwnerUser.roleSlug).toBe(role);
    }
  });

  it('ceases to be one once', async () => {
    await admin.post(at()).expect(200);
    expect((await admin.delete(at()).expect(200)).body).toEqual({});
    for (const method of ['get', 'delete'] as const) {
      expect((await admin[method](at()).expect(404)).body).toEqual(notFound);
    }
  });

  it('stands in the trail of the connector and in his own, once for each change', async () => {
    await admin.post(at()).expect(200);
    await admin.post(at()).expect(200);
    await admin.delete(at()).expect(200);
    await admin.delete(at()).expect(404);
    const ofConnector = { userId: user.id, roleSlug: 'owner' };
    const ofUser = { connectorId: connector.id, roleSlug: 'owner' };
    expect(await eventsOn(connector)).toEqual([
      { action: 'connector.ownerAdded', subject_type: 'connector', before: null, after: ofConnector },
      { action: 'connector.ownerRemoved', subject_type: 'connector', before: ofConnector, after: null },
    ]);
    expect(await eventsOn(user)).toEqual([
      { action: 'connector.ownerAdded', subject_type: 'user', before: null, after: ofUser },
      { action: 'connector.ownerRemoved', subject_type: 'user', before: ofUser, after: null },
    ]);
  });

  it('is none of a connector that is deleted at the same moment', async () => {
    const deleting = await HeldTransaction.begin(
      api.database.ownerUrl,
      'update connector set deleted_at = now() where id = $1',
      [connector.id],
    );
    const [{ status }] = await Promise.all([
      admin.post(at()),
      (async () => {
        await deleting.untilMetBy(1);
        await deleting.commit();
      })(),
    ]);
    expect(status).toBe(404);
    const kept = await api.given.sql('select from connector_owner where connector_id = $1', [connector.id]);
    expect([kept, await eventsOn(user)]).toEqual([[], []]);
  });

  it('is told as he was made one, whoever takes it from him at the same moment', async () => {
    const base = `/api/v2/apps/${application.id}/connectors/${connector.id}/owners`;
    const asked = Array.from({ length: 20 }, () => [
      admin.post(at()),
      admin.put(base).send({ roleSlug: 'owner', userRefs: [] }),
    ]);
    const answers = await Promise.all(asked.flat());
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('is made one by one of many who do it at the same moment', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => admin.post(at())));
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await eventsOn(user)).toHaveLength(1);
  });
});

describe('what the vendor’s client sends', () => {
  const json = (request: ReturnType<Client['post']>) => request.set('Content-Type', 'application/json');

  it('is taken: an empty JSON body, none, and one that repeats the path', async () => {
    await json(admin.post(at())).send('').expect(200);
    await json(admin.delete(at())).expect(200);
    await admin
      .post(at())
      .send({ userRef: { id: user.id } })
      .expect(200);
    await admin.delete(at()).send({ userRef: null }).expect(200);
    await admin.post(at()).send({}).expect(200);
  });

  it('means the path where the body says something else', async () => {
    const other = await api.organization.user();
    const { body } = await admin
      .post(at())
      .send({ userRef: { id: other.id } })
      .expect(200);
    expect(body.connectorOwnerUser.user.id).toBe(user.id);
    await admin.get(at({ who: other.id })).expect(404);
  });

  it.each([
    { createdAt: '2020-01-01T00:00:00Z' },
    { roleSlug: 'owner' },
    { organizationId: newId() },
    { userRef: { id: newId(), role: 'Administrator' } },
    { userRef: newId() },
    { userRef: { id: 7 } },
    [],
    'owner',
  ])('is refused with code 3 for %j, and changes nothing', async (sent) => {
    const post = await json(admin.post(at())).send(JSON.stringify(sent)).expect(400);
    expect(post.body).toEqual({ code: 3, message: expect.any(String) });
    await admin.get(at()).expect(404);
    await admin.post(at()).expect(200);
    expect((await json(admin.delete(at())).send(JSON.stringify(sent)).expect(400)).body.code).toBe(3);
    await admin.get(at()).expect(200);
  });
});

describe('an address at which nobody owns anything', () => {
  const places: [string, () => Promise<Place>][] = [
    ['an unknown app', async () => ({ app: newId() })],
    ['another app', async () => ({ app: (await api.organization.application()).id })],
    ['no app id', async () => ({ app: 'x' })],
    ['an unknown connector', async () => ({ feed: newId() })],
    ['no connector id', async () => ({ feed: '0' })],
    ['an unknown role', async () => ({ role: 'boss' })],
    ['a role in other letters', async () => ({ role: 'Owner' })],
    ['a name every object has', async () => ({ role: 'toString' })],
    ['an unknown user', async () => ({ who: newId() })],
    ['no user id', async () => ({ who: 'me' })],
    ['a deleted user', async () => ({ who: (await api.organization.user({ deleted_at: new Date() })).id })],
  ];
  it.each(places)('with %s is the same 404 for all, whatever the body says', async (_, place) => {
    const path = at(await place());
    for (const method of ['get', 'post', 'delete'] as const) {
      const request = method === 'get' ? admin.get(path) : admin[method](path).send({ unknown: true });
      expect((await request.expect(404)).body).toEqual(notFound);
    }
  });

  it('is told after who may not know: 401, then 403, then 404, then 400', async () => {
    const path = at({ app: newId() });
    for (const method of ['get', 'post', 'delete'] as const) {
      expect((await api.client()[method](path).expect(401)).body.code).toBe(16);
      expect((await (await api.as([]))[method](path).expect(403)).body.code).toBe(7);
    }
    const reader = await api.as('AUDITOR');
    await reader.get(path).expect(404);
    for (const method of ['post', 'delete'] as const) await reader[method](path).expect(403);
  });
});

describe('a SOURCE_SUBADMIN', () => {
  it('reads the owners of connectors he owns in any role, and knows no other', async () => {
    const narrow = await api.as('SOURCE_SUBADMIN');
    await admin.post(at()).expect(200);
    expect((await narrow.get(at()).expect(404)).body).toEqual(notFound);
    await admin.post(at({ role: 'backup_owner', who: narrow.user.id })).expect(200);
    expect((await narrow.get(at()).expect(200)).body.connectorOwnerUser.user.id).toBe(user.id);
    await admin.delete(at({ role: 'backup_owner', who: narrow.user.id })).expect(200);
    await narrow.get(at()).expect(404);
  });

  it('makes nobody an owner, himself neither', async () => {
    const narrow = await api.as('SOURCE_SUBADMIN');
    await admin.post(at({ who: narrow.user.id })).expect(200);
    for (const who of [narrow.user.id, user.id]) {
      for (const method of ['post', 'delete'] as const) await narrow[method](at({ who })).expect(403);
    }
  });
});
