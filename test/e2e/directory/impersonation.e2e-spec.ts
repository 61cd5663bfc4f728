import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '@app/access';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import { partsOf } from '../../support/forged-token.js';
import type { Row } from '../../support/given.js';
import { HeldTransaction } from '../../support/held-transaction.js';

const auth = '/api/v1/auth';
const me = '/api/v1/directory/users/me';

let api: TestApi;
let admin: Client;
let target: Client;

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(async () => api.close());
beforeEach(async () => {
  admin = await api.as('Administrator');
  target = await api.as('ORG_ADMIN');
});

const impersonate = (by: Client, userId: unknown, more: object = {}) =>
  by.post(`${auth}/impersonate`).send({ userId, ...more });
const begin = async (reason?: string) =>
  (await impersonate(admin, target.user.id, { reason }).expect(200)).body.token as string;
const eventsOn = async ({ id }: Row) =>
  api.given.sql(
    `select action, actor_id, on_behalf_of_id, on_behalf_of_name, after from audit_event where subject_id = $1 order by at, id`,
    [id],
  );

async function holder(role: Role): Promise<Row> {
  return (await api.as(role)).user;
}

describe('an impersonation', () => {
  it('is a short token of the target that names who acts', async () => {
    const { body, headers } = await impersonate(admin, target.user.id.toUpperCase()).expect(200);
    expect(body).toEqual({ token: expect.any(String), expiresIn: 900 });
    expect(headers['cache-control']).toBe('no-store');
    const { claims } = partsOf(body.token);
    expect(claims).toMatchObject({ sub: target.user.id, act: { sub: admin.user.id } });
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(900);
    expect((await api.client(body.token).get(me).expect(200)).body._id).toBe(target.user.id);
  });

  it('has the rights of the target and not those of the Administrator', async () => {
    const token = await begin();
    await api.client(token).get('/api/v1/owners').expect(200);
    await api.client(token).post('/api/v1/owners/sync').expect(403);
    await admin.post('/api/v1/owners/sync').expect(202);
  });

  it('is told in the trail with its reason, and every event under it names both', async () => {
    const token = await begin('ticket 4711');
    const both = { actor_id: admin.user.id, on_behalf_of_id: target.user.id, on_behalf_of_name: target.user.name };
    expect(await eventsOn(target.user)).toEqual([
      {
        action: 'user.impersonated',
        actor_id: admin.user.id,
        on_behalf_of_id: null,
        on_behalf_of_name: null,
        after: { sessionId: expect.any(String), reason: 'ticket 4711' },
      },
    ]);
    const { body } = await api
      .client(token)
      .post('/api/v1/apps')
      .send({ displayName: `Made ${newId()}` })
      .expect(200);
    const [made] = await eventsOn({ id: body.app.id, name: '' });
    expect(made).toMatchObject({ action: 'application.created', ...both });
  });

  it('is seen by the target among his sessions', async () => {
    await begin();
    const { body } = await target.get(`${auth}/sessions`).expect(200);
    expect(body.data[0]).toMatchObject({
      impersonatedBy: { id: admin.user.id, name: admin.user.name },
      current: false,
    });
    await target.delete(`${auth}/sessions/${body.data[0].id}`).expect(204);
  });

  it.each([
    ['POST', `${auth}/impersonate`],
    ['GET', `${auth}/sessions`],
    ['DELETE', `${auth}/sessions`],
    ['DELETE', `${auth}/sessions/01890a5d-ac96-774b-bcce-b302099a8057`],
  ])('opens no %s %s', async (method, path) => {
    const client = api.client(await begin());
    await client[method.toLowerCase() as 'post' | 'get' | 'delete'](path).expect(403);
  });

  it('ends by its own logout, and leaves the Administrator signed in', async () => {
    const token = await begin();
    await api.client(token).post(`${auth}/logout`).expect(204);
    await api.client(token).get(me).expect(401);
    await admin.get(me).expect(200);
    await target.get(me).expect(200);
  });

  it('ends at once with the Administrator’s own session', async () => {
    const token = await begin();
    await api.client(token).get(me).expect(200);
    await admin.post(`${auth}/logout`).expect(204);
    await api.client(token).get(me).expect(401);
  });
});

