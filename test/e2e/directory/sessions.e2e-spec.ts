import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { newOpaqueToken } from '@app/auth';
import { TestApi } from '../../support/api.js';
import type { Row } from '../../support/given.js';

const password = 'orbit velvet quarry mango plinth';
const auth = '/api/v1/auth';

let api: TestApi;
let number = 0;

interface SignIn {
  readonly token: string;
  readonly refreshToken: string;
}

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(async () => api.close());

async function person(): Promise<Row> {
  const user = await api.organization.user({ user_name: `person ${++number}` });
  await api.givePassword(api.organization, user, password);
  return user;
}

async function signIn(user: Row): Promise<SignIn> {
  const body = { username: user.name, password, organization: await api.slugOf() };
  return (await api.client().post(`${auth}/login`).set('User-Agent', 'a browser').send(body).expect(200)).body;
}

const refresh = (refreshToken: unknown) => api.client().post(`${auth}/refresh`).send({ refreshToken });
const works = async ({ token }: SignIn) => (await api.client(token).get('/api/v1/directory/users/me')).status === 200;
const sessionsOf = async ({ token }: SignIn, query = '') =>
  (await api.client(token).get(`${auth}/sessions${query}`).expect(200)).body;
const eventsOf = async (user: Row) =>
  (
    await api.given.sql<{ action: string }>('select action from audit_event where subject_id = $1 order by at, id', [
      user.id,
    ])
  ).map(({ action }) => action);

describe('lists of sessions and credentials', () => {
  it.each([
    `${auth}/sessions`,
    '/api/v1/directory/users/:me/sessions',
    '/api/v1/oauth-clients',
    `${auth}/oauth-clients`,
    '/api/v1/api-keys',
  ])('refuse a parameter they do not know, for it would show more than was asked for: %s', async (path) => {
    const admin = await api.as('Administrator');
    const ask = (query: string) => admin.get(`${path.replace(':me', admin.user.id)}${query}`);
    for (const field of ['filter[userId][EQ]', 'page[limt]', 'sort', '__proto__']) {
      const { body } = await ask(`?page[limit]=5&${field}=1`).expect(400);
      const message = 'Nothing is taken here but page[offset], page[limit].';
      expect(body).toEqual({ error: message, code: 'invalid', details: [{ field, message }] });
    }
    await ask('?page[limit]=5&page[limit]=5').expect(400);
    await ask('?page[offset]=0&page[limit]=5').expect(200);
  });
});

