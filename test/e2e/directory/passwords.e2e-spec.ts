import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { PasswordService } from '@app/auth';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import type { Row } from '../../support/given.js';
import { HeldTransaction } from '../../support/held-transaction.js';

const password = 'orbit velvet quarry mango plinth';
const next = 'quite another long phrase';
const users = '/api/v1/directory/users';
const msg = { msg: 'The password has been changed.' };

let api: TestApi;
let slug: string;
let ada: Client;
let number = 0;

beforeAll(async () => {
  api = await TestApi.start();
  slug = await api.slugOf();
});
afterAll(async () => api.close());
beforeEach(async () => {
  ada = await somebody();
});

async function somebody(columns: Record<string, unknown> = {}, mustChange = false): Promise<Client> {
  const user = await api.organization.user({ user_name: `cornelius ${++number}`, ...columns });
  await api.givePassword(api.organization, user, password, mustChange);
  return api.signedIn(api.organization, user);
}

const login = (user: Row, tried: string) =>
  api.client().post('/api/v1/auth/login').send({ username: user.name, password: tried, organization: slug });
const change = (body: object) =>
  api
    .client()
    .post('/api/v1/auth/change-password')
    .send({ username: ada.user.name, currentPassword: password, newPassword: next, organization: slug, ...body });
const changeOwn = (who: Client, body: object = {}) =>
  who.post(`${users}/me/password`).send({ currentPassword: password, newPassword: next, ...body });
const actionsOn = async ({ id }: Row) =>
  (
    await api.given.sql<{ action: string }>('select action from audit_event where subject_id = $1 order by at, id', [
      id,
    ])
  ).map(({ action }) => action);

const badPasswords = ['short', 'passwordpassword', 'x'.repeat(300), 'here is cornelius 1, cornelius 2, cornelius 3'];

describe('a change by the present password', () => {
  it('needs no token, ends every session, and only the new password is good from then on', async () => {
    const { body, headers } = await change({}).expect(200);
    expect(body).toEqual(msg);
    expect(headers['cache-control']).toBe('no-store');
    await ada.get(`${users}/me`).expect(401);
    await login(ada.user, password).expect(401);
    await login(ada.user, next).expect(200);
    expect(await actionsOn(ada.user)).toContain('user.passwordChanged');
  });

  it('leads on from a password that must change', async () => {
    ada = await somebody({}, true);
    await login(ada.user, password).expect(403);
    await change({}).expect(200);
    await login(ada.user, next).expect(200);
  });

  it('is refused like a login when the name or the present password is wrong, whatever the new one is', async () => {
    for (const newPassword of [next, 'short', password]) {
      const wrong = await change({ currentPassword: 'wrong', newPassword }).expect(401);
      const unknown = await change({ username: 'nobody', newPassword }).expect(401);
      expect(wrong.body).toEqual({ error: 'The user name or the password is wrong.', code: 'unauthenticated' });
      expect(unknown.body).toEqual(wrong.body);
    }
  });

  it.each([...badPasswords, password])('to "%s" is refused with the reason, and nothing changes', async (bad) => {
    const newPassword = bad.replaceAll(/cornelius \d/g, ada.user.name);
    const { body, text } = await change({ newPassword }).expect(400);
    expect(body).toEqual({
      error: expect.any(String),
      code: 'invalid',
      details: [{ field: 'newPassword', message: expect.any(String) }],
    });
    expect(text).not.toContain(newPassword);
    await login(ada.user, password).expect(200);
  });

  it.each([
    [{ newPassword: undefined }, 'newPassword'],
    [{ currentPassword: 7 }, 'currentPassword'],
    [{ username: null }, 'username'],
    [{ mustChange: false }, 'mustChange'],
    [{ userId: newId() }, 'userId'],
    [{ credentialVersion: 1 }, 'credentialVersion'],
  ])('takes no body with %j', async (body, field) => {
    expect((await change(body).expect(400)).body.details).toEqual([{ field, message: expect.any(String) }]);
  });
});