const endings: Record<string, () => [string, string]> = {
  'the Administrator is disabled': () => [
    `update app_user set active = false, inactive_reason = 'manual' where id = $1`,
    admin.user.id,
  ],
  'the Administrator is deleted': () => ['update app_user set deleted_at = now() where id = $1', admin.user.id],
  'the Administrator is demoted': () => ['delete from role_assignment where user_id = $1', admin.user.id],
  'the Administrator changes his password': () => [
    'update app_user set credential_version = credential_version + 1 where id = $1',
    admin.user.id,
  ],
  'the target is disabled': () => [
    `update app_user set active = false, inactive_reason = 'manual' where id = $1`,
    target.user.id,
  ],
  'the target is deleted': () => ['update app_user set deleted_at = now() where id = $1', target.user.id],
  'the target changes his password': () => [
    'update app_user set credential_version = credential_version + 1 where id = $1',
    target.user.id,
  ],
  'the target becomes Administrator': () => [
    `insert into role_assignment (organization_id, user_id, role) select organization_id, id, 'Administrator' from app_user where id = $1`,
    target.user.id,
  ],
  'its quarter of an hour is over': () => [
    `update session set expires_at = now() where kind = 'impersonation' and user_id = $1`,
    target.user.id,
  ],
};

describe('an impersonation in use', () => {
  it.each(Object.keys(endings))('is worth nothing within a second after %s', async (kind) => {
    const client = api.client(await begin());
    await client.get(me).expect(200);
    const [change, id] = endings[kind]!();
    await api.given.sql(change, [id]);
    await sleep(1_050);
    await client.get(me).expect(401);
  });

  it('loses at once what the target loses', async () => {
    const client = api.client(await begin());
    await client.get('/accounts').expect(200);
    await api.given.sql('delete from role_assignment where user_id = $1', [target.user.id]);
    await sleep(1_050);
    await client.get('/accounts').expect(403);
  });
});

describe('an impersonation that lost its rights', () => {
  let chief: Client;
  const roles = '/api/v1/role-assignments';

  beforeEach(async () => {
    chief = await api.as('Administrator');
  });

  const grant = async (principalId: string, role: Role) =>
    (await chief.post(roles).send({ principalId, role }).expect(201)).body.id as string;
  const take = async (id: string) => chief.delete(`${roles}/${id}`).expect(204);
  const assignmentOf = async ({ id }: Row) =>
    (await api.given.sql<{ id: string }>('select id from role_assignment where user_id = $1', [id]))[0]!.id;

  it('does not come back with them when the Administrator is promoted again', async () => {
    const client = api.client(await begin());
    await take(await assignmentOf(admin.user));
    await client.get(me).expect(401);
    await grant(admin.user.id, 'Administrator');
    await client.get(me).expect(401);
    const [last] = (await eventsOn(target.user)).slice(-1);
    expect(last).toMatchObject({
      action: 'user.sessionsEnded',
      actor_id: chief.user.id,
      after: { because: 'rightsChanged' },
    });
    await api
      .client(await begin())
      .get(me)
      .expect(200);
  });

  it('does not come back when a group loses the role, or the Administrator the group, for a while', async () => {
    const { body: group } = await chief
      .post('/api/v1/directory/groups')
      .send({ name: `Chiefs ${newId()}` })
      .expect(201);
    const role = await grant(group._id, 'Administrator');
    const members = `/api/v1/directory/groups/${group._id}/members`;
    const member = (op: string) =>
      chief
        .patch(members)
        .send([{ op, id: admin.user.id }])
        .expect(200);
    await member('add');
    await take(await assignmentOf(admin.user));
    const first = api.client(await begin());
    await member('remove');
    await member('add');
    await first.get(me).expect(401);
    const second = api.client(await begin());
    await take(role);
    await grant(group._id, 'Administrator');
    await second.get(me).expect(401);
  });

  it('does not come back when the target was an Administrator for a while', async () => {
    const client = api.client(await begin());
    await take(await grant(target.user.id, 'Administrator'));
    await client.get(me).expect(401);
  });

  it('goes on through changes that leave it its rights', async () => {
    const client = api.client(await begin());
    await take(await grant(target.user.id, 'AUDITOR'));
    await take(await grant(admin.user.id, 'HELPDESK'));
    await client.get(me).expect(200);
  });

  it('does not begin beside the change that takes them', async () => {
    const text = `select pg_advisory_xact_lock(hashtextextended('ostiary administrators ' || $1::text, 0))`;
    const demotion = await HeldTransaction.begin(api.database.ownerUrl, text, [api.organization.id]);
    const beginning = impersonate(admin, target.user.id).then((answer) => answer);
    await demotion.untilInTheWayOf(1);
    await demotion.query('delete from role_assignment where user_id = $1', [admin.user.id]);
    await demotion.commit();
    expect((await beginning).status).toBe(403);
    expect(await eventsOn(target.user)).toEqual([]);
  });
});

