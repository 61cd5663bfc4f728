import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import type { Row } from '../../support/given.js';

interface View {
  readonly appUser: { readonly id: string };
}

let api: TestApi;
let auditor: Client;
/** Two applications; the first has two feeds, of which the second is nobody's. */
let apps: Row[];
let feeds: Row[];
let zoe: Row;
let accounts: Row[];

beforeAll(async () => {
  api = await TestApi.start();
  const company = api.organization;
  auditor = await api.as('AUDITOR');
  apps = [await company.application(), await company.application()];
  feeds = [
    await company.connector(apps[0]!, { authoritative: true }),
    await company.connector(apps[0]!),
    await company.connector(apps[1]!),
  ];
  zoe = await company.user({ user_name: 'zo' });
  const owner = await company.owner({ user_id: zoe.id, connector_id: feeds[0]!.id, identity_id: 'E1' });
  const robot = await company.owner({ owner_type: 'service' });
  const full = { name: 'zo%e', email: 'Zoe@example.com', display_name: 'Zoë', attributes: { room: '1' } };
  const used = { last_login_at: new Date('2026-01-02T03:04:05Z'), disabled: true, locked: true };
  accounts = [
    await company.account(feeds[0]!, owner, { ...full, ...used }),
    await company.account(feeds[1]!, robot, { name: 'robot' }),
    await company.account(feeds[2]!, owner, { name: 'zoe elsewhere' }),
    await company.account(feeds[2]!, null, { name: 'nobody', system_account: true }),
  ];
  await company.account(feeds[0]!, owner, { name: 'zo gone', deleted_at: new Date() });
});
afterAll(async () => api.close());

const idsOf = ({ list }: { list: View[] }) => list.map(({ appUser }) => appUser.id);
const ofApp = (app: Row) => `/api/v1/apps/${app.id}/app_users`;
const ofUser = (app: Row, user: Row) => `/api/v1/apps/${app.id}/users/${user.id}/app_users`;
const search = (body: object, by = auditor) => by.post('/api/v1/search/app_users').send(body);
const found = async (body: object, by = auditor) => idsOf((await search(body, by).expect(200)).body);
const some = (...places: number[]) => places.map((place) => accounts[place]!.id);

describe('an account', () => {
  it('is told with every field of the published answer', async () => {
    const { body } = await auditor.get(ofUser(apps[0]!, zoe)).expect(200);
    const time = expect.stringMatching(/Z$/) as string;
    expect(body).toEqual({
      list: [
        {
          appUser: {
            id: accounts[0]!.id,
            appId: apps[0]!.id,
            identityUserId: zoe.id,
            displayName: 'Zoë',
            email: 'Zoe@example.com',
            emails: ['Zoe@example.com'],
            username: 'zo%e',
            usernames: ['zo%e'],
            employeeIds: ['E1'],
            profile: { room: '1' },
            isExternal: false,
            appUserType: 'APP_USER_TYPE_USER',
            status: { status: 'STATUS_DISABLED', details: 'locked' },
            createdAt: time,
            updatedAt: time,
            deletedAt: null,
          },
          appPath: '',
          identityUserPath: '',
          lastUsagePath: '',
        },
      ],
      expanded: [],
      nextPageToken: '',
    });
  });

  it('of a service, of the system and of nobody says so, unknown things in their empty form', async () => {
    const { body } = await search({}).expect(200);
    const [, robot, , nobody] = (body.list as View[]).map(({ appUser }) => appUser);
    const enabled = { status: { status: 'STATUS_ENABLED', details: '' } };
    expect(robot).toMatchObject({ appUserType: 'APP_USER_TYPE_SERVICE_ACCOUNT', identityUserId: '', ...enabled });
    const empty = { email: '', emails: [], employeeIds: [], profile: {}, identityUserId: '', displayName: 'nobody' };
    expect(nobody).toMatchObject({ appUserType: 'APP_USER_TYPE_SYSTEM_ACCOUNT', ...empty });
  });
});

