import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import { HeldTransaction } from '../../support/held-transaction.js';

const path = '/api/v1/directory/users';
const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const password = 'Granite harbour 47 lanterns';

let api: TestApi;
let admin: Client;
let orgAdmin: Client;

beforeAll(async () => {
  api = await TestApi.start();
  admin = await api.as('Administrator');
  orgAdmin = await api.as('ORG_ADMIN');
});
afterAll(async () => api.close());

let serial = 0;
const named = (body: object = {}) => ({ userName: `made.${++serial}`, password, ...body });

async function made(body: object = {}): Promise<{ _id: string; userName: string } & Record<string, unknown>> {
  return (await admin.post(path).send(named(body)).expect(201)).body;
}

async function signIn(username: string) {
  const organization = await api.slugOf();
  return api.client().post('/api/v1/auth/login').send({ username, password, organization });
}

async function login(username: string): Promise<number> {
  return (await signIn(username)).status;
}

async function trail(subjectId: string): Promise<{ action: string; before?: object; after?: object }[]> {
  const { body } = await admin.get(`/api/v1/audit-events?filter[subjectId][EQ]=${subjectId}`).expect(200);
  return body.data.filter(({ action }: { action: string }) => !/^user\.logg?(ed|in)/i.test(action));
}

describe('making a user', () => {
  it('answers the record, where it is, and nothing of the password', async () => {
    const email = 'Ada.Amir@example.com';
    const body = named({ email, displayName: 'Ada Amir', unixUserName: 'ada', unixHomeDirectory: '/home/ada' });
    const answer = await admin.post(path).send(body).expect(201);
    expect(answer.headers['location']).toBe(`${path}/${answer.body._id}`);
    expect(answer.body).toEqual({
      _id: uuid,
      _created: instant,
      _modified: instant,
      system: false,
      userName: body.userName,
      displayName: 'Ada Amir',
      active: true,
      email,
      unixUserName: 'ada',
      unixHomeDirectory: '/home/ada',
      invitationPending: false,
      temporarilyLocked: false,
    });
    expect((await admin.get(`${path}/${answer.body._id}`).expect(200)).body).toEqual(answer.body);
    expect(await login(body.userName)).toBe(200);
    expect(await trail(answer.body._id)).toMatchObject([
      { action: 'user.created', after: { userName: body.userName, email, displayName: 'Ada Amir' } },
    ]);
  });

  it('calls a user by the user name unless another name is given', async () => {
    expect((await made()).displayName).toMatch(/^made\./);
    expect(await made({ displayName: null })).toMatchObject({ displayName: expect.stringMatching(/^made\./) });
  });

  it('stores names composed and without blanks around them', async () => {
    const user = await made({ userName: '  Jose\u0301 ', displayName: ' Jose\u0301 ' });
    expect(user).toMatchObject({ userName: 'Jos\u00e9', displayName: 'Jos\u00e9' });
    expect(await login(' JOSE\u0301 ')).toBe(200);
  });

  it.each(['a\u200bda', '\u202eada', '\u3164'])('has no name with what is not seen: %j', async (userName) => {
    const { body } = await admin.post(path).send(named({ userName })).expect(400);
    expect(body.details).toEqual([{ field: 'userName', message: expect.any(String) }]);
    await admin.post('/api/v1/directory/groups').send({ name: userName }).expect(400);
  });

  it('looks past what only the server says', async () => {
    const id = newId();
    const made1 = await made({
      _id: id,
      system: true,
      _created: 'x',
      deleted: 1,
      temporarilyLocked: true,
      invitationPending: true,
    });
    expect(made1).toMatchObject({ system: false, temporarilyLocked: false, invitationPending: false });
    expect(made1._id).not.toBe(id);
    expect(made1).not.toHaveProperty('deleted');
  });

  it('can make one who is not active yet', async () => {
    const user = await made({ active: false });
    expect(user).toMatchObject({ active: false, inactiveReason: 'manual' });
    expect(await login(user.userName)).toBe(401);
  });

  it('with mustChange lets nobody in before the password is another', async () => {
    expect(await login((await made({ mustChange: true })).userName)).toBe(403);
  });

  it('lets users of another directory go without a password', async () => {
    const user = await made({ password: undefined, externalId: 'S-1-5-21-7' });
    expect(user).toMatchObject({ externalId: 'S-1-5-21-7' });
    expect(await login(user.userName)).toBe(401);
  });

  it('says who disabled users of another directory: the program that brings them, or somebody here', async () => {
    const wanted = { name: 'sync', roles: ['ORG_ADMIN'] };
    const { body } = await admin.post('/api/v1/oauth-clients').send(wanted).expect(201);
    const form = { grant_type: 'client_credentials', client_id: body.clientId, client_secret: body.clientSecret };
    const token = (await api.client().post('/oauth/token').type('form').send(form).expect(200)).body.access_token;
    const external = await made({ externalId: 'e-1' });
    const off = [{ op: 'replace', path: '/active', value: false }];
    const patched = await api.client(token).patch(`${path}/${external._id}`).send(off).expect(200);
    expect(patched.body).toMatchObject({ active: false, inactiveReason: 'externalAccountDisabled' });
    const byHand = await made({ externalId: 'e-2' });
    expect((await admin.patch(`${path}/${byHand._id}`).send(off).expect(200)).body.inactiveReason).toBe('manual');
  });

  it.each([
    ['without a name', { userName: undefined }, 'userName'],
    ['with a blank name', { userName: '  ' }, 'userName'],
    ['with a name of 257 characters', { userName: 'x'.repeat(257) }, 'userName'],
    ['with a control character', { userName: 'a\u0007b' }, 'userName'],
    ['with a name that is none', { userName: 7 }, 'userName'],
    ['without a password', { password: undefined }, 'password'],
    ['with a short password', { password: 'short' }, 'password'],
    ['with its own name as password', { userName: 'longestusername', password: 'longestusername1' }, 'password'],
    ['with an address that is none', { email: 'nobody' }, 'email'],
    ['with something else than true or false', { active: 'false' }, 'active'],
    ['with an attribute nobody knows', { isAdministrator: true }, 'isAdministrator'],
    ['with a home of many characters', { unixHomeDirectory: `/${'h'.repeat(1_024)}` }, 'unixHomeDirectory'],
  ])('is refused %s', async (_why, body, field) => {
    const answer = await admin.post(path).send(named(body)).expect(400);
    expect(answer.body).toMatchObject({ code: 'invalid', details: [{ field }] });
    expect(JSON.stringify(answer.body)).not.toContain(password);
  });

  it('is refused for a name or an address somebody alive has, in whatever case, also as the other of the two', async () => {
    const email = `taken.${++serial}@example.com`;
    const { userName } = await made({ email });
    for (const [body, field] of [
      [{ userName: userName.toUpperCase() }, 'userName'],
      [{ email: email.toUpperCase() }, 'email'],
      [{ userName: email }, 'userName'],
    ] as const) {
      const { body: answer } = await admin.post(path).send(named(body)).expect(409);
      expect(answer).toMatchObject({ code: 'conflict', details: [{ field }] });
    }
  });

  it('is refused by the address of another as his name, though nobody has it yet; so is every change to one', async () => {
    const [own, another] = [`own.${++serial}@example.com`, `another.${serial}@example.com`];
    for (const how of [{}, { email: own }, { externalId: `ext ${serial}`, password: undefined }]) {
      const { body } = await admin
        .post(path)
        .send(named({ userName: another, ...how }))
        .expect(400);
      expect(body).toMatchObject({ code: 'invalid', details: [{ field: 'userName' }] });
    }
    const user = await made({ userName: own.toUpperCase(), email: own });
    const patch = (value: string) =>
      admin.patch(`${path}/${user._id}`).send([{ op: 'replace', path: '/userName', value }]);
    await patch(another).expect(400);
    await admin.put(`${path}/${user._id}`).send({ userName: another, email: own }).expect(400);
    await patch('@ or b@c@d').expect(200);
    await admin.put(`${path}/${user._id}`).send({ userName: another, email: another }).expect(200);
  });

  it('who is called so from before that was refused can be changed otherwise', async () => {
    const another = `another.${++serial}@example.com`;
    const user = await made({ email: `own.${serial}@example.com` });
    await api.given.sql('update app_user set user_name = $2, user_name_key = $2 where id = $1', [user._id, another]);
    const operations = [{ op: 'replace', path: '/displayName', value: 'Somebody else' }];
    await admin.patch(`${path}/${user._id}`).send(operations).expect(200);
  });

  it('makes one user of a name that is wanted many times at once', async () => {
    const body = named({ email: `wanted.${serial}@example.com` });
    const answers = await Promise.all(Array.from({ length: 6 }, () => admin.post(path).send(body)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(5);
  });
});

describe('replacing a user', () => {
  it('takes back what was read, and changes nothing by it', async () => {
    const user = await made({ email: `back.${++serial}@example.com`, displayName: 'Back' });
    const read = (await admin.get(`${path}/${user._id}`)).body;
    expect((await admin.put(`${path}/${user._id}`).send(read).expect(200)).body).toEqual(read);
    expect(await trail(user._id)).toHaveLength(1);
  });

  it('clears what is absent, keeps whether the user is active, and names what changed', async () => {
    const user = await made({ email: `gone.${++serial}@example.com`, unixUserName: 'u', active: false });
    const { body } = await admin
      .put(`${path}/${user._id}`)
      .send({ userName: user.userName, displayName: 'New' })
      .expect(200);
    expect(body).toMatchObject({ displayName: 'New', active: false, inactiveReason: 'manual' });
    expect(body).not.toHaveProperty('email');
    expect(body).not.toHaveProperty('unixUserName');
    expect((await trail(user._id))[0]).toMatchObject({
      action: 'user.updated',
      before: { displayName: user.displayName, email: user['email'], unixUserName: 'u' },
      after: { displayName: 'New', email: null, unixUserName: null },
    });
  });

  it('leaves alone what was stored under an older rule, and judges what is new', async () => {
    const old = {
      user_name: `old\u200b${++serial}`,
      display_name: 'a\u0007b',
      email: 'no address',
      email_key: 'no address',
    };
    const user = await api.organization.user({ ...old, external_id: ' e ', unix_home_directory: '/\u0007' });
    const read = (await admin.get(`${path}/${user.id}`)).body;
    const { body } = await admin
      .put(`${path}/${user.id}`)
      .send({ ...read, unixUserName: 'u' })
      .expect(200);
    expect(body).toMatchObject({ userName: old.user_name, externalId: ' e ', unixUserName: 'u' });
    const patch = (name: string, value: string) =>
      admin.patch(`${path}/${user.id}`).send([{ op: 'replace', path: `/${name}`, value }]);
    await patch('unixUserName', 'v').expect(200);
    for (const name of ['userName', 'displayName', 'email']) {
      const { body: refused } = await patch(name, `${read[name]}\u0007\u200b`).expect(400);
      expect(refused.details).toMatchObject([{ field: name }]);
    }
    expect((await patch('userName', 'new name').expect(200)).body).toMatchObject({ displayName: 'a\u0007b' });
    await patch('userName', old.user_name).expect(400);
  });

  it('refuses a password, a name that is taken, and a record without a name', async () => {
    const [user, other] = [await made(), await made()];
    await admin.put(`${path}/${user._id}`).send({ userName: user.userName, password }).expect(400);
    await admin.put(`${path}/${user._id}`).send({ userName: other.userName }).expect(409);
    await admin.put(`${path}/${user._id}`).send({ displayName: 'x' }).expect(400);
    expect(await trail(user._id)).toHaveLength(1);
  });
});

const refusedPatches: [string, unknown][] = [
  ['move', [{ op: 'move', from: '/email', path: '/displayName' }]],
  ['copy', [{ op: 'copy', from: '/email', path: '/displayName' }]],
  ['test', [{ op: 'test', path: '/active', value: true }]],
  ['no operation', []],
  ['101 operations', Array.from({ length: 101 }, () => ({ op: 'replace', path: '/displayName', value: 'x' }))],
  ['an object', { op: 'replace', path: '/displayName', value: 'x' }],
  ['an operation that is none', [null]],
  ['no path', [{ op: 'replace', value: 'x' }]],
  ['an empty path', [{ op: 'replace', path: '', value: 'x' }]],
  ['a path without a slash', [{ op: 'replace', path: 'displayName', value: 'x' }]],
  ['a path that goes deeper', [{ op: 'replace', path: '/displayName/0', value: 'x' }]],
  ['a path twice encoded', [{ op: 'replace', path: '/displayName~01', value: 'x' }]],
  ['a broken path', [{ op: 'replace', path: '/display~Name', value: 'x' }]],
  ['no value', [{ op: 'replace', path: '/displayName' }]],
  ['a member nobody knows', [{ op: 'replace', path: '/displayName', value: 'x', from: '/email' }]],
  ['a name of another type', [{ op: 'replace', path: '/userName', value: {} }]],
  ['active as text', [{ op: 'replace', path: '/active', value: 'False' }]],
  ['the removal of the name', [{ op: 'remove', path: '/userName' }]],
  ['the removal of active', [{ op: 'remove', path: '/active' }]],
  ['active as nothing', [{ op: 'replace', path: '/active', value: null }]],
  ['the removal of what is not there', [{ op: 'remove', path: '/unixUserName' }]],
  ...['_id', '_created', '_modified', 'system', 'deleted', 'inactiveReason', 'invitationPending'].map(
    (name): [string, unknown] => [name, [{ op: 'replace', path: `/${name}`, value: 'x' }]],
  ),
  ...['invitationExpiry', 'temporarilyLocked', 'password', '__proto__', 'constructor/prototype/x', 'none'].map(
    (name): [string, unknown] => [name, [{ op: 'add', path: `/${name}`, value: 'x' }]],
  ),
];

describe('patching a user', () => {
  const patch = (id: string, body: unknown, type = 'application/json-patch+json') =>
    admin.patch(`${path}/${id}`).set('content-type', type).send(JSON.stringify(body));

  it.each(['application/json-patch+json', 'application/json'])('takes %s', async (type) => {
    const user = await made();
    const body = [{ op: 'replace', path: '/displayName', value: type }];
    expect((await patch(user._id, body, type).expect(200)).body.displayName).toBe(type);
  });

  it('adds, replaces, removes and clears, in order', async () => {
    const user = await made({ unixUserName: 'old' });
    const { body } = await patch(user._id, [
      { op: 'add', path: '/email', value: `p.${++serial}@example.com` },
      { op: 'add', path: '/displayName', value: 'One' },
      { op: 'replace', path: '/displayName', value: 'Two' },
      { op: 'remove', path: '/unixUserName' },
      { op: 'replace', path: '/userPrincipalName', value: 'u@corp' },
      { op: 'replace', path: '/userPrincipalName', value: null },
    ]).expect(200);
    expect(body).toMatchObject({ email: `p.${serial}@example.com`, displayName: 'Two' });
    expect(body).not.toHaveProperty('unixUserName');
    expect(body).not.toHaveProperty('userPrincipalName');
  });

  it('may pass through what would be refused, if the end is not', async () => {
    const user = await made();
    const body = [
      { op: 'remove', path: '/userName' },
      { op: 'add', path: '/userName', value: `again.${++serial}` },
    ];
    expect((await patch(user._id, body).expect(200)).body.userName).toBe(`again.${serial}`);
  });

  it.each(refusedPatches)('refuses %s, and does nothing of the rest', async (_what, body) => {
    const user = await made();
    const operations =
      Array.isArray(body) && body.length === 1 ? [{ op: 'replace', path: '/displayName', value: 'No' }, ...body] : body;
    const answer = await patch(user._id, operations).expect(400);
    expect(answer.body).toMatchObject({ error: expect.any(String), code: 'invalid' });
    expect((await admin.get(`${path}/${user._id}`)).body).toEqual(user);
    expect(Object.prototype).not.toHaveProperty('x');
  });

  it('is 409 for a taken name, 404 for a deleted user, 415 for another type', async () => {
    const [user, other, gone] = [await made(), await made(), await made()];
    await patch(user._id, [{ op: 'replace', path: '/userName', value: other.userName }]).expect(409);
    await admin.delete(`${path}/${gone._id}`).expect(204);
    await patch(gone._id, [{ op: 'replace', path: '/displayName', value: 'x' }]).expect(404);
    await admin.patch(`${path}/${user._id}`).set('content-type', 'text/plain').send('x').expect(415);
  });

  it('ends the sign-ins of whoever it switches off, who is let in again after', async () => {
    const user = await made();
    const session = await api.signedIn(api.organization, { id: user._id, name: '' });
    await session.get(`${path}/me`).expect(200);
    const off = await patch(user._id, [{ op: 'replace', path: '/active', value: false }]).expect(200);
    expect(off.body).toMatchObject({ active: false, inactiveReason: 'manual' });
    await session.get(`${path}/me`).expect(401);
    expect(await login(user.userName)).toBe(401);

    const lock = { organization_id: api.organization.id, user_id: user._id, failures: 5 };
    await api.given.sql('delete from login_attempt where user_id = $1', [user._id]);
    await api.given.insert('login_attempt', { ...lock, locked_until: new Date(Date.now() + 60_000) });
    const on = await patch(user._id, [{ op: 'replace', path: '/active', value: true }]).expect(200);
    expect(on.body).toMatchObject({ active: true, temporarilyLocked: false });
    expect(on.body).not.toHaveProperty('inactiveReason');
    const reason = { inactiveReason: 'manual' };
    expect((await trail(user._id)).filter(({ action }) => action === 'user.updated')).toMatchObject([
      { before: { active: false, ...reason }, after: { active: true } },
      { before: { active: true }, after: { active: false, ...reason } },
    ]);
    await session.get(`${path}/me`).expect(401);
    expect(await login(user.userName)).toBe(200);
  });
});

describe('a user who is locked for a while', () => {
  const lock = async (userId: string) =>
    api.given.insert('login_attempt', {
      organization_id: api.organization.id,
      user_id: userId,
      failures: 5,
      locked_until: new Date(Date.now() + 600_000),
    });

  it('is let in again by a patch that says he is active, and by no other', async () => {
    const user = await made();
    await lock(user._id);
    const patch = async (pointer: string, value: unknown) =>
      (
        await admin
          .patch(`${path}/${user._id}`)
          .send([{ op: 'replace', path: pointer, value }])
          .expect(200)
      ).body;
    expect(await patch('/displayName', 'Renamed')).toMatchObject({ temporarilyLocked: true });
    expect(await patch('/active', true)).toMatchObject({ temporarilyLocked: false, active: true });
    expect(await login(user.userName)).toBe(200);
    expect((await trail(user._id)).map(({ action }) => action)).toContain('user.unlocked');
  });

  it('does not keep a login and whoever changes him waiting for each other', async () => {
    const user = await made();
    await lock(user._id);
    const count = 'update login_attempt set failures = failures + 1 where organization_id = $1 and user_id = $2';
    const signingIn = await HeldTransaction.begin(api.database.ownerUrl, count, [api.organization.id, user._id]);
    const patch = [{ op: 'replace', path: '/active', value: true }];
    const answered = admin
      .patch(`${path}/${user._id}`)
      .send(patch)
      .then(({ status }) => status);
    await signingIn.untilMetBy(1);
    await signingIn.query('select id from app_user where id = $1 for no key update nowait', [user._id]);
    await signingIn.commit();
    expect(await answered).toBe(200);
  });
});

describe('deleting a user', () => {
  it('hides him, ends what he signed in to, and leaves his name to others', async () => {
    const user = await made({ email: `leaver.${++serial}@example.com` });
    const session = await api.signedIn(api.organization, { id: user._id, name: '' });
    await admin.delete(`${path}/${user._id}`).expect(204);
    await admin.delete(`${path}/${user._id}`).expect(404);
    await session.get(`${path}/me`).expect(401);
    expect(await login(user.userName)).toBe(401);
    expect((await admin.get(`${path}/${user._id}`).expect(200)).body).toMatchObject({ deleted: instant });
    expect((await admin.get(`${path}?filter[_id][EQ]=${user._id}`)).body).toEqual({ totalCount: 0, data: [] });
    await made({ userName: user.userName, email: user['email'] });
    expect((await trail(user._id))[0]).toMatchObject({ action: 'user.deleted', before: { userName: user.userName } });
  });

  it('is undone by a restore, with groups and roles that are still there', async () => {
    const user = await made();
    await admin.post('/api/v1/role-assignments').send({ principalId: user._id, role: 'AUDITOR' }).expect(201);
    await admin.delete(`${path}/${user._id}`).expect(204);
    const { body } = await admin.post(`${path}/${user._id}/restore`).expect(200);
    expect(body).not.toHaveProperty('deleted');
    expect(body).toMatchObject({ userName: user.userName, active: true });
    expect(await login(user.userName)).toBe(200);
    const session = api.client((await signIn(user.userName)).body.token);
    await session.get(path).expect(200);
    await admin.post(`${path}/${user._id}/restore`).expect(409);
    expect((await trail(user._id))[0]).toMatchObject({ action: 'user.restored' });
  });

  it('is not undone when somebody else has the name by now', async () => {
    const user = await made();
    await admin.delete(`${path}/${user._id}`).expect(204);
    await made({ userName: user.userName });
    await admin.post(`${path}/${user._id}/restore`).expect(409);
  });

  it('is refused of oneself, of the last Administrator, and of the owner of the organization’s account', async () => {
    await admin.delete(`${path}/${admin.user.id}`).expect(409);
    const owner = await made();
    const answersForIt = async (id: string | null) =>
      api.given.sql('update organization set account_owner_user_id = $2 where id = $1', [api.organization.id, id]);
    await answersForIt(owner._id);
    await admin.delete(`${path}/${owner._id}`).expect(409);
    // He is an Administrator by that, so without him the other one is the last.
    await answersForIt(null);
    const script = await api.as('Administrator');
    await api.given.sql('update app_user set system = true where id = $1', [script.user.id]);
    await script.delete(`${path}/${admin.user.id}`).expect(409);
    const off = [{ op: 'replace', path: '/active', value: false }];
    await admin.patch(`${path}/${admin.user.id}`).send(off).expect(409);
  });
});

describe('whom a change is allowed', () => {
  it('never on somebody with a right the caller lacks', async () => {
    const target = `${path}/${admin.user.id}`;
    await orgAdmin.put(target).send({ userName: 'x' }).expect(403);
    await orgAdmin
      .patch(target)
      .send([{ op: 'replace', path: '/displayName', value: 'x' }])
      .expect(403);
    await orgAdmin.delete(target).expect(403);
    const deleted = await made();
    await admin.post('/api/v1/role-assignments').send({ principalId: deleted._id, role: 'Administrator' }).expect(201);
    await admin.delete(`${path}/${deleted._id}`).expect(204);
    await orgAdmin.post(`${path}/${deleted._id}/restore`).expect(403);
    expect((await admin.get(`${path}/${deleted._id}`)).body).toHaveProperty('deleted');
  });

  it('never on users of the system', async () => {
    const { id } = await api.organization.user({ system: true });
    await admin.put(`${path}/${id}`).send({ userName: 'x' }).expect(403);
    await admin
      .patch(`${path}/${id}`)
      .send([{ op: 'replace', path: '/displayName', value: 'x' }])
      .expect(403);
    await admin.delete(`${path}/${id}`).expect(403);
    await admin.post(`${path}/${id}/restore`).expect(403);
    const owner = await api.organization.owner();
    await admin.put(`${path}/${id}/owner`).send({ ownerId: owner.id }).expect(403);
    await admin.delete(`${path}/${id}/logon-failures`).expect(403);
    await admin.delete(`${path}/${id}/sessions`).expect(403);
    expect(await api.given.sql('select from owner where user_id = $1', [id])).toEqual([]);
  });

  it('lets everybody read himself, and nobody without a role anybody else', async () => {
    const plain = await api.as([]);
    for (const part of ['', '/os-user']) {
      await plain.get(`${path}/${plain.user.id.toUpperCase()}${part}`).expect(200);
      await plain.get(`${path}/${admin.user.id}${part}`).expect(403);
      await plain.get(`${path}/${newId()}${part}`).expect(403);
      await plain.get(`${path}/nobody${part}`).expect(403);
      await admin.get(`${path}/nobody${part}`).expect(404);
    }
  });
});

describe('the user of operating systems', () => {
  it('is what is known of him there', async () => {
    const unix = { unixUserName: 'ux', unixHomeDirectory: '/home/ux', userPrincipalName: 'ux@corp.example.com' };
    const user = await made(unix);
    const { body } = await admin.get(`${path}/${user._id}/os-user`).expect(200);
    expect(body).toEqual({ userName: 'ux', unixHomeDirectory: '/home/ux', userPrincipalName: 'ux@corp.example.com' });
    expect((await admin.get(`${path}/${(await made())._id}/os-user`).expect(200)).body).toEqual({});
  });
});