describe('nobody acts', () => {
  const refused: Record<string, () => Promise<string>> = {
    'as himself': async () => admin.user.id,
    'as another Administrator': async () => holder('Administrator').then(({ id }) => id),
    'as somebody inactive': async () => (await api.organization.user({ active: false, inactive_reason: 'manual' })).id,
    'as somebody who has not accepted his invitation': async () =>
      (await api.organization.user({ invitation_pending: true })).id,
    'as a system user': async () => (await api.organization.user({ system: true })).id,
  };
  it.each(Object.keys(refused))('%s, and who tries is recorded', async (kind) => {
    const id = await refused[kind]!();
    const { body } = await impersonate(admin, id).expect(403);
    expect(body).toEqual({ error: expect.any(String), code: 'forbidden' });
    const [event] = await eventsOn({ id, name: '' });
    expect(event).toMatchObject({ action: 'user.impersonationRefused', actor_id: admin.user.id });
  });

  it('as somebody unknown, deleted or of another organization', async () => {
    const elsewhere = await (await api.given.organization()).user();
    const gone = await api.organization.user({ deleted_at: new Date() });
    const answers = [];
    for (const id of [newId(), 'nonsense', '', elsewhere.id, gone.id]) {
      answers.push(JSON.stringify((await impersonate(admin, id).expect(404)).body));
    }
    expect(new Set(answers).size).toBe(1);
  });

  const roles = ['ORG_ADMIN', 'HELPDESK', 'AUDITOR'] as const;
  it.each(roles)('who is no Administrator, and the trail tells as whom %s tried to', async (role) => {
    const caller = await api.as(role);
    await impersonate(caller, target.user.id.toUpperCase()).expect(403);
    expect(await eventsOn(target.user)).toMatchObject([
      { action: 'user.impersonationRefused', actor_id: caller.user.id, after: { because: 'not permitted' } },
    ]);
    expect(await eventsOn(caller.user)).toEqual([]);
  });

  it('who is no Administrator, and the trail tells of himself when he names nobody here', async () => {
    const elsewhere = (await (await api.given.organization()).user()).id;
    const gone = (await api.organization.user({ deleted_at: new Date() })).id;
    for (const body of [
      { userId: newId() },
      { userId: elsewhere },
      { userId: gone },
      { userId: {} },
      {},
      [],
      'x',
      '{',
    ]) {
      const caller = await api.as('AUDITOR');
      const sent = caller.post(`${auth}/impersonate`).set('Content-Type', 'application/json');
      await sent.send(typeof body === 'string' ? body : JSON.stringify(body)).expect(403);
      expect(await eventsOn(caller.user)).toMatchObject([{ action: 'user.impersonationRefused' }]);
    }
    for (const id of [elsewhere, gone]) expect(await eventsOn({ id, name: '' })).toEqual([]);
  });

  it('in vain more than once a minute for the trail: each caller and target counts', async () => {
    const [one, other] = [await api.as('HELPDESK'), await api.as('HELPDESK')];
    await Promise.all(Array.from({ length: 5 }, () => impersonate(one, target.user.id).expect(403)));
    await impersonate(one, one.user.id).expect(403);
    await impersonate(other, target.user.id).expect(403);
    const actorsOn = async (user: Row) => (await eventsOn(user)).map((event) => event['actor_id']);
    expect(await actorsOn(target.user)).toEqual([one.user.id, other.user.id]);
    expect(await actorsOn(one.user)).toEqual([one.user.id]);

    const chief = await holder('Administrator');
    for (let i = 0; i < 3; i++) await impersonate(admin, chief.id).expect(403);
    expect(await actorsOn(chief)).toEqual([admin.user.id]);
  });

  it('unseen a minute later: the next try is recorded again', async () => {
    const caller = await api.as('HELPDESK');
    const past = {
      organization_id: api.organization.id,
      actor_type: 'user',
      actor_id: caller.user.id,
      actor_name: 'x',
    };
    const event = { action: 'user.impersonationRefused', subject_type: 'user', subject_id: target.user.id };
    await api.given.insert('audit_event', { ...past, ...event, at: new Date(Date.now() - 61_000) });
    await impersonate(caller, target.user.id).expect(403);
    expect(await eventsOn(target.user)).toHaveLength(2);
  });

  it.each([
    [{}, 'userId'],
    [{ userId: 7 }, 'userId'],
    [{ userId: null }, 'userId'],
    [{ userId: newId(), reason: '' }, 'reason'],
    [{ userId: newId(), reason: 'x'.repeat(501) }, 'reason'],
    [{ userId: newId(), role: 'Administrator' }, 'role'],
    [{ userId: newId(), expiresIn: 99_999 }, 'expiresIn'],
  ])('for a body like %j', async (body, field) => {
    const answer = await admin.post(`${auth}/impersonate`).send(body).expect(400);
    expect(answer.body.details).toEqual([{ field, message: expect.any(String) }]);
  });
});