describe('a change of the own password', () => {
  it('ends every session, this one too', async () => {
    const elsewhere = await api.signedIn(api.organization, ada.user);
    expect((await changeOwn(ada).expect(200)).body).toEqual(msg);
    await ada.get(`${users}/me`).expect(401);
    await elsewhere.get(`${users}/me`).expect(401);
    await login(ada.user, next).expect(200);
  });

  it('is refused with the wrong present one', async () => {
    const { body } = await changeOwn(ada, { currentPassword: 'wrong' }).expect(403);
    expect(body).toEqual({ error: 'The current password is wrong.', code: 'forbidden' });
    await ada.get(`${users}/me`).expect(200);
  });

  it.each([...badPasswords, password])('to "%s" is refused', async (bad) => {
    const newPassword = bad.replaceAll(/cornelius \d/g, ada.user.name);
    const { body } = await changeOwn(ada, { newPassword }).expect(400);
    expect(body.details[0].field).toBe('newPassword');
  });

  it('is refused where the user comes from elsewhere', async () => {
    const external = await somebody({ external_id: 'S-1-5-21' });
    await changeOwn(external).expect(409);
    await changeOwn(external, { currentPassword: 'wrong' }).expect(409);
  });

  it('is made by one of two that come at once', async () => {
    const answers = await Promise.all([changeOwn(ada), changeOwn(ada, { newPassword: 'a third long phrase here' })]);
    expect(answers.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(1);
    expect(answers.every(({ status }) => status < 500)).toBe(true);
  });
});

describe('a new password at the very moment of a login', () => {
  it('waits for the login before it touches the user, or each could wait for the other', async () => {
    const help = await api.as('HELPDESK');
    const login = await HeldTransaction.begin(
      api.database.ownerUrl,
      'insert into login_attempt (organization_id, user_id) values ($1, $2)',
      [api.organization.id, ada.user.id],
    );
    const given = help.post(`${users}/${ada.user.id}/password`).send({ password: next });
    const answered = given.expect(200).then(() => true);
    await login.untilMetBy(1);
    await login.query('select id from app_user where id = $1 for no key update nowait', [ada.user.id]);
    await login.commit();
    expect(await answered).toBe(true);
  });

  it('is made, and no session of the old one lives on, however many come at once', async () => {
    // Fewer than lock the account.
    const logins = () => Array.from({ length: 2 }, async () => login(ada.user, password));
    const [before, changed, after] = await Promise.all([
      Promise.all(logins()),
      change({}).then(({ status }) => status),
      Promise.all(logins()),
    ]);
    expect(changed).toBe(200);
    const answers = [...before, ...after];
    expect(answers.map(({ status }) => status).filter((status) => status !== 200 && status !== 401)).toEqual([]);
    for (const { body } of answers.filter(({ status }) => status === 200)) {
      await api.client(body.token).get(`${users}/me`).expect(401);
      await api.client().post('/api/v1/auth/refresh').send({ refreshToken: body.refreshToken }).expect(401);
    }
    await login(ada.user, next).expect(200);
  });
});

describe('a password given by somebody else', () => {
  const reset = (by: Client, id: string, body: object = {}) =>
    by.post(`${users}/${id}/password`).send({ password: next, ...body });
  let help: Client;
  beforeAll(async () => {
    help = await api.as('HELPDESK');
  });

  it('is good at once; sessions and a temporary lock end', async () => {
    const attempts = { organization_id: api.organization.id, user_id: ada.user.id, failures: 5 };
    await api.given.insert('login_attempt', { ...attempts, locked_until: new Date(Date.now() + 60_000) });
    expect((await reset(help, ada.user.id.toUpperCase()).expect(200)).body).toEqual(msg);
    await ada.get(`${users}/me`).expect(401);
    await login(ada.user, next).expect(200);
  });

  it('may have to be changed first', async () => {
    await reset(help, ada.user.id, { mustChange: true }).expect(200);
    expect((await login(ada.user, next).expect(403)).body.code).toBe('passwordChangeRequired');
  });

  it('may be the first', async () => {
    const user = await api.organization.user({ user_name: 'without' });
    await reset(help, user.id).expect(200);
    await login(user, next).expect(200);
  });

  it('is never for somebody with rights the giver lacks, direct or through groups', async () => {
    for (const role of ['ORG_ADMIN', 'Administrator', 'SOURCE_ADMIN'] as const) {
      const target = await api.as(role);
      await reset(help, target.user.id).expect(403);
      await help.delete(`${users}/${target.user.id}/logon-failures`).expect(403);
      // What a password may not contain are names: to try is to ask for them.
      await help.post(`${users}/${target.user.id}/password/validate`).send({ password: next }).expect(403);
    }
    const group = { organization_id: api.organization.id, id: newId(), name: 'power', name_key: `power ${number}` };
    await api.given.insert('user_group', group);
    const of = { organization_id: api.organization.id, group_id: group.id };
    await api.given.insert('membership', { ...of, user_id: ada.user.id });
    await api.given.insert('role_assignment', { ...of, role: 'SOURCE_ADMIN' });
    await reset(help, ada.user.id).expect(403);
    await reset(await api.as('ORG_ADMIN'), ada.user.id).expect(200);
  });

  const closed: Record<string, readonly [status: number, columns: Record<string, unknown> | undefined]> = {
    oneself: [403, undefined],
    'a system user': [403, { system: true }],
    'an invited one': [409, { invitation_pending: true }],
    'an external one': [409, { external_id: 'x' }],
  };
  it.each(Object.keys(closed))('is not for %s, and is not tried for such a one in the same words', async (who) => {
    const [status, columns] = closed[who]!;
    const { id } = columns ? await api.organization.user(columns) : help.user;
    const { body } = await reset(help, id).expect(status);
    const tried = await help.post(`${users}/${id}/password/validate`).send({ password: next }).expect(status);
    expect(tried.body).toEqual(body);
  });

  it.each(['POST password', 'POST password/validate', 'DELETE logon-failures'])(
    '%s knows nobody unknown, deleted or of another organization',
    async (what) => {
      const [method, tail] = what.split(' ') as ['POST' | 'DELETE', string];
      const elsewhere = await (await api.given.organization()).user();
      const gone = await api.organization.user({ deleted_at: new Date() });
      for (const id of [newId(), 'nonsense', elsewhere.id, gone.id]) {
        const path = `${users}/${id}/${tail}`;
        const sent = method === 'POST' ? help.post(path).send({ password: next }) : help.delete(path);
        const { body } = await sent.expect(404);
        expect(body).toEqual({ error: 'No such user.', code: 'not_found' });
      }
    },
  );

  it('is judged by the names of the user, not of the giver', async () => {
    const about = `welcome ${ada.user.name} to us`;
    expect((await reset(help, ada.user.id, { password: about }).expect(400)).body.details[0].field).toBe('password');
    await reset(help, ada.user.id, { password: `welcome ${help.user.name}, to us all` }).expect(200);
  });

  it.each([{ mustChange: 'yes' }, { password: 7 }, { userName: 'x' }, { passwordHash: 'x' }, { organizationId: 'x' }])(
    'takes no body with %j',
    async (body) => {
      expect((await reset(help, ada.user.id, body).expect(400)).body.details).toHaveLength(1);
    },
  );
});

describe('asking whether a password would do', () => {
  const good = 'a fine long sentence of mine';
  const doors: Record<string, () => (body: object) => ReturnType<Client['post']>> = {
    'for a new user': () => (body) => api.client().post('/api/v1/auth/password/validate').send(body),
    'for oneself': () => (body) => ada.post(`${users}/me/password/validate`).send(body),
  };

  it.each(Object.keys(doors))('%s says nothing when it would, and why when not', async (door) => {
    const ask = doors[door]!();
    expect((await ask({ password: good }).expect(200)).body).toEqual({});
    for (const bad of badPasswords.slice(0, 3)) {
      const { body, text } = await ask({ password: bad }).expect(200);
      expect(body).toEqual({ error: expect.any(String) });
      expect(text).not.toContain(bad);
    }
    await ask({}).expect(400);
    await ask({ password: 1 }).expect(400);
    await ask({ password: good, extra: 1 }).expect(400);
    expect((await ask({ password: '\u0000'.repeat(20) })).status).toBe(400);
  });

  it('takes the names into account', async () => {
    const names = { username: 'mathilda', displayName: 'Tilda Swan', email: 'm.swan@example.com' };
    for (const about of ['here is Mathilda again', 'who is tildaswan really', 'mail to m.swan please']) {
      const sent = api
        .client()
        .post('/api/v1/auth/password/validate')
        .send({ ...names, password: about });
      expect((await sent.expect(200)).body.error).toContain('contains');
    }
    const own = await ada.post(`${users}/me/password/validate`).send({ password: `I am ${ada.user.name}, hello` });
    expect(own.body.error).toContain('user name');
    const help = await api.as('HELPDESK');
    const path = `${users}/${ada.user.id}/password/validate`;
    expect((await help.post(path).send({ password: `is it ${ada.user.name} then` })).body.error).toContain('user name');
    expect((await help.post(path).send({ password: good }).expect(200)).body).toEqual({});
  });
});

describe('a password that was hashed at other costs', () => {
  it('is hashed anew when it is used, if there is room for it, and never keeps anybody out', async () => {
    const hashOf = async () =>
      (
        await api.given.sql<{ hash: string }>('select password_hash as hash from credential where user_id = $1', [
          ada.user.id,
        ])
      )[0]!.hash;
    const stored = await new PasswordService({ memoryKib: 2_048, passes: 1, lanes: 1 }).hash(password);
    await api.given.sql('update credential set password_hash = $2 where user_id = $1', [ada.user.id, stored]);
    expect(await hashOf()).toContain('m=2048,t=1');
    const busy = vi.spyOn(api.app.get(PasswordService), 'hasRoom', 'get').mockReturnValue(false);
    await login(ada.user, password).expect(200);
    busy.mockRestore();
    expect(await hashOf()).toContain('m=2048,t=1');
    await login(ada.user, password).expect(200);
    expect(await hashOf()).toContain('m=1024,t=1');
    await login(ada.user, password).expect(200);
    await ada.get(`${users}/me`).expect(200);
  });
});

describe('the longest password that may be set', () => {
  it('also signs in, however it is composed', async () => {
    const roomy = await TestApi.start({ PASSWORD_VALIDITY_POLICY: '{"maxLength":1000}' });
    const user = await roomy.organization.user();
    await roomy.givePassword(roomy.organization, user, password);
    const named = { username: user.name, organization: await roomy.slugOf() };
    const longest = Array.from({ length: 160 }, (_, i) => `a\u0302\u0301e\u0302\u0301${i}`).join(' ');
    const body = { ...named, currentPassword: password, newPassword: longest };
    await roomy.client().post('/api/v1/auth/change-password').send(body).expect(200);
    for (const spelling of [longest, longest.normalize('NFC')]) {
      await roomy
        .client()
        .post('/api/v1/auth/login')
        .send({ ...named, password: spelling })
        .expect(200);
    }
    await roomy.close();
  });
});

describe('where passwords grow old', () => {
  it('an old one must change, and one of an external user need not', async () => {
    const old = await TestApi.start({ PASSWORD_EXPIRATION_POLICY: '{"enabled":true,"changeInterval":90}' });
    const from = async (columns: Record<string, unknown>, days: number) => {
      const user = await old.organization.user(columns);
      await old.givePassword(old.organization, user, password);
      const changedAt = new Date(Date.now() - days * 86_400_000);
      await old.given.sql('update credential set changed_at = $2 where user_id = $1', [user.id, changedAt]);
      const body = { username: user.name, password, organization: await old.slugOf() };
      return (await old.client().post('/api/v1/auth/login').send(body)).status;
    };
    expect([await from({}, 89), await from({}, 91), await from({ external_id: 'x' }, 91)]).toEqual([200, 403, 200]);
    await old.close();
  });
});
