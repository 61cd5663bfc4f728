import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isClosedTo, type Role } from '@app/access';
import { AccessTokens } from '@app/auth';
import { newId } from '@app/kernel';
import { listRoutes } from '../../../apps/api/src/http/routes.js';
import { accountPath, emails } from '../../support/account-desk.js';
import { type Client, TestApi } from '../../support/api.js';
import type { Row } from '../../support/given.js';
import { type Managed, ManagingDesk, managedPath } from '../../support/managing-desk.js';
import { pathTo } from '../../support/paths.js';
import { sampleOrganization } from '../../support/sample-organization.js';

type Requests = Pick<Client, 'get' | 'post' | 'put' | 'patch' | 'delete'>;

let api: TestApi;
let desk: ManagingDesk;
let made: Managed;

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(async () => api.close());
beforeEach(async () => {
  desk = await ManagingDesk.open(api);
  made = await desk.make();
});

const tokenPath = (of: Managed = made) => `${managedPath}/${of._id}/token`;
const owners = '/api/v1/owners';

async function tokenOf(by: Requests = desk.admin, of: Managed = made): Promise<string> {
  const { body } = await by.post(tokenPath(of)).expect(200);
  return body.token;
}
const entered = async (by: Requests = desk.admin): Promise<Requests> => api.client(await tokenOf(by));
const secondLater = () => sleep(1_050);
const sql = (text: string, ...values: unknown[]) => api.given.sql(text, values);

describe('POST /api/v1/managed-organizations/{id}/token', () => {
  it('answers with a token of a quarter of an hour', async () => {
    const { body } = await desk.admin.post(tokenPath()).expect(200);
    expect(body).toEqual({ token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/), expiresIn: 900 });
    const claims = JSON.parse(Buffer.from(body.token.split('.')[1], 'base64url').toString());
    expect(claims).toMatchObject({ org: made._id, mgr: desk.home.organization.id, sub: desk.admin.user.id });
    expect(claims.exp - claims.iat).toBe(900);
  });

  it('is told in both trails with both names', async () => {
    const theirs = desk.trailOf(made);
    for (const trail of [desk.home.trail, theirs]) await trail.mark();
    await tokenOf();
    const event = { action: 'organization.entered', subject_id: made._id, before: null, after: { name: 'Subsidiary' } };
    expect(await desk.home.trail.events()).toMatchObject([{ ...event, actor_id: desk.admin.user.id }]);
    expect(await theirs.events()).toMatchObject([{ ...event, actor_type: 'user', actor_id: desk.admin.user.id }]);
    const names = await sql(
      `select actor_name from audit_event where action = 'organization.entered' and subject_id = $1 order by actor_name`,
      made._id,
    );
    expect(names).toEqual([{ actor_name: 'boss' }, { actor_name: 'boss (Holding)' }]);
  });

  it('is 409 of one that is suspended, and leaves no event', async () => {
    await desk.suspend(made);
    await desk.home.trail.mark();
    const { body } = await desk.admin.post(tokenPath()).expect(409);
    expect(body.error.code).toBe('CONFLICT');
    expect(await desk.home.trail.events()).toEqual([]);
  });

  it('is 404 of whatever else', async () => {
    const theirs = await (await ManagingDesk.open(api)).make();
    for (const id of [theirs._id, desk.home.organization.id, newId(), 'x']) {
      await desk.admin.post(`${managedPath}/${id}/token`).expect(404);
    }
    const child = await api.as('Administrator', desk.rowsOf(made));
    for (const id of [made._id, desk.home.organization.id]) {
      await child.post(`${managedPath}/${id}/token`).expect(404);
    }
  });

  it('takes neither fields nor parameters', async () => {
    await desk.admin.post(tokenPath()).send({ reason: 'x' }).expect(400);
    await desk.admin.post(`${tokenPath()}?reason=x`).expect(400);
  });

  it.each<Role>(['ORG_ADMIN', 'SOURCE_ADMIN', 'HELPDESK', 'AUDITOR'])('is 403 for %s', async (role) => {
    await (await api.as(role, desk.home.organization)).post(tokenPath()).expect(403);
  });

  it('is 403 with the token of a client, an impersonation, a key, or of one entered before', async () => {
    const person = await desk.home.person('ada');
    const { body } = await desk.admin.post('/api/v1/auth/impersonate').send({ userId: person.id }).expect(200);
    await api.client(body.token).post(tokenPath()).expect(403);
    await (await desk.home.key()).post(tokenPath()).expect(403);
    await (await entered()).post(tokenPath()).expect(403);
    const client = (await desk.admin.post('/api/v1/oauth-clients').send({ name: 'c', roles: ['Administrator'] })).body;
    const grant = { grant_type: 'client_credentials', client_id: client.clientId, client_secret: client.clientSecret };
    const granted = await api.client().post('/oauth/token').type('form').send(grant).expect(200);
    await api.client(granted.body.access_token).post(tokenPath()).expect(403);
  });
});

