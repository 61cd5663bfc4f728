import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import type { Row } from '../../support/given.js';

interface Person {
  readonly id: string;
  readonly displayName: string;
  readonly roleIds: readonly string[];
}
interface View {
  readonly user: Person;
}

let api: TestApi;
let auditor: Client;
let hr: Row;
let chief: Row;
let zoe: Row;
let percent: Row;
let gone: Row;

beforeAll(async () => {
  api = await TestApi.start();
  const company = api.organization;
  auditor = await api.as('AUDITOR', company, { user_name: 'reader' });
  hr = await company.application({ name: 'HR', is_directory: true });
  const feed = await company.connector(hr, { authoritative: true });
  chief = await company.user({ user_name: 'chief' });
  const manager = await company.owner({ user_id: chief.id });
  const name = { display_name: 'Zoë Österberg', display_name_key: 'zoë österberg' };
  zoe = await company.user({ user_name: 'zo', email: 'Zoe@example.com', ...name });
  const owner = await company.owner({ user_id: zoe.id, manager_id: manager.id, connector_id: feed.id });
  await company.mapping(feed, 'email', 'email');
  await company.account(feed, owner, { email: 'z@example.org' });
  await api.given.insert('role_assignment', { organization_id: company.id, user_id: zoe.id, role: 'HELPDESK' });
  percent = await company.user({ user_name: '100% sure_\\' });
  gone = await company.user({ user_name: 'gone', deleted_at: new Date() });
});
afterAll(async () => api.close());

const searchFor = (body: object, by = auditor) => by.post('/api/v1/search/users').send(body);
const found = async (body: object) => {
  const answer = await searchFor(body).expect(200);
  return (answer.body.list as View[]).map(({ user }) => user.id);
};
const plain = { rolesPath: '', managersPath: '', directoriesPath: '', delegatedUserPath: '' };

describe('a user', () => {
  it('is the same wherever he appears', async () => {
    const connector = await api.organization.connector(hr);
    await api.organization.connectorOwner(connector, zoe);
    const owners = `/api/v2/apps/${hr.id}/connectors/${connector.id}/owners/users`;
    const owned = await auditor.get(`${owners}/owner/${zoe.id}`).expect(200);
    const user: unknown = owned.body.connectorOwnerUser.user;
    expect(user).toMatchObject({ id: zoe.id, directoryIds: [hr.id], emailSources: [{ value: 'z@example.org' }] });
    const { body } = await auditor.get(`/api/v1/users/${zoe.id}`).expect(200);
    expect(body).toEqual({ userView: { user, ...plain }, expanded: [] });
    const list = await auditor.get('/api/v1/users').expect(200);
    expect(list.body.list).toContainEqual({ user, ...plain });
    expect((await searchFor({ ids: [zoe.id] }).expect(200)).body).toEqual({
      list: [{ user, ...plain }],
      expanded: [],
      nextPageToken: '',
    });
    const text = JSON.stringify(user);
    for (const { text: told } of [owned, await auditor.get('/api/v1/users')]) expect(told).toContain(text);
  });

  it('is read after he is deleted, and listed no more', async () => {
    const { body } = await auditor.get(`/api/v1/users/${gone.id}`).expect(200);
    expect(body.userView.user).toMatchObject({ status: 'DELETED', deletedAt: expect.stringMatching(/Z$/) as string });
    expect(await found({ ids: [gone.id] })).toEqual([]);
    expect((await auditor.get('/api/v1/users?page_size=100')).text).not.toContain(gone.id);
  });

  it('may read himself without any role, and nobody else', async () => {
    const own = await api.as([]);
    expect((await own.get(`/api/v1/users/${own.user.id}`).expect(200)).body.userView.user.id).toBe(own.user.id);
    for (const id of [zoe.id, newId(), 'nonsense']) {
      expect((await own.get(`/api/v1/users/${id}`).expect(403)).body.code).toBe(7);
    }
  });

  it.each([() => newId(), () => 'nonsense', () => 'x'.repeat(101), () => 'x'.repeat(5_000)])(
    'there is not is 404 in the shape of this surface',
    async (id) => {
      const { body } = await auditor.get(`/api/v1/users/${id()}`).expect(404);
      expect(body).toEqual({ code: 5, message: 'Not found.' });
    },
  );
});

