import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newOpaqueToken } from '@app/auth';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import { HeldTransaction } from '../../support/held-transaction.js';

const directory = '/api/v1/directory';
const password = 'orbit velvet quarry mango plinth';

let api: TestApi;
let admin: Client;
let number = 0;

beforeAll(async () => {
  api = await TestApi.start();
  admin = await api.as('Administrator');
});
afterAll(async () => api.close());

interface Invited {
  readonly _id: string;
  readonly userName: string;
  readonly token: string;
}

const namesOf = (i: number) => ({
  email: `guest${i}@example.com`,
  userName: `guest-${i}`,
  displayName: `A Guest ${i}`,
});
const invite = (body: object = {}, by = admin) =>
  by.post(`${directory}/invitations`).send({ ...namesOf(++number), ...body });
const invited = async (body: object = {}): Promise<Invited> => (await invite(body).expect(201)).body;
const accept = ({ token, userName }: Invited, body: object = {}) =>
  api
    .client()
    .post(`${directory}/invitations/accept`)
    .send({ token, userName, displayName: 'Chosen By Myself', password, ...body });
const available = (token: unknown, userName: unknown) =>
  api.client().post(`${directory}/invitations/user-name-available`).send({ token, userName });
const login = async (username: string) =>
  api
    .client()
    .post('/api/v1/auth/login')
    .send({ username, password, organization: await api.slugOf() });