describe('whoever entered', () => {
  it('acts as Administrator: reads and writes of every kind, each in that organization’s trail by his name', async () => {
    const there = await entered();
    const trail = desk.trailOf(made);
    await trail.mark();
    const owner = (await there.post(owners).send({ name: 'Ada', email: 'ada@example.com' }).expect(201)).body;
    expect((await there.get(`${owners}/${owner.id}`).expect(200)).body.name).toBe('Ada');
    const user = {
      userName: 'bo',
      displayName: 'Bo',
      email: 'bo@example.com',
      password: 'orbit velvet quarry mango plinth',
    };
    const bo = (await there.post('/api/v1/directory/users').send(user).expect(201)).body;
    await there.post('/api/v1/role-assignments').send({ principalId: bo._id, role: 'Administrator' }).expect(201);
    await there.post('/api/v1/api-keys').send({ name: 'k', level: 'ACCOUNT', permission: 'MODIFY' }).expect(201);
    await there
      .post('/api/v1/oauth-clients')
      .send({ name: 'c', roles: ['Administrator'], userId: bo._id })
      .expect(201);
    await there.post('/api/v1/apps').send({ displayName: 'Payroll' }).expect(200);
    await there
      .put(accountPath)
      .send({ accountName: 'Renamed', groups: [{ name: 'G', users: emails(['x']) }] })
      .expect(200);
    const actors = await sql(
      'select distinct actor_type, actor_id, actor_name, on_behalf_of_id from audit_event where organization_id = $1',
      made._id,
    );
    const actor = {
      actor_type: 'user',
      actor_id: desk.admin.user.id,
      actor_name: 'boss (Holding)',
      on_behalf_of_id: null,
    };
    expect(actors).toEqual([actor]);
    expect((await desk.login(made.slug, 'bo')).status).toBe(200);
    const { body } = await there.get('/api/v1/audit-events?filter[action][EQ]=owner.created').expect(200);
    expect(body.data[0].actor).toEqual({ type: 'user', id: desk.admin.user.id, name: 'boss (Holding)' });
  });

  it('is nowhere in it: not among users, principals, administrators or groups', async () => {
    const there = await entered();
    await there.get(owners).expect(200);
    for (const list of ['users', 'principals', 'groups']) {
      const { body, text } = await there.get(`/api/v1/directory/${list}`).expect(200);
      expect([list, body.totalCount]).toEqual([list, list === 'users' ? 0 : 1]);
      expect(text).not.toContain('boss');
    }
    expect((await there.get(accountPath).expect(200)).body).toMatchObject({ administrators: [], groups: [] });
    expect((await there.get('/api/v1/users').expect(200)).body.list).toEqual([]);
    expect(await sql('select id from app_user where organization_id = $1', made._id)).toEqual([]);
    expect(await sql('select id from session where organization_id = $1', made._id)).toEqual([]);
  });

  it('is no Administrator who stays: the last one of the organization itself is kept', async () => {
    const own = await api.as('Administrator', desk.rowsOf(made));
    const there = await entered();
    await there.delete(`/api/v1/directory/users/${own.user.id}`).expect(409);
    await there.put(accountPath).send({ administrators: [] }).expect(409);
  });

  it('is told what he is', async () => {
    const { body } = await (await entered()).get('/api/v1/auth/introspect').expect(200);
    expect(body).toMatchObject({
      userId: '',
      principleId: desk.admin.user.id,
      tenantId: made._id,
      roles: ['Administrator'],
    });
    expect(body.permissions).toContain('roles:write');
    for (const closed of ['self:read', 'users:impersonate', 'managed-organizations:read']) {
      expect(body.permissions).not.toContain(closed);
    }
  });

  it.each<[string, string, string?]>([
    [
      'while he is switched off',
      `update app_user set active = false, inactive_reason = 'manual' where id = $1`,
      'update app_user set active = true, inactive_reason = null where id = $1',
    ],
    [
      'while he is deleted',
      'update app_user set deleted_at = now() where id = $1',
      'update app_user set deleted_at = null where id = $1',
    ],
    [
      'without his role at home',
      `update role_assignment set role = 'AUDITOR' where user_id = $1`,
      `update role_assignment set role = 'Administrator' where user_id = $1`,
    ],
    [
      'while his organization is suspended',
      `update organization g set account_type = 'DISABLED' from app_user u where u.id = $1 and g.id = u.organization_id`,
      `update organization g set account_type = 'STANDARD' from app_user u where u.id = $1 and g.id = u.organization_id`,
    ],
    [
      'when his organization does not manage this one any more',
      'update organization g set parent_id = null from app_user u where u.id = $1 and g.parent_id = u.organization_id',
    ],
  ])('invites; the invitation is worth nothing %s', async (_, lost, regained) => {
    const helper = await api.as('Administrator', desk.home.organization);
    const there = await entered(helper);
    const guest = { email: 'g@example.com', userName: 'guest', displayName: 'Guest' };
    const { token } = (await there.post('/api/v1/directory/invitations').send(guest).expect(201)).body;
    const accept = () => {
      const fields = { token, userName: 'guest', displayName: 'Guest', password: 'orbit velvet quarry mango plinth' };
      return api.client().post('/api/v1/directory/invitations/accept').send(fields);
    };
    await sql(lost, helper.user.id);
    await accept().expect(410);
    if (regained === undefined) return;
    await sql(regained, helper.user.id);
    await accept().expect(200);
  });

  it('makes keys and clients that outlive his role at home, and that the trail alone says he made', async () => {
    const helper = await api.as('Administrator', desk.home.organization, { display_name: 'Helper' });
    const there = await entered(helper);
    const user = await desk.rowsOf(made).user({});
    const key = { name: 'K', level: 'ACCOUNT', permission: 'VIEW' };
    const client = { name: 'C', roles: [], userId: user.id };
    const madeKey = (await there.post('/api/v1/api-keys').send(key).expect(201)).body;
    const madeClient = (await there.post('/api/v1/oauth-clients').send(client).expect(201)).body;
    await sql('delete from role_assignment where user_id = $1', helper.user.id);
    await secondLater();
    await there.get(owners).expect(401);

    await api.client().get(owners).set('x-api-key', madeKey.key).expect(200);
    const own = await api.as('Administrator', desk.rowsOf(made));
    const listed = [
      ...(await own.get('/api/v1/api-keys').expect(200)).body.data,
      ...(await own.get('/api/v1/oauth-clients').expect(200)).body.data,
    ];
    expect(listed.map(({ id }: { id: string }) => id)).toEqual([madeKey.id, madeClient.id]);
    for (const one of listed) expect(one).not.toHaveProperty('createdBy');
    for (const [action, { id }] of Object.entries({ 'key.created': madeKey, 'client.created': madeClient })) {
      const path = `/api/v1/audit-events?filter[action][EQ]=${action}&filter[subjectId][EQ]=${id}`;
      const { body } = await own.get(path).expect(200);
      expect(body.data).toMatchObject([{ actor: { id: helper.user.id, name: 'Helper (Holding)' } }]);
    }
  });

  it('is refused exactly where the table closes it to whoever acts there, on every route', async () => {
    const sample = await sampleOrganization(api, desk.rowsOf(made));
    const token = await tokenOf();
    const wrong: string[] = [];
    for (const { method, path, access } of listRoutes(api.app)) {
      if (access === undefined || !('permission' in access)) continue;
      const verb = method.toLowerCase() as keyof Requests;
      // An unknown record: what would be done is not to be done.
      const target = method === 'GET' ? pathTo(path, sample) : path.replaceAll(/:\w+/g, newId());
      const request = api.client(token)[verb](target).type('json');
      const { status } = await request.send(method === 'GET' ? undefined : '[7]');
      // A managed organization is told of no usage, whoever asks.
      const refused = isClosedTo(access.permission, 'managing') || access.permission === 'organization:usage';
      if ((status === 403) !== refused || status === 401 || status >= 500) wrong.push(`${method} ${path} ${status}`);
    }
    expect(wrong).toEqual([]);
  }, 60_000);
});