describe('a search for users', () => {
  it.each([
    [{ email: 'zOE@EXAMPLE.com' }, () => [zoe.id]],
    [{ email: 'zoe@example' }, () => []],
    [{ email: 'z@example.org' }, () => []],
    [{ displayName: 'ZOË ÖSTERBERG' }, () => [zoe.id]],
    [{ displayName: 'Zoë' }, () => []],
    [{ query: 'ÖSTER' }, () => [zoe.id]],
    [{ query: 'oe@EX' }, () => [zoe.id]],
    [{ query: '%' }, () => [percent.id]],
    [{ query: 'e_\\' }, () => [percent.id]],
    [{ query: 'z_e' }, () => []],
    [{ email: 'zoe@example.com', query: 'chief' }, () => []],
    [{ email: 'zoe@example.com', displayName: 'zoë österberg', query: 'zo' }, () => [zoe.id]],
  ])('for %j finds whom it means', async (body, ids) => expect(await found(body)).toEqual(ids()));

  it('by ids finds those of them there are, by id, however they are written', async () => {
    const ids = [percent.id, zoe.id.toUpperCase(), newId(), 'nonsense', gone.id, zoe.id];
    expect(await found({ ids })).toEqual([zoe.id, percent.id]);
    expect(await found({ ids: [newId()] })).toEqual([]);
  });

  it('takes what is empty or null for what was not sent', async () => {
    const everybody = await found({});
    expect(everybody).toHaveLength(5);
    const empty = { email: '', displayName: '', query: '', ids: [], pageSize: 0, pageToken: '', expandMask: {} };
    expect(await found(empty)).toEqual(everybody);
    expect(await found(Object.fromEntries(Object.keys(empty).map((name) => [name, null])))).toEqual(everybody);
    const sent = await auditor.post('/api/v1/search/users').set('Content-Type', 'application/json').send('');
    expect([sent.status, sent.body.list.length]).toEqual([200, 5]);
  });

  it('tells nothing of another organization', async () => {
    const elsewhere = await (await api.given.organization()).user({ email: 'zoe@example.com' });
    expect(await found({ email: 'zoe@example.com' })).toEqual([zoe.id]);
    expect(await found({ ids: [elsewhere.id] })).toEqual([]);
    expect(await found({ query: 'zo' })).toEqual([zoe.id]);
    await auditor.get(`/api/v1/users/${elsewhere.id}`).expect(404);
  });

  it.each([
    [{ emial: 'x' }, 'emial'],
    [{ page_size: 10 }, 'page_size'],
    [{ email: 7 }, 'email'],
    [{ email: 'x'.repeat(1_001) }, 'email'],
    [{ displayName: ['x'] }, 'displayName'],
    [{ query: {} }, 'query'],
    [{ ids: 'x' }, 'ids'],
    [{ ids: [7] }, 'ids'],
    [{ ids: Array(251).fill('x') }, 'ids'],
    [{ pageSize: '10' }, 'pageSize'],
    [{ pageSize: 1.5 }, 'pageSize'],
    [{ pageToken: 7 }, 'pageToken'],
    [{ pageToken: 'made up' }, 'pageToken'],
    [{ expandMask: '*' }, 'expandMask'],
    [{ expandMask: ['*'] }, 'expandMask'],
    [{ expandMask: { paths: '*' } }, 'expandMask.paths'],
    [{ expandMask: { paths: ['roles'] } }, 'paths must be one of'],
    [{ expandMask: { paths: Array(21).fill('*') } }, 'expandMask.paths'],
    [{ expandMask: { path: [] } }, 'expandMask.path'],
  ])('refuses %j', async (body, field) => {
    const { body: told } = await searchFor(body).expect(400);
    expect(told).toEqual({ code: 3, message: expect.stringContaining(field) });
  });

  it.each(['[]', '7', '"x"', '{'])('refuses the body %s', async (body) => {
    const sent = auditor.post('/api/v1/search/users').set('Content-Type', 'application/json');
    expect((await sent.send(body).expect(400)).body.code).toBe(3);
  });

  it('is judged after who may not ask', async () => {
    await searchFor({ nonsense: 1 }, await api.as('SOURCE_ADMIN')).expect(403);
    expect((await api.client().post('/api/v1/search/users').send({ nonsense: 1 }).expect(401)).body.code).toBe(16);
  });
});

