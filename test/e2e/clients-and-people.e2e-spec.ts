import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, TestApi } from '../support/api.js';

const password = 'quite another long phrase';
const closed = 'This is not allowed with the token of an OAuth client.';

let api: TestApi;
let admin: Client;
let program: ReturnType<TestApi['client']>;

beforeAll(async () => {
  api = await TestApi.start();
  admin = await api.as('Administrator');
  program = await programWith('ORG_ADMIN', admin);
});
afterAll(async () => api.close());

/** A client of somebody's own, with this role. */
async function programWith(role: string, maker: Client) {
  const { body } = await maker
    .post('/api/v1/oauth-clients')
    .send({ name: 'Provisioning', roles: [role] })
    .expect(201);
  const asked = { grant_type: 'client_credentials', client_id: body.clientId, client_secret: body.clientSecret };
  return api.client((await api.client().post('/oauth/token').type('form').send(asked).expect(200)).body.access_token);
}

const guest = (userName: string) => ({ userName, displayName: userName, email: `${userName}@example.com` });

describe('an OAuth client', () => {
  it('invites nobody: whoever holds its secret would hold a token that is worth its user’s rights', async () => {
    const refused = await program.post('/api/v1/directory/invitations').send(guest('by-client')).expect(403);
    expect(refused.body.error).toBe(closed);
    const { body } = await admin.post('/api/v1/directory/invitations').send(guest('by-admin')).expect(201);
    const again = await program.post(`/api/v1/directory/users/${body._id}/invitation`).send({}).expect(403);
    expect(again.body.error).toBe(closed);
    const invited = await api.given.sql(`select user_name as name from app_user where invitation_pending`);
    expect(invited).toEqual([{ name: 'by-admin' }]);
  });

  it('has nothing to do with passwords, locks and sessions of people', async () => {
    const { user } = await api.as('AUDITOR');
    const path = `/api/v1/directory/users/${user.id}`;
    const asked = [
      program.post(`${path}/password`).send({ password }),
      program.post(`${path}/password/validate`).send({ password }),
      program.delete(`${path}/logon-failures`),
      program.get(`${path}/sessions`),
      program.delete(`${path}/sessions`),
    ];
    for (const refused of asked) expect((await refused.expect(403)).body.error).toBe(closed);
  });

  it('ends no lock by saying that somebody is active, nor by switching him off and on', async () => {
    const { user } = await api.as('AUDITOR');
    const path = `/api/v1/directory/users/${user.id}`;
    const locked = { failures: 5, temporary_lockouts: 1, locked_until: new Date(Date.now() + 3_600_000) };
    await api.given.insert('login_attempt', { organization_id: api.organization.id, user_id: user.id, ...locked });
    const say = (client: Pick<Client, 'patch'>, active: boolean) =>
      client.patch(path).send([{ op: 'replace', path: '/active', value: active }]);
    for (const active of [true, false, true]) await say(program, active).expect(200);
    const read = (await program.get(path).expect(200)).body;
    await program
      .put(path)
      .send({ ...read, active: false })
      .expect(200);
    const back = (
      await program
        .put(path)
        .send({ ...read, active: true })
        .expect(200)
    ).body;
    expect(back).toMatchObject({ active: true, temporarilyLocked: true });
    const attempts = `select failures, temporary_lockouts from login_attempt where user_id = $1`;
    expect(await api.given.sql(attempts, [user.id])).toEqual([{ failures: 5, temporary_lockouts: 1 }]);
    const unlocked = `select 1 from audit_event where subject_id = $1 and action = 'user.unlocked'`;
    expect(await api.given.sql(unlocked, [user.id])).toEqual([]);

    expect((await say(admin, true).expect(200)).body.temporarilyLocked).toBe(false);
    expect(await api.given.sql(attempts, [user.id])).toEqual([]);
  });

  it('switches nobody on who was locked for good, but changes whatever else he is', async () => {
    const lockedForGood = { active: false, inactive_reason: 'tooManyFailedLogons' };
    const { id } = await api.organization.user(lockedForGood);
    const path = `/api/v1/directory/users/${id}`;
    const on = [{ op: 'replace', path: '/active', value: true }];
    const refused = await program.patch(path).send(on).expect(403);
    expect(refused.body.error).toBe('An OAuth client ends no lock that failed logins led to.');
    await program
      .patch(path)
      .send([{ op: 'add', path: '/displayName', value: 'Locked' }])
      .expect(200);
    const read = (await program.get(path).expect(200)).body;
    expect(read).toMatchObject({ active: false, inactiveReason: 'tooManyFailedLogons', displayName: 'Locked' });
    await program
      .put(path)
      .send({ ...read, active: true })
      .expect(403);
    await admin.patch(path).send(on).expect(200);
  });

  it('makes nobody with a password that it would know, but users of another directory without one', async () => {
    const body = { userName: 'backdoor', displayName: 'Backdoor', email: 'backdoor@example.com' };
    for (const sent of [
      { ...body, password },
      { ...body, password, externalId: 'x1' },
    ]) {
      const refused = await program.post('/api/v1/directory/users').send(sent).expect(403);
      expect(refused.body.error).toBe(
        'An OAuth client makes no user with a password: give an externalId and no password.',
      );
    }
    await program.post('/api/v1/directory/users').send(body).expect(400);
    await program
      .post('/api/v1/directory/users')
      .send({ ...body, externalId: 'x1' })
      .expect(201);
    await admin
      .post('/api/v1/directory/users')
      .send({ ...body, userName: 'own', email: 'own@example.com', password })
      .expect(201);
  });

  it('says of nobody who he is at another provider', async () => {
    const { user } = await api.as('AUDITOR');
    const path = `/api/v1/directory/users/${user.id}/external-identities`;
    const refused = await program.put(path).send({ externalIdentities: [] }).expect(403);
    expect(refused.body.error).toBe(closed);
    await program.get(path).expect(200);
    await admin.put(path).send({ externalIdentities: [] }).expect(200);
  });

  it('says of nobody which governed person he is, whose record he then reads', async () => {
    const { user } = await api.as([]);
    const owner = await api.organization.owner();
    const wide = await programWith('Administrator', admin);
    const path = `/api/v1/directory/users/${user.id}/owner`;
    for (const ownerId of [owner.id, null]) {
      expect((await wide.put(path).send({ ownerId }).expect(403)).body.error).toBe(closed);
    }
    await admin.put(path).send({ ownerId: owner.id }).expect(200);
  });

  it('gives nobody rights, neither by a role nor by a group that has one, however deep', async () => {
    const { user } = await api.as([]);
    const role = { principalId: user.id, role: 'AUDITOR' };
    expect((await program.post('/api/v1/role-assignments').send(role).expect(403)).body.error).toBe(closed);
    const made = (await admin.post('/api/v1/role-assignments').send(role).expect(201)).body;
    await program.delete(`/api/v1/role-assignments/${made.id}`).expect(403);
    await admin.delete(`/api/v1/role-assignments/${made.id}`).expect(204);

    const groups = '/api/v1/directory/groups';
    const group = async (name: string) => (await program.post(groups).send({ name }).expect(201)).body._id;
    const [outer, inner, plain] = [await group('outer'), await group('inner'), await group('plain')];
    await admin.post('/api/v1/role-assignments').send({ principalId: outer, role: 'AUDITOR' }).expect(201);
    await admin
      .patch(`${groups}/${outer}/members`)
      .send([{ op: 'add', id: inner }])
      .expect(200);
    for (const giving of [outer, inner]) {
      for (const id of [user.id, plain]) {
        const refused = await program
          .patch(`${groups}/${giving}/members`)
          .send([{ op: 'add', id }])
          .expect(403);
        expect(refused.body.error).toBe('An OAuth client adds nobody to a group that gives rights.');
      }
    }
    await admin
      .patch(`${groups}/${inner}/members`)
      .send([{ op: 'add', id: user.id }])
      .expect(200);
    await program
      .patch(`${groups}/${inner}/members`)
      .send([{ op: 'add', id: user.id }])
      .expect(200);
    await program
      .patch(`${groups}/${inner}/members`)
      .send([{ op: 'remove', id: user.id }])
      .expect(200);
    await program
      .patch(`${groups}/${plain}/members`)
      .send([{ op: 'add', id: user.id }])
      .expect(200);
  });
});