describe('a token for a managed organization', () => {
  const session = () => sql('select id from session where user_id = $1', desk.admin.user.id);

  it.each<[string, () => Promise<unknown>]>([
    ['the sign-in behind it is', () => desk.admin.post('/api/v1/auth/logout').expect(204)],
    ['all sign-ins are', () => desk.admin.delete('/api/v1/auth/sessions').expect(204)],
    ['the organization is suspended', () => desk.suspend(made)],
  ])('is over at once when %s', async (_, end) => {
    const there = await entered();
    await there.get(owners).expect(200);
    await end();
    await there.get(owners).expect(401);
  });

  it.each<[string, string, () => unknown]>([
    ['the sign-in expires', 'update session set expires_at = now() where user_id = $1', () => desk.admin.user.id],
    ['the password changes', 'update app_user set credential_version = 9 where id = $1', () => desk.admin.user.id],
    [
      'he is switched off',
      `update app_user set active = false, inactive_reason = 'manual' where id = $1`,
      () => desk.admin.user.id,
    ],
    ['he is deleted', 'update app_user set deleted_at = now() where id = $1', () => desk.admin.user.id],
    ['he is no Administrator any more', 'delete from role_assignment where user_id = $1', () => desk.admin.user.id],
    [
      'his organization is suspended',
      `update organization set account_type = 'DISABLED' where id = $1`,
      () => desk.home.organization.id,
    ],
    [
      'the managed one is suspended elsewhere',
      `update organization set account_type = 'DISABLED' where id = $1`,
      () => made._id,
    ],
    ['it is not managed any more', 'update organization set parent_id = null where id = $1', () => made._id],
  ])('is over within a second when %s', async (_, change, subject) => {
    const there = await entered();
    await there.get(owners).expect(200);
    await sql(change, subject());
    await secondLater();
    await there.get(owners).expect(401);
  });

  it('is good for that organization alone: neither for home nor for another that is managed', async () => {
    const other = await desk.make();
    const there = await entered();
    const { id } = await desk.home.organization.owner({ name: 'At home' });
    const elsewhere = await desk.rowsOf(other).owner({ name: 'Elsewhere' });
    for (const foreign of [id, elsewhere.id]) {
      await there.get(`${owners}/${foreign}`).expect(404);
      await there.delete(`${owners}/${foreign}`).expect(404);
    }
    const { text } = await there.get(owners).expect(200);
    expect(text).not.toMatch(/At home|Elsewhere/);
    await there.get(managedPath).expect(403);
  });

  it.each<[string, (sid: string) => object]>([
    ['another organization', (sid) => ({ sid, org: desk.home.organization.id, mgr: desk.home.organization.id })],
    ['another manager', (sid) => ({ sid, org: made._id, mgr: newId() })],
    ['what is no id', (sid) => ({ sid, org: made._id, mgr: 'x' })],
    ['no manager', (sid) => ({ sid, org: made._id })],
    ['a number for a manager', (sid) => ({ sid, org: made._id, mgr: 7 })],
    ['another sign-in', () => ({ sid: newId(), org: made._id, mgr: desk.home.organization.id })],
    ['another user', (sid) => ({ sid, sub: newId(), org: made._id, mgr: desk.home.organization.id })],
    ['who acts', (sid) => ({ sid, org: made._id, mgr: desk.home.organization.id, act: { sub: newId() } })],
    ['a client', (sid) => ({ sid, cid: newId(), ver: 1, org: made._id, mgr: desk.home.organization.id })],
  ])('that names %s opens nothing', async (_, claims) => {
    const [{ id } = { id: '' }] = await session();
    const signed = { sub: desk.admin.user.id, ...claims(id) } as never;
    const { token } = await api.app.get(AccessTokens).sign(signed);
    await api.client(token).get(owners).expect(401);
  });

  it('is not had by an impersonation’s session, nor renewed by anything', async () => {
    const person = await desk.home.person('ada');
    const begun = await desk.admin.post('/api/v1/auth/impersonate').send({ userId: person.id }).expect(200);
    await sql(
      `insert into role_assignment (organization_id, user_id, role) values ($1, $2, 'Administrator')`,
      desk.home.organization.id,
      person.id,
    );
    const { sid } = JSON.parse(Buffer.from(begun.body.token.split('.')[1], 'base64url').toString());
    const claims = { sub: person.id, sid, org: made._id, mgr: desk.home.organization.id };
    const { token } = await api.app.get(AccessTokens).sign(claims);
    await api.client(token).get(owners).expect(401);
  });

  it('holds through groups, as the role at home does', async () => {
    const person = await api.as([], desk.home.organization);
    const group = { organization_id: desk.home.organization.id, group_id: await desk.home.systemGroup() };
    await api.given.insert('membership', { ...group, user_id: person.user.id });
    await secondLater();
    const there = await entered(person);
    await there.get(owners).expect(200);
    const path = `/api/v1/directory/groups/${group.group_id}/members`;
    await desk.admin
      .patch(path)
      .send([{ op: 'remove', id: person.user.id }])
      .expect(200);
    await there.get(owners).expect(401);
  });

  it('keeps at what was asked for while he is an Administrator at home', async () => {
    const there = await entered();
    const rows = desk.rowsOf(made);
    const application = await rows.application();
    const config = { kind: 'delimited-file', mapping: { login: 'nativeIdentity', off: 'disabled' } };
    const connector = await rows.connector(application, { config });
    const accounts = [await rows.account(connector), await rows.account(connector)];
    const helper = await api.as('Administrator', desk.home.organization);
    const leaving = await entered(helper);
    const tasks: string[] = [];
    for (const [i, by] of [there, leaving].entries()) {
      const { body } = await by
        .post(`/accounts/${(accounts[i] as Row).id}/reload`)
        .send({})
        .expect(202);
      tasks.push(body.id);
    }
    await sql('delete from role_assignment where user_id = $1', helper.user.id);
    await api.startWorker();
    const told = async (id: string) => (await there.get(`/task-status/${id}`).expect(200)).body;
    for (const id of tasks) {
      for (let i = 0; i < 100 && (await told(id)).completionStatus === null; i++) await sleep(100);
    }
    const messages = [];
    for (const id of tasks) messages.push((await told(id)).messages[0].key);
    expect(messages).toEqual(['no_file', 'not_allowed']);
  }, 30_000);
});