describe('an invitation', () => {
  it('makes a user who is pending, and a token that is shown this once', async () => {
    const { body, headers } = await invite({ userName: '  Zoe\u0308 ' }).expect(201);
    expect(body).toMatchObject({
      userName: 'Zoë',
      displayName: `A Guest ${number}`,
      email: `guest${number}@example.com`,
      active: true,
      invitationPending: true,
      invitationExpiry: expect.any(String),
      token: expect.stringMatching(/^osti_[\w-]{43}$/),
    });
    expect(Math.abs(Date.parse(body.invitationExpiry) - Date.now() - 7 * 86_400_000)).toBeLessThan(60_000);
    expect(headers['location']).toBe(`${directory}/users/${body._id}`);
    const rows = await api.given.sql(
      `select to_jsonb(i)::text as row from invitation i union all select to_jsonb(e)::text from audit_event e`,
    );
    expect(JSON.stringify(rows)).not.toContain(body.token.slice(5));
    await login('Zoë').then(({ status }) => expect(status).toBe(401));
  });

  it('is accepted once: names and password are the guest’s choice', async () => {
    const guest = await invited();
    const { text } = await accept(guest, { userName: 'my own choice' }).expect(200);
    expect(text).toBe('');
    const { body } = await login('my own choice');
    const me = await api.client(body.token).get(`${directory}/users/me`).expect(200);
    expect(me.body).toMatchObject({ _id: guest._id, displayName: 'Chosen By Myself', invitationPending: false });
    expect(me.body).not.toHaveProperty('invitationExpiry');
    expect((await accept(guest).expect(410)).body).toEqual({ error: expect.any(String), code: 'gone' });
    const trail = await api.given.sql(
      'select action, actor_id from audit_event where subject_id = $1 order by at, id',
      [guest._id],
    );
    expect(trail.slice(0, 2)).toEqual([
      { action: 'user.invited', actor_id: admin.user.id },
      { action: 'user.invitationAccepted', actor_id: guest._id },
    ]);
  });

  it('is accepted by one of two who try at the same moment', async () => {
    const guest = await invited();
    const answers = await Promise.all([accept(guest), accept(guest, { userName: `twin ${number}` })]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 410]));
  });

  it.each([
    ['a weak password', { password: 'short' }, 400],
    ['a password about its owner', { password: 'call me guesty the second', userName: 'guesty' }, 400],
    ['no password', { password: undefined }, 400],
    ['another provider, which is not set up', { password: undefined, jwtSubject: 'sub' }, 400],
    ['both', { jwtSubject: 'sub' }, 400],
    ['a blank name', { userName: '  ' }, 400],
    ['a control character', { displayName: 'a\u0007b' }, 400],
    ['a name that is too long', { displayName: 'x'.repeat(257) }, 400],
    ['a role', { roles: ['Administrator'] }, 400],
    ['an e-mail address', { email: 'other@example.com' }, 400],
  ])('is not accepted with %s, and not used up by it', async (_, body, status) => {
    const guest = await invited();
    const refused = await accept(guest, body).expect(status);
    expect(refused.body.details).toHaveLength(1);
    await accept(guest).expect(200);
  });

  it('waits for whoever changes the guest, and is not held meanwhile', async () => {
    const guest = await invited();
    const hold = 'select from app_user where id = $1 for update';
    const held = await HeldTransaction.begin(api.database.ownerUrl, hold, [guest._id]);
    const accepting = accept(guest).then(({ status }) => status);
    await held.untilInTheWayOf(1);
    await held.query('select from invitation where user_id = $1 for update nowait', [guest._id]);
    await held.query('update invitation set revoked_at = now() where user_id = $1', [guest._id]);
    await held.commit();
    expect(await accepting).toBe(410);
  });

  it('is not used up by a name that is taken', async () => {
    const other = await api.organization.user({ user_name: 'Taken Name', email: 'taken@example.com' });
    const guest = await invited();
    for (const userName of ['taken NAME', 'TAKEN@example.com']) {
      const { body } = await accept(guest, { userName }).expect(409);
      expect(body).toMatchObject({ code: 'conflict', details: [{ field: 'userName' }] });
    }
    expect(other.name).toBe('Taken Name');
    await accept(guest).expect(200);
  });

  it('is worth nothing once another replaces it', async () => {
    const guest = await invited();
    const again = (await admin.post(`${directory}/users/${guest._id}/invitation`).expect(200)).body as Invited;
    expect(again.token).not.toBe(guest.token);
    await accept(guest).expect(410);
    await accept(again).expect(200);
    await admin.post(`${directory}/users/${guest._id}/invitation`).send({}).expect(409);
  });

  it.each([
    ['it has expired', 'update invitation set expires_at = now() where user_id = $1'],
    ['its user was deleted', 'update app_user set deleted_at = now() where id = $1'],
    ['its user was disabled', `update app_user set active = false, inactive_reason = 'manual' where id = $1`],
  ])('is gone when %s', async (_, change) => {
    const guest = await invited();
    await api.given.sql(change, [guest._id]);
    await accept(guest).expect(410);
    await available(guest.token, 'free').expect(410);
  });

  it('is not replaced while its guest is switched off, and good again when he is on', async () => {
    const guest = await invited();
    const path = `${directory}/users/${guest._id}`;
    const active = (value: boolean) =>
      admin
        .patch(path)
        .send([{ op: 'replace', path: '/active', value }])
        .expect(200);
    await active(false);
    const refused = await admin.post(`${path}/invitation`).send({}).expect(409);
    expect(refused.body).toMatchObject({ code: 'conflict', error: expect.stringContaining('not active') });
    await accept(guest).expect(410);
    await active(true);
    await accept(guest).expect(200);
  });

  it('is worth nothing once the guest has another address, to which another goes', async () => {
    const guest = await invited();
    const user = `${directory}/users/${guest._id}`;
    const renamed = [{ op: 'replace', path: '/displayName', value: 'Still the same guest' }];
    expect((await admin.patch(user).send(renamed).expect(200)).body).toHaveProperty('invitationExpiry');
    const moved = [{ op: 'replace', path: '/email', value: `moved.${guest.userName}@example.com` }];
    expect((await admin.patch(user).send(moved).expect(200)).body).not.toHaveProperty('invitationExpiry');
    await accept(guest).expect(410);
    const { body } = await admin.get(`/api/v1/audit-events?filter[subjectId][EQ]=${guest._id}`).expect(200);
    expect(body.data.map(({ action }: { action: string }) => action).slice(0, 2)).toEqual(
      expect.arrayContaining(['user.invitationRevoked', 'user.updated']),
    );
    const again = (await admin.post(`${user}/invitation`).send({}).expect(200)).body as Invited;
    await accept(again).expect(200);
  });

  it('tells whether a user name is free, to its holder only', async () => {
    const guest = await invited();
    await api.organization.user({ user_name: 'somebody', email: 'some@example.com' });
    for (const [name, free] of [
      ['nobody yet', true],
      ['SomeBody', false],
      ['some@Example.com', false],
      [guest.userName, true],
    ] as const) {
      expect((await available(guest.token, name).expect(200)).body).toEqual({ available: free });
    }
    const answers = await Promise.all(
      ['somebody', 'nobody yet'].map(async (name) => (await available(newOpaqueToken('invitation'), name)).text),
    );
    expect(new Set(answers).size).toBe(1);
  });

  it.each([newOpaqueToken('invitation'), newOpaqueToken('refresh'), 'nonsense', ''])('is not %j', async (token) => {
    const guest = await invited();
    await accept(guest, { token }).expect(404);
    await available(token, 'x').expect(404);
  });

  it.each([
    ['a name that is taken', { userName: 'guest-1' }, 409],
    ['an address that is taken as a name', { email: 'guest-at@example.com' }, 409],
    ['no address', { email: 'nobody' }, 400],
    ['two addresses', { email: 'a@b@c' }, 400],
    ['no name', { userName: null }, 400],
    ['a number for a name', { displayName: 7 }, 400],
    ['a second', { expiresInSeconds: 1 }, 400],
    ['a year', { expiresInSeconds: 31_536_000 }, 400],
    ['a text for a time', { expiresInSeconds: '3600' }, 400],
    ['an id', { _id: newId() }, 400],
    ['a password', { password }, 400],
    ['a role', { role: 'Administrator' }, 400],
    ['a pending state', { invitation_pending: false }, 400],
  ])('is not made with %s', async (_, body, status) => {
    await api.organization.user({ user_name: 'guest-at@example.com' }).catch(() => undefined);
    await invite({ userName: 'guest-1', email: 'guest-1@example.org' });
    await invite(body).expect(status);
  });

  it('made many times over at once leaves one that is good', async () => {
    const guest = await invited();
    const path = `${directory}/users/${guest._id}/invitation`;
    const answers = await Promise.all(Array.from({ length: 6 }, () => admin.post(path).send({})));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const accepted = [];
    for (const { body } of answers) accepted.push((await accept(body as Invited)).status);
    expect(accepted.filter((status) => status === 200)).toHaveLength(1);
    expect(accepted.filter((status) => status === 410)).toHaveLength(5);
  });

  it('is no way to rights that its maker lacks: what the guest was given since, another invitation must carry', async () => {
    const weak = await api.as('ORG_ADMIN');
    const guest = (await invite({}, weak).expect(201)).body as Invited;
    const role = { principalId: guest._id, role: 'Administrator' };
    await admin.post('/api/v1/role-assignments').send(role).expect(201);
    await accept(guest).expect(410);
    await weak.post(`${directory}/users/${guest._id}/invitation`).send({}).expect(403);
    const again = (await admin.post(`${directory}/users/${guest._id}/invitation`).send({}).expect(200)).body;
    await accept(again as Invited).expect(200);
  });

  it('is worth nothing while its organization is disabled', async () => {
    const elsewhere = await api.given.organization();
    const guest: Invited = (await invite({}, await api.as('Administrator', elsewhere)).expect(201)).body;
    const account = (type: string) =>
      api.given.sql('update organization set account_type = $2 where id = $1', [elsewhere.id, type]);
    await account('DISABLED');
    await available(guest.token, 'somebody').expect(410);
    await accept(guest).expect(410);
    await account('STANDARD');
    await accept(guest).expect(200);
  });

  it('is worth nothing once its maker is gone', async () => {
    const maker = await api.as('ORG_ADMIN');
    const guest = (await invite({}, maker).expect(201)).body as Invited;
    await api.given.sql(`update app_user set active = false, inactive_reason = 'manual' where id = $1`, [
      maker.user.id,
    ]);
    await available(guest.token, 'somebody').expect(410);
    await available(guest.token, '').expect(410);
    await accept(guest).expect(410);
  });

  it('gives no name that is the address of another, though nobody has it yet: his own it may be', async () => {
    const guest = await invited({ email: 'me.myself@example.com' });
    for (const userName of ['you@example.com', 'You@EXAMPLE.com ']) {
      expect((await available(guest.token, userName).expect(200)).body).toEqual({ available: false });
      const { body } = await accept(guest, { userName }).expect(400);
      expect(body).toMatchObject({ code: 'invalid', details: [{ field: 'userName' }] });
    }
    expect((await available(guest.token, 'ME.myself@example.com').expect(200)).body).toEqual({ available: true });
    await accept(guest, { userName: 'ME.myself@example.com' }).expect(200);
    await invite({ userName: 'you@example.com' }).expect(400);
    await invite({ email: 'you@example.com' }).expect(201);
  });

  it('is made twice for one name by one of two at once', async () => {
    const both = await Promise.all([
      invite({ userName: 'race@example.com', email: 'race@example.com' }),
      invite({ userName: 'racer', email: 'Race@example.com' }),
    ]);
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([201, 409]));
  });

  it.each(['HELPDESK', 'AUDITOR', 'SOURCE_ADMIN'] as const)('is not made by %s', async (role) => {
    await invite({}, await api.as(role)).expect(403);
  });
});