describe('an expand mask', () => {
  const expand = async (paths: string[], by = auditor) =>
    (await searchFor({ ids: [zoe.id], expandMask: { paths } }, by).expect(200)).body;

  it('brings what it names, and paths that lead there', async () => {
    const { list, expanded } = await expand(['*']);
    const { user: manager } = (await auditor.get(`/api/v1/users/${chief.id}`)).body.userView;
    const time = expect.stringMatching(/Z$/) as string;
    expect(expanded).toEqual([
      { '@type': 'type.googleapis.com/c1.api.user.v1.User', ...manager },
      { '@type': 'type.googleapis.com/c1.api.iam.v1.Role', id: 'HELPDESK', name: 'HELPDESK', displayName: 'HELPDESK' },
      {
        '@type': 'type.googleapis.com/c1.api.directory.v1.Directory',
        appId: hr.id,
        createdAt: time,
        updatedAt: time,
        deletedAt: null,
      },
    ]);
    const { user: _, ...paths } = list[0];
    expect(paths).toEqual({
      managersPath: '$.expanded[0]',
      rolesPath: '$.expanded[1]',
      directoriesPath: '$.expanded[2]',
      delegatedUserPath: '',
    });
  });

  it.each([
    ['role_ids', 'rolesPath'],
    ['manager_ids', 'managersPath'],
    ['directory_ids', 'directoriesPath'],
  ])('of %s brings that alone', async (path, told) => {
    const { list, expanded } = await expand([path, path]);
    expect(expanded).toHaveLength(1);
    expect(list[0]).toMatchObject({ ...plain, [told]: '$.expanded[0]' });
  });

  it('brings nothing for what nobody has', async () => {
    expect((await expand(['delegated_user_id'])).expanded).toEqual([]);
    const { body } = await searchFor({ ids: [percent.id], expandMask: { paths: ['*'] } }).expect(200);
    expect(body).toMatchObject({ list: [plain], expanded: [] });
  });
});

describe('pages of a search', () => {
  it('lose and repeat nobody, and a token is good for its search alone', async () => {
    const everybody: string[] = [];
    for (let i = 0; i < 21; i++) everybody.push((await api.organization.user({ user_name: `many ${i}` })).id);
    const seen: string[] = [];
    let token = '';
    const sizes: number[] = [];
    do {
      const { body } = await searchFor({ query: 'many', pageSize: 1, pageToken: token }).expect(200);
      seen.push(...(body.list as View[]).map(({ user }) => user.id));
      sizes.push(body.list.length);
      token = body.nextPageToken;
    } while (token !== '');
    expect(sizes).toEqual([10, 10, 1]);
    expect(seen).toEqual(everybody);
    const { nextPageToken } = (await searchFor({ query: 'many', pageSize: 10 })).body;
    for (const other of [{ query: 'man' }, {}, { query: 'many', displayName: 'x' }]) {
      await searchFor({ ...other, pageToken: nextPageToken }).expect(400);
    }
    await auditor.get(`/api/v1/users?page_token=${nextPageToken}`).expect(400);
  });

  beforeAll(async () => {
    await api.given.sql(
      `insert into app_user (organization_id, id, user_name, user_name_key, display_name, display_name_key)
       select $1, new_id(), 'crowd ' || i, 'crowd ' || i, i, i from generate_series(1, 100) i`,
      [api.organization.id],
    );
  });

  it.each([
    [-5, 10],
    [9, 10],
    [25, 25],
    [101, 100],
  ])('of pageSize %i hold %i', async (pageSize, rows) => {
    expect((await searchFor({ pageSize }).expect(200)).body.list).toHaveLength(rows);
  });
});