describe('an Administrator of the managing organization, named among the administrators', () => {
  const listed = async (by: Requests) =>
    (await by.get(`${accountPath}?attr=administrators`).expect(200)).body.administrators;
  let own: Client;

  beforeEach(async () => {
    own = await api.as('Administrator', desk.rowsOf(made), { user_name: 'own', email: 'own@example.com' });
  });

  it('is no error and no entry, and gets no profile', async () => {
    const named = [{ user: 'own@example.com' }, { user: 'BOSS@example.com', name: { first: 'B' } }];
    const { body } = await own.put(accountPath).send({ administrators: named }).expect(200);
    expect(body.administrators).toEqual([{ user: 'own@example.com' }]);
    expect(
      await sql(`select id from app_user where organization_id = $1 and email_key like 'boss%'`, made._id),
    ).toEqual([]);
    expect(await sql('select id from invitation where organization_id = $1', made._id)).toEqual([]);
  });

  it('may have no address: his user name is no error and no entry either, unless somebody here is called so', async () => {
    await api.as('Administrator', desk.home.organization, { user_name: 'Plain', email: null });
    const named = (...users: string[]) => ({ administrators: users.map((user) => ({ user })) });
    const { body } = await own.put(accountPath).send(named('own@example.com', 'PLAIN')).expect(200);
    expect(body.administrators).toEqual(emails(['own']));
    for (const unknown of ['boss', 'the owner', 'nobody']) {
      await own.put(accountPath).send(named('own@example.com', unknown)).expect(400);
    }
    await desk.rowsOf(made).user({ user_name: 'plain', email: null });
    await own.put(accountPath).send(named('own@example.com', 'Plain')).expect(200);
    expect(await listed(own)).toEqual([{ user: 'own@example.com' }, { user: 'plain' }]);
  });

  it('is an entry all the same if somebody of the organization itself has that address', async () => {
    await desk.rowsOf(made).user({ user_name: 'another boss', email: 'boss@example.com' });
    await own
      .put(accountPath)
      .send({ administrators: emails(['own', 'boss']) })
      .expect(200);
    expect(await listed(own)).toEqual(emails(['boss', 'own']));
    // What was read changes nothing when it is sent back.
    await own
      .put(accountPath)
      .send({ administrators: await listed(own) })
      .expect(200);
    expect(await listed(own)).toEqual(emails(['boss', 'own']));
  });

  it.each<[string, string]>([
    ['somebody else of it', `delete from role_assignment where user_id = $1`],
    ['one who is switched off', `update app_user set active = false, inactive_reason = 'manual' where id = $1`],
    ['a guest of it who has not accepted', 'update app_user set invitation_pending = true where id = $1'],
  ])('is a new profile if it is %s', async (_, change) => {
    await sql(change, desk.admin.user.id);
    const { body } = await own
      .put(accountPath)
      .send({ administrators: emails(['own', 'boss']) })
      .expect(200);
    expect(body.administrators).toMatchObject([
      { user: 'own@example.com' },
      { user: 'boss@example.com', profileActivateUrl: expect.any(String) },
    ]);
  });

  it('is a profile of his own where he is put into a group, and no Administrator by that', async () => {
    const groups = [{ name: 'G', users: emails(['boss']) }];
    const { body } = await own.put(accountPath).send({ groups }).expect(200);
    expect(body.administrators).toEqual(emails(['own']));
    expect(body.groups[0].users).toMatchObject([{ user: 'boss@example.com' }]);
  });

  it('is that profile in the whole of a request that puts him into a group, however often it is sent', async () => {
    const request = { administrators: emails(['own', 'boss']), groups: [{ name: 'G', users: emails(['boss']) }] };
    const first = await own.put(accountPath).send(request).expect(200);
    expect(first.body.administrators).toMatchObject(emails(['own', 'boss']));
    expect(first.body.groups[0].users).toMatchObject(emails(['boss']));
    const second = await own.put(accountPath).send(request).expect(200);
    expect(second.body.administrators).toEqual(emails(['own', 'boss']));
  });

  it('is nobody where his organization manages nothing', async () => {
    const stranger = await ManagingDesk.open(api);
    const { body } = await stranger.admin
      .put(accountPath)
      .send({ administrators: emails(['boss', 'own']) })
      .expect(200);
    expect(body.administrators.map(({ user }: { user: string }) => user)).toEqual([
      'boss@example.com',
      'own@example.com',
    ]);
  });
});

describe('the managing and the managed organization', () => {
  it('read nothing of one another by the tokens of their own users', async () => {
    const child = await api.as('Administrator', desk.rowsOf(made));
    const theirs = await desk.rowsOf(made).owner({ name: 'Of the child' });
    const ours = await desk.home.organization.owner({ name: 'Of the parent' });
    for (const [by, id, name] of [
      [desk.admin, theirs.id, 'Of the child'],
      [child, ours.id, 'Of the parent'],
    ] as const) {
      await by.get(`${owners}/${id}`).expect(404);
      await by.put(`${owners}/${id}`).send({ name: 'Taken' }).expect(404);
      for (const list of [owners, '/api/v1/directory/users', '/api/v1/audit-events', accountPath]) {
        const { text } = await by.get(list).expect(200);
        expect(text).not.toContain(name);
      }
    }
    expect((await child.get(accountPath)).text).not.toContain(desk.home.organization.id);
  });
});