describe('a refresh token', () => {
  it('gets the next access token of the same session, and the next refresh token', async () => {
    const user = await person();
    const first = await signIn(user);
    const { body, headers } = await refresh(first.refreshToken).expect(200);
    expect(body).toEqual({ token: expect.any(String), expiresIn: 3600, refreshToken: expect.any(String) });
    expect(headers['cache-control']).toBe('no-store');
    expect(body.refreshToken).not.toBe(first.refreshToken);
    expect(await works(body)).toBe(true);
    expect(await works(first)).toBe(true);
    expect((await sessionsOf(body)).totalCount).toBe(1);
  });

  it('is good once: whoever uses it again ends the session for everybody who holds a token of it', async () => {
    const user = await person();
    const first = await signIn(user);
    const elsewhere = await signIn(user);
    const second = (await refresh(first.refreshToken).expect(200)).body as SignIn;
    await refresh(first.refreshToken).expect(401);
    expect([await works(first), await works(second)]).toEqual([false, false]);
    await refresh(second.refreshToken).expect(401);
    expect(await works(elsewhere)).toBe(true);
    expect(await eventsOf(user)).toEqual(['user.loggedIn', 'user.loggedIn', 'user.refreshTokenReused']);
  });

  it('ends the session however old the one is that is used again, and leaves nothing behind for each renewal', async () => {
    const user = await person();
    const first = await signIn(user);
    const given = [first.refreshToken];
    for (let i = 0; i < 5; i++) given.push((await refresh(given.at(-1)!).expect(200)).body.refreshToken);
    expect(new Set(given).size).toBe(6);
    const held = await api.given.sql('select to_jsonb(s)::text as row from session s where user_id = $1', [user.id]);
    expect(held).toHaveLength(1);
    await refresh(given[1]!).expect(401);
    await refresh(given.at(-1)!).expect(401);
    expect(await works(first)).toBe(false);
    expect(await eventsOf(user)).toEqual(['user.loggedIn', 'user.refreshTokenReused']);
    await refresh(given[2]!).expect(401);
    expect(await eventsOf(user)).toHaveLength(2);
  });

  it('whose beginning was never given ends nothing, and one with a wrong end ends its own session only', async () => {
    const user = await person();
    const [one, other] = [await signIn(user), await signIn(user)];
    const [beginning, end] = [one.refreshToken.slice(5, -43), one.refreshToken.slice(-43)];
    for (const forged of [`ostr_${end}`, `ostr_${end}${beginning}`, `ostr_${end}${end}`])
      await refresh(forged).expect(401);
    expect([await works(one), await works(other)]).toEqual([true, true]);
    await refresh(other.refreshToken.slice(0, -43) + end).expect(401);
    expect([await works(one), await works(other)]).toEqual([true, false]);
    await refresh(one.refreshToken.slice(0, -43)).expect(401);
    expect(await works(one)).toBe(false);
  });

  it('is used by one of many that use it at the same moment', async () => {
    const { refreshToken } = await signIn(await person());
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(refreshToken)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(7);
  });

  const losses: Record<string, string> = {
    'the user was disabled': `update app_user set active = false, inactive_reason = 'manual' where id = $1`,
    'the user was deleted': 'update app_user set deleted_at = now() where id = $1',
    'the password was changed': 'update app_user set credential_version = credential_version + 1 where id = $1',
    'the session ended': 'update session set revoked_at = now() where user_id = $1',
    'the session grew too old': 'update session set expires_at = now() where user_id = $1',
  };
  it.each(Object.entries(losses))('is worth nothing after %s', async (_, change) => {
    const user = await person();
    const { refreshToken } = await signIn(user);
    await api.given.sql(change, [user.id]);
    const { body } = await refresh(refreshToken).expect(401);
    expect(body).toEqual({ error: 'The refresh token is not valid.', code: 'unauthenticated' });
  });

  it('is stored as a hash only', async () => {
    const { refreshToken } = await signIn(await person());
    const rows = JSON.stringify(await api.given.sql('select to_jsonb(s)::text as row from session s'));
    for (const half of [refreshToken.slice(5, -43), refreshToken.slice(-43)]) expect(rows).not.toContain(half);
  });

  it.each([
    ['none that was given out', () => newOpaqueToken('refresh')],
    ['a token of another kind', () => newOpaqueToken('invitation')],
    ['an empty text', () => ''],
    ['letters it never has', () => 'ostr_%'],
  ])('that is %s is refused alike', async (_, token) => {
    const { body } = await refresh(token()).expect(401);
    expect(body).toEqual({ error: 'The refresh token is not valid.', code: 'unauthenticated' });
  });

  it.each([undefined, null, 7, {}, ['x'], 'x'.repeat(201)])('is no %j', async (value) => {
    const { body } = await refresh(value).expect(400);
    expect(body.details).toEqual([{ field: 'refreshToken', message: expect.any(String) }]);
  });

  it('opens no other door, and an access token does not open this one', async () => {
    const { token, refreshToken } = await signIn(await person());
    await api.client(refreshToken).get('/api/v1/directory/users/me').expect(401);
    await api.client().get('/api/v1/directory/users/me').set('X-Api-Key', refreshToken).expect(401);
    await refresh(token).expect(400);
    await refresh(token.slice(0, 150)).expect(401);
  });
});

describe('a session', () => {
  it.each([
    [
      'disabled and enabled again',
      `active = false, inactive_reason = 'manual'`,
      'active = true, inactive_reason = null',
    ],
    ['deleted and restored', 'deleted_at = now()', 'deleted_at = null'],
  ])('of somebody who is %s stays dead, and so does its refresh token', async (_, off, on) => {
    const user = await person();
    const before = await signIn(user);
    await api.given.sql(`update app_user set ${off} where id = $1`, [user.id]);
    await api.given.sql(`update app_user set ${on} where id = $1`, [user.id]);
    await sleep(1_050);
    expect(await works(before)).toBe(false);
    await refresh(before.refreshToken).expect(401);
    expect(await works(await signIn(user))).toBe(true);
  });

  it('is opened, renewed and ended by requests that the trail names', async () => {
    const user = await person();
    const first = await signIn(user);
    await api.client(first.token).post(`${auth}/logout`).expect(204);
    const rows = await api.given.sql('select request_id from audit_event where subject_id = $1', [user.id]);
    expect(rows).toHaveLength(2);
    expect(rows.filter(({ request_id: id }) => id === null)).toEqual([]);
  });
});

describe('a logout', () => {
  it('ends the session of its token at once, refresh token included, and no other', async () => {
    const user = await person();
    const [here, there] = [await signIn(user), await signIn(user)];
    await api.client(here.token).post(`${auth}/logout`).expect(204);
    expect([await works(here), await works(there)]).toEqual([false, true]);
    await refresh(here.refreshToken).expect(401);
    await api.client(here.token).post(`${auth}/logout`).expect(401);
    expect(await eventsOf(user)).toEqual(['user.loggedIn', 'user.loggedIn', 'user.loggedOut']);
  });
});