describe('the filters of the published client', () => {
  let reader: Client;
  let boss: Row;
  let clerk: Row;
  let robot: Row;
  let nobody: Row;
  let system: Row;
  const ids = (...users: Row[]) => users.map(({ id }) => id).toSorted();
  const foundBy = async (body: object) => {
    const everybodyElse = { excludeIds: [reader.user.id], ...body };
    const { body: answer } = await searchFor(everybodyElse, reader).expect(200);
    return (answer.list as View[]).map(({ user }) => user.id);
  };

  beforeAll(async () => {
    const firm = await api.given.organization();
    reader = await api.as('AUDITOR', firm);
    boss = await firm.user();
    clerk = await firm.user();
    robot = await firm.user({ active: false, inactive_reason: 'manual' });
    nobody = await firm.user();
    system = await firm.user({ system: true });
    const superior = await firm.owner({ user_id: boss.id, department: 'Sales', title: 'Head' });
    await firm.owner({ user_id: clerk.id, department: 'Sales', title: 'Clerk', manager_id: superior.id });
    await firm.owner({ user_id: robot.id, department: 'IT', owner_type: 'service', manager_id: superior.id });
    await api.given.insert('role_assignment', { organization_id: firm.id, user_id: clerk.id, role: 'HELPDESK' });
  });

  it.each([
    [() => ({ refs: [{ id: clerk.id.toUpperCase() }, { id: newId() }, { id: 'nonsense' }] }), () => [clerk]],
    [() => ({ refs: [{ id: clerk.id }], ids: [boss.id] }), () => []],
    [() => ({ excludeIds: [reader.user.id, boss.id, 'nonsense'] }), () => [clerk, robot, nobody, system]],
    [() => ({ departments: ['Sales', 'Law'] }), () => [boss, clerk]],
    [() => ({ departments: ['sales'] }), () => []],
    [() => ({ jobTitles: ['Clerk'] }), () => [clerk]],
    [() => ({ departments: ['Sales'], jobTitles: ['Head'] }), () => [boss]],
    [() => ({ managerIds: [boss.id] }), () => [clerk, robot]],
    [() => ({ managerIds: [newId(), 'nonsense'] }), () => []],
    [() => ({ roleIds: ['HELPDESK', 'nonsense'] }), () => [clerk]],
    [() => ({ userStatuses: ['DISABLED'] }), () => [robot]],
    [() => ({ userStatuses: ['ENABLED', 'DISABLED'] }), () => [boss, clerk, robot, nobody, system]],
    [() => ({ excludeTypes: ['USER_TYPE_SYSTEM', 'USER_TYPE_UNSPECIFIED'] }), () => [boss, clerk, robot]],
    [() => ({ excludeTypes: ['USER_TYPE_HUMAN', 'USER_TYPE_AGENT'] }), () => [robot, nobody, system]],
    [() => ({ excludeTypes: ['USER_TYPE_SERVICE'] }), () => [boss, clerk, nobody, system]],
    [
      () => ({
        refs: [],
        departments: [],
        jobTitles: null,
        managerIds: [],
        roleIds: [],
        userStatuses: [],
        excludeTypes: null,
      }),
      () => [boss, clerk, robot, nobody, system],
    ],
  ])('find whom they mean: %#', async (body, users) => {
    expect(await foundBy(body())).toEqual(ids(...users()));
  });

  it('say of each user what his record says of him', async () => {
    const { body } = await searchFor({}, reader).expect(200);
    for (const { user } of body.list as { user: Person & { type: string; status: string } }[]) {
      expect(await foundBy({ excludeIds: [], excludeTypes: [user.type] })).not.toContain(user.id);
      expect(await foundBy({ excludeIds: [], userStatuses: [user.status] })).toContain(user.id);
    }
  });

  it.each([
    ['refs', [{}]],
    ['refs', ['x']],
    ['refs', Array.from({ length: 251 }, () => ({ id: 'x' }))],
    ['excludeIds', [1]],
    ['departments', 'Sales'],
    ['jobTitles', [null]],
    ['managerIds', Array.from({ length: 251 }, () => 'x')],
    ['roleIds', {}],
    ['userStatuses', ['DELETED']],
    ['userStatuses', ['UNKNOWN']],
    ['excludeTypes', ['HUMAN']],
    ['departments', ['a\u0000']],
  ])('are refused with %s of what they do not take', async (name, value) => {
    const { status, body } = await searchFor({ [name]: value }, reader);
    expect([status, body.code]).toEqual([400, 3]);
  });
});