describe('accounts', () => {
  it('of an application are those of all its connectors, by id, deleted ones not', async () => {
    expect(idsOf((await auditor.get(ofApp(apps[0]!)).expect(200)).body)).toEqual(some(0, 1));
    expect(idsOf((await auditor.get(ofApp(apps[1]!)).expect(200)).body)).toEqual(some(2, 3));
    expect(idsOf((await auditor.get(ofUser(apps[1]!, zoe)).expect(200)).body)).toEqual(some(2));
  });

  it.each([
    [() => ({}), [0, 1, 2, 3]],
    [() => ({ appIds: [apps[1]!.id.toUpperCase(), newId(), 'nonsense'] }), [2, 3]],
    [() => ({ appIds: ['nonsense'] }), []],
    [() => ({ userIds: [zoe.id] }), [0, 2]],
    [() => ({ userIds: [newId()] }), []],
    [() => ({ userIds: [zoe.id], appIds: [apps[0]!.id] }), [0]],
    [() => ({ query: 'ZO' }), [0, 2]],
    [() => ({ query: '%' }), [0]],
    [() => ({ query: 'oe@EX' }), [0]],
    [() => ({ query: 'else', userIds: [zoe.id] }), [2]],
    [() => ({ query: 'zo', appIds: [apps[0]!.id] }), [0]],
    [() => ({ appId: apps[1]!.id.toUpperCase() }), [2, 3]],
    [() => ({ appId: apps[1]!.id, appIds: [apps[0]!.id, apps[1]!.id] }), [2, 3]],
    [() => ({ appId: apps[1]!.id, appIds: [apps[0]!.id] }), []],
    [() => ({ appId: 'nonsense' }), []],
    [() => ({ appUserIds: [...some(1, 3), newId(), 'nonsense'] }), [1, 3]],
    [() => ({ appUserIds: [newId()] }), []],
    [() => ({ appUserIds: some(0, 1, 2), userIds: [zoe.id], appId: apps[0]!.id }), [0]],
    [() => ({ appUserIds: some(0, 1), query: 'robot' }), [1]],
    [
      () => ({
        refs: [
          { appId: apps[0]!.id, id: accounts[1]!.id },
          { appId: apps[0]!.id, id: accounts[2]!.id },
        ],
      }),
      [1],
    ],
    [() => ({ refs: [{ id: accounts[2]!.id }, { appId: '', id: accounts[3]!.id }, { id: 'nonsense' }] }), [2, 3]],
    [() => ({ refs: [{ id: accounts[2]!.id }], appUserIds: some(1, 2) }), [2]],
    [() => ({ excludeAppUserIds: [...some(0, 3), 'nonsense'] }), [1, 2]],
    [() => ({ excludeAppUserIds: some(0), userIds: [zoe.id] }), [2]],
    [() => ({ appUserStatuses: ['STATUS_DISABLED'] }), [0]],
    [() => ({ appUserStatuses: ['STATUS_ENABLED'], userIds: [zoe.id] }), [2]],
    [() => ({ appUserStatusDetails: ['locked'] }), [0]],
    [() => ({ appUserStatusDetails: [''] }), [1, 2, 3]],
    [() => ({ appUserStatusDetails: ['asleep'] }), []],
    [() => ({ appUserTypes: ['APP_USER_TYPE_USER'] }), [0, 2]],
    [() => ({ appUserTypes: ['APP_USER_TYPE_SERVICE_ACCOUNT', 'APP_USER_TYPE_SYSTEM_ACCOUNT'] }), [1, 3]],
    [() => ({ appUserDomains: ['APP_USER_DOMAIN_EXTERNAL'] }), []],
    [() => ({ appUserDomains: ['APP_USER_DOMAIN_TRUSTED'], query: 'ZO' }), [0, 2]],
    [() => ({ appId: '', appUserIds: [], refs: null, excludeAppUserIds: [], appUserTypes: [] }), [0, 1, 2, 3]],
    [() => ({ query: '', appIds: [], userIds: null, pageSize: 0, pageToken: '', expandMask: null }), [0, 1, 2, 3]],
  ])('are found by what is given: %#', async (body, places) => {
    expect(await found(body())).toEqual(some(...places));
  });

  it('on connectors he does not own are none for a SOURCE_SUBADMIN', async () => {
    const narrow = await api.as('SOURCE_SUBADMIN');
    expect(await found({}, narrow)).toEqual([]);
    await narrow.get(ofApp(apps[0]!)).expect(404);
    await api.organization.connectorOwner(feeds[0]!, narrow.user);
    for (const body of [
      {},
      { appUserIds: some(0, 1, 2) },
      { appUserTypes: ['APP_USER_TYPE_USER'] },
      { userIds: [zoe.id] },
      { query: 'zo' },
      { userIds: [zoe.id], query: 'zo' },
    ]) {
      expect(await found(body, narrow)).toEqual(some(0));
    }
    expect(idsOf((await narrow.get(ofApp(apps[0]!)).expect(200)).body)).toEqual(some(0));
    await narrow.get(ofApp(apps[1]!)).expect(404);
    await narrow.get(ofUser(apps[1]!, zoe)).expect(404);
  });

  it('bring along what an expand mask names', async () => {
    const sent = { appIds: [apps[0]!.id], expandMask: { paths: ['*'] } };
    const { list, expanded } = (await search(sent).expect(200)).body;
    const user = (await auditor.get(`/api/v1/users/${zoe.id}`)).body.userView.user as object;
    const { app } = (await auditor.get(`/api/v1/apps/${apps[0]!.id}`)).body as { app: object };
    expect(expanded).toEqual([
      { '@type': 'type.googleapis.com/c1.api.app.v1.App', ...app },
      { '@type': 'type.googleapis.com/c1.api.user.v1.User', ...user },
      {
        '@type': 'type.googleapis.com/c1.api.app.v1.AppUserLastUsage',
        appId: apps[0]!.id,
        appUserId: accounts[0]!.id,
        lastUsedAt: '2026-01-02T03:04:05.000Z',
      },
    ]);
    const paths = { appPath: '$.expanded[0]', identityUserPath: '$.expanded[1]', lastUsagePath: '$.expanded[2]' };
    expect(list[0]).toMatchObject(paths);
    expect(list[1]).toMatchObject({ appPath: '$.expanded[0]', identityUserPath: '', lastUsagePath: '' });
    for (const path of ['app_id', 'identity_user_id', 'last_usage']) {
      const { body } = await search({ ...sent, expandMask: { paths: [path] } }).expect(200);
      expect(body.expanded).toHaveLength(1);
    }
  });

  it('are paged without loss or repetition, however many connectors they are on', async () => {
    const app = await api.organization.application();
    const both = [await api.organization.connector(app), await api.organization.connector(app)];
    const all: string[] = [];
    for (let i = 0; i < 23; i++) all.push((await api.organization.account(both[i % 2]!)).id);
    const seen: string[] = [];
    let token = '';
    do {
      const { body } = await auditor.get(`${ofApp(app)}?page_size=10&page_token=${token}`).expect(200);
      seen.push(...idsOf(body));
      token = body.nextPageToken;
    } while (token !== '');
    expect(seen).toEqual(all);
    const first = (await search({ appIds: [app.id], pageSize: 10 }).expect(200)).body;
    await search({ pageToken: first.nextPageToken }).expect(400);
    const next = await search({ appIds: [app.id], pageSize: 10, pageToken: first.nextPageToken }).expect(200);
    expect(idsOf(next.body)).toEqual(all.slice(10, 20));
  });
});