describe('own sessions', () => {
  it('are listed newest first with what tells them apart', async () => {
    const user = await person();
    const [first, second] = [await signIn(user), await signIn(user)];
    const { totalCount, data } = await sessionsOf(second);
    expect(totalCount).toBe(2);
    const common = { createdAt: expect.any(String), lastUsedAt: expect.any(String), expiresAt: expect.any(String) };
    const from = { address: expect.any(String), userAgent: 'a browser' };
    expect(data).toEqual([
      { id: expect.any(String), ...common, ...from, current: true },
      { id: expect.any(String), ...common, ...from, current: false },
    ]);
    expect((await sessionsOf(first)).data.map(({ current }: { current: boolean }) => current)).toEqual([false, true]);
    expect((await sessionsOf(second, '?page[offset]=1&page[limit]=1')).data).toEqual([data[1]]);
    expect(await sessionsOf(second, '?page[offset]=5')).toEqual({ totalCount: 2, data: [] });
  });

  it.each(['page[limit]=0', 'page[limit]=1001', 'page[offset]=-1', 'page[limit]=x', 'page[limit]=1&page[limit]=2'])(
    'are not listed for %s',
    async (query) => {
      const { token } = await signIn(await person());
      const { body } = await api.client(token).get(`${auth}/sessions?${query}`).expect(400);
      expect(body.details[0].field).toBe(query.slice(0, query.indexOf('=')));
    },
  );

  it('end one by one', async () => {
    const user = await person();
    const [here, there] = [await signIn(user), await signIn(user)];
    const { data } = await sessionsOf(here);
    await api.client(here.token).delete(`${auth}/sessions/${data[0].id.toUpperCase()}`).expect(204);
    expect([await works(here), await works(there)]).toEqual([true, false]);
    await api.client(here.token).delete(`${auth}/sessions/${data[0].id}`).expect(404);
  });

  it('end all at once, the one of the request too', async () => {
    const user = await person();
    const [here, there] = [await signIn(user), await signIn(user)];
    await api.client(here.token).delete(`${auth}/sessions`).expect(204);
    expect([await works(here), await works(there)]).toEqual([false, false]);
    expect((await eventsOf(user)).at(-1)).toBe('user.sessionsEnded');
  });

  it('are nobody else’s to end', async () => {
    const [owner, stranger] = [await signIn(await person()), await signIn(await person())];
    const { data } = await sessionsOf(owner);
    for (const id of [data[0].id, newId(), 'nonsense']) {
      await api.client(stranger.token).delete(`${auth}/sessions/${id}`).expect(404);
    }
    expect(await works(owner)).toBe(true);
  });

  it('are never taken over from whoever comes: a login with a token opens a session of its own', async () => {
    const [victim, attacker] = [await person(), await signIn(await person())];
    const body = { username: victim.name, password, organization: await api.slugOf() };
    const answer = await api.client(attacker.token).post(`${auth}/login`).send(body).expect(200);
    expect((await sessionsOf(answer.body)).totalCount).toBe(1);
    expect((await sessionsOf(attacker)).totalCount).toBe(1);
    const me = await api.client(attacker.token).get('/api/v1/directory/users/me').expect(200);
    expect(me.body._id).not.toBe(victim.id);
  });

  it('that have ended are felt on another server within a second', async () => {
    const user = await person();
    const here = await signIn(user);
    expect(await works(here)).toBe(true);
    await api.given.sql('update session set revoked_at = now() where user_id = $1', [user.id]);
    await sleep(1_050);
    expect(await works(here)).toBe(false);
  });
});

describe('sessions of somebody else', () => {
  const path = ({ id }: Row) => `/api/v1/directory/users/${id}/sessions`;

  it('are seen and ended by who may help him', async () => {
    const user = await person();
    const theirs = await signIn(user);
    const help = await api.as('HELPDESK');
    const { body } = await help.get(`${path(user)}?page[limit]=5`).expect(200);
    expect(body).toMatchObject({ totalCount: 1, data: [{ current: false, userAgent: 'a browser' }] });
    await help.delete(path(user)).expect(204);
    expect(await works(theirs)).toBe(false);
    await refresh(theirs.refreshToken).expect(401);
    await help.delete(path(user)).expect(204);
    expect((await eventsOf(user)).filter((action) => action === 'user.sessionsEnded')).toHaveLength(1);
  });

  it('are not ended by who has less rights than he', async () => {
    const chief = await api.as('Administrator');
    for (const role of ['HELPDESK', 'ORG_ADMIN'] as const) {
      await (await api.as(role)).delete(path(chief.user)).expect(403);
    }
    await chief.get('/api/v1/directory/users/me').expect(200);
  });

  it('of nobody known are 404, and AUDITOR sees none', async () => {
    const help = await api.as('HELPDESK');
    const gone = await api.organization.user({ deleted_at: new Date() });
    const elsewhere = await (await api.given.organization()).user();
    for (const id of [newId(), 'nonsense', gone.id, elsewhere.id]) {
      await help.get(path({ id, name: '' })).expect(404);
      await help.delete(path({ id, name: '' })).expect(404);
    }
    await (await api.as('AUDITOR')).get(path(help.user)).expect(403);
  });
});