describe('what is asked wrongly', () => {
  it.each([
    () => ofApp({ id: newId(), name: '' }),
    () => ofApp({ id: 'x'.repeat(101), name: '' }),
    () => ofUser({ id: newId(), name: '' }, zoe),
    () => ofUser(apps[0]!, { id: newId(), name: '' }),
    () => ofUser(apps[0]!, { id: 'nonsense', name: '' }),
  ])('names what there is not: 404 (%#)', async (path) => {
    expect((await auditor.get(path()).expect(404)).body).toEqual({ code: 5, message: 'Not found.' });
  });

  it.each([
    [{ application: 'x' }, 'application'],
    [{ appIds: 'x' }, 'appIds'],
    [{ appIds: [{}] }, 'appIds'],
    [{ userIds: Array(251).fill('x') }, 'userIds'],
    [{ query: 7 }, 'query'],
    [{ query: 'x'.repeat(1_001) }, 'query'],
    [{ pageSize: 'ten' }, 'pageSize'],
    [{ pageToken: 'made up' }, 'pageToken'],
    [{ expandMask: { paths: ['role_ids'] } }, 'paths'],
    [{ expandMask: 7 }, 'expandMask'],
  ])('is refused, case %#', async (body, field) => {
    expect((await search(body).expect(400)).body).toEqual({ code: 3, message: expect.stringContaining(field) });
  });

  it('is judged after who may not ask', async () => {
    expect((await search({ nonsense: 1 }, await api.as([])).expect(403)).body.code).toBe(7);
  });
});

describe('a search for accounts', () => {
  it('finds those of federated owners as external', async () => {
    const company = await api.given.organization();
    const reader = await api.as('AUDITOR', company);
    const feed = await company.connector(await company.application());
    const account = await company.account(feed, await company.owner({ owner_type: 'federated' }));
    await company.account(feed, await company.owner());
    expect(await found({ appUserDomains: ['APP_USER_DOMAIN_EXTERNAL'] }, reader)).toEqual([account.id]);
  });

  it.each([
    ['appId', 7],
    ['appUserIds', [7]],
    ['appUserIds', Array.from({ length: 251 }, () => 'x')],
    ['refs', ['x']],
    ['refs', [{ appId: 'x' }]],
    ['excludeAppUserIds', 'x'],
    ['appUserStatuses', ['STATUS_DELETED']],
    ['appUserStatuses', ['STATUS_UNSPECIFIED']],
    ['appUserTypes', ['USER']],
    ['appUserDomains', ['APP_USER_DOMAIN_UNSPECIFIED']],
    ['appUserStatusDetails', [null]],
  ])('is refused with %s of what it does not take', async (name, value) => {
    const { status, body } = await search({ [name]: value });
    expect([status, body.code]).toEqual([400, 3]);
  });
});
