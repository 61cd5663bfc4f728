import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { newId } from '@app/kernel';
import { Database, Transaction } from '@app/persistence';
import { type Client, TestApi } from '../../support/api.js';
import type { Row } from '../../support/given.js';
import { HeldTransaction } from '../../support/held-transaction.js';
import { durationsOf, toldApart } from '../../support/rank-test.js';

const password = 'orbit velvet quarry mango plinth';
const doors = { login: '/api/v1/auth/login', change: '/api/v1/auth/change-password' };

let api: TestApi;
let slug: string;
let ada: Row;
let number = 0;

beforeAll(async () => {
  api = await TestApi.start({ DATABASE_POOL_SIZE: '8' });
  slug = await api.slugOf();
});
afterAll(async () => api.close());
afterEach(() => void vi.restoreAllMocks());
beforeEach(async () => {
  ada = await person();
});

async function person(columns: Record<string, unknown> = {}): Promise<Row> {
  const user = await api.organization.user({ user_name: `lockable ${++number}`, ...columns });
  await api.givePassword(api.organization, user, password);
  return user;
}

const login = (username: string, tried = password) =>
  api.client().post(doors.login).send({ username, password: tried, organization: slug });
const change = (username: string, current: string) =>
  api
    .client()
    .post(doors.change)
    .send({ username, currentPassword: current, newPassword: 'quite another long phrase', organization: slug });

async function fail(times: number, username = ada.name): Promise<void> {
  for (let i = 0; i < times; i++) await login(username, 'wrong').expect(401);
}

async function attemptsOf({ id }: Row) {
  const [row] = await api.given.sql<{ failures: number; temporary_lockouts: number; seconds: number | null }>(
    `select failures, temporary_lockouts, extract(epoch from locked_until - last_failure_at)::float as seconds
       from login_attempt where user_id = $1`,
    [id],
  );
  return row;
}

/** @returns what sets the failures counted for a name back to what they are now */
async function untouchedAttempts(name: string): Promise<() => Promise<void>> {
  const counted = 'from login_attempt where user_id = (select id from app_user where user_name = $1)';
  const [row] = await api.given.sql<Record<string, unknown>>(`select * ${counted}`, [name]);
  return async () => {
    await api.given.sql(`delete ${counted}`, [name]);
    if (row) await api.given.insert('login_attempt', row);
  };
}

async function eventsOf({ id }: Row) {
  const rows = await api.given.sql<{ action: string }>(
    'select action from audit_event where subject_id = $1 order by at, id',
    [id],
  );
  return rows.map(({ action }) => action);
}

describe('an account', () => {
  it('locks with the fifth failure, and then refuses the right password in the same words', async () => {
    await fail(4);
    await login(ada.name).expect(200);
    await fail(5);
    expect((await attemptsOf(ada))!.seconds).toBe(60);
    const refused = await login(ada.name).expect(401);
    expect(refused.body).toEqual({ error: 'The user name or the password is wrong.', code: 'unauthenticated' });
    expect((await eventsOf(ada)).filter((action) => action === 'user.locked')).toHaveLength(1);
  });

  it('opens when the lock is over, and is locked for longer the next time', async () => {
    await fail(5);
    const over = () =>
      api.given.sql(`update login_attempt set locked_until = now() - interval '1 ms' where user_id = $1`, [ada.id]);
    await over();
    await fail(5);
    expect(await attemptsOf(ada)).toMatchObject({ temporary_lockouts: 2, seconds: 120 });
    await over();
    await login(ada.name).expect(200);
    expect(await attemptsOf(ada)).toMatchObject({ failures: 0, temporary_lockouts: 0 });
  });

  it('counts a hundred guesses at once as a hundred, and lets none of them in after the fifth', async () => {
    const guesses = Array.from({ length: 100 }, (_, i) => login(ada.name, `wrong ${i}`));
    const answers = await Promise.all(guesses);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    expect(await attemptsOf(ada)).toMatchObject({ failures: 100, temporary_lockouts: 1 });
    await login(ada.name).expect(401);
    expect((await eventsOf(ada)).filter((action) => action === 'user.loginRefused')).toHaveLength(101);
  });

  it('does not lock when the right password comes many times at once', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => login(ada.name)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('has one counter for all its doors', async () => {
    const here = await api.signedIn(api.organization, ada);
    await fail(2);
    await change(ada.name, 'wrong').expect(401);
    await change(ada.name, 'wrong').expect(401);
    const own = { currentPassword: 'wrong', newPassword: 'quite another long phrase' };
    await here.post('/api/v1/directory/users/me/password').send(own).expect(403);
    expect(await attemptsOf(ada)).toMatchObject({ failures: 5, temporary_lockouts: 1 });
    await change(ada.name, password).expect(401);
    await here
      .post('/api/v1/directory/users/me/password')
      .send({ ...own, currentPassword: password })
      .expect(403);
    await here.get('/api/v1/directory/users/me').expect(200);
  });

  it('is found by e-mail address too', async () => {
    const bo = await person({ email: 'bo.locked@example.com' });
    await fail(5, 'BO.Locked@example.com');
    await login(bo.name).expect(401);
  });

  it('starts anew when the last failure is long ago', async () => {
    await fail(4);
    await api.given.sql(`update login_attempt set last_failure_at = now() - interval '13 h' where user_id = $1`, [
      ada.id,
    ]);
    await fail(4);
    await login(ada.name).expect(200);
  });

  it('of another organization with the same name is another account', async () => {
    const elsewhere = await api.given.organization();
    const twin = await elsewhere.user({ user_name: ada.name });
    await api.givePassword(elsewhere, twin, password);
    await fail(5);
    const body = { username: ada.name, password, organization: await api.slugOf(elsewhere) };
    await api.client().post(doors.login).send(body).expect(200);
  });

  it('that does not exist fills no table, however many names are tried', async () => {
    const rows = async () =>
      (await api.given.sql<{ rows: number }>('select count(*)::int as rows from unknown_login'))[0]!.rows;
    for (let i = 0; i < 20; i++) await login(`nobody ${i}`, 'wrong').expect(401);
    expect(await rows()).toBeLessThanOrEqual(1_024);
    const trail = await api.given.sql(`select to_jsonb(e)::text as event from audit_event e where subject_id = $1`, [
      api.organization.id,
    ]);
    expect(trail.length).toBeGreaterThanOrEqual(20);
    expect(JSON.stringify(trail)).not.toContain('nobody 1');
  });
});

describe('the trail of refused tries', () => {
  const causes = async ({ id }: Row) => {
    const text = `select after ->> 'because' as because from audit_event where action = 'user.loginRefused' and subject_id = $1 order by at, id`;
    return (await api.given.sql<{ because: string }>(text, [id])).map(({ because }) => because);
  };

  it('says who, from where and why, and nothing of what was typed', async () => {
    const canary = `canary${newId()}`;
    await login(ada.name, canary).expect(401);
    await change(ada.name, canary).expect(401);
    await login(canary, canary).expect(401);
    const inactive = await person({ active: false, inactive_reason: 'manual' });
    await login(inactive.name).expect(401);
    const refusals = await api.given.sql<{ subject_id: string; after: Record<string, unknown> }>(
      `select subject_id, after from audit_event where action = 'user.loginRefused' order by at desc, id desc limit 4`,
    );
    const address = expect.stringMatching(/127\.0\.0\.1$/);
    expect(refusals).toEqual([
      { subject_id: inactive.id, after: { because: 'mayNotSignIn', address } },
      { subject_id: api.organization.id, after: { because: 'unknownUser', address } },
      { subject_id: ada.id, after: { because: 'wrongPassword', address } },
      { subject_id: ada.id, after: { because: 'wrongPassword', address } },
    ]);
    const [kept] = await api.given.sql<{ rows: number }>(
      `select count(*)::int as rows from audit_event e where to_jsonb(e)::text like $1`,
      [`%${canary}%`],
    );
    expect(kept!.rows).toBe(0);
  });

  it('does not tell a right guess at a locked account from a wrong one', async () => {
    await fail(5);
    await login(ada.name, 'wrong').expect(401);
    await login(ada.name).expect(401);
    await change(ada.name, password).expect(401);
    expect((await causes(ada)).slice(5)).toEqual(['locked', 'locked', 'locked']);
  });

  it.each([
    ['is inactive', { active: false, inactive_reason: 'manual' }],
    ['was invited', { invitation_pending: true }],
    ['is the system’s', { system: true }],
  ])('does not tell a right guess at whoever %s from a wrong one', async (_, columns) => {
    const user = await person(columns);
    await login(user.name, 'wrong').expect(401);
    await login(user.name).expect(401);
    expect(await causes(user)).toEqual(['mayNotSignIn', 'mayNotSignIn']);
    await fail(4, user.name);
    await login(user.name).expect(401);
    expect(new Set(await causes(user))).toEqual(new Set(['mayNotSignIn']));
  });
});

describe('a lock', () => {
  const path = () => `/api/v1/directory/users/${ada.id}/logon-failures`;

  it('is ended by who may help, and told in the trail', async () => {
    await fail(5);
    const help = await api.as('HELPDESK');
    await help.delete(path()).expect(204);
    await login(ada.name).expect(200);
    await help.delete(path()).expect(204);
    expect((await eventsOf(ada)).filter((action) => action === 'user.unlocked')).toHaveLength(1);
  });

  it('of somebody with more rights is not ended by who has less', async () => {
    ada = (await api.as('Administrator')).user;
    await (await api.as('HELPDESK')).delete(path()).expect(403);
    await (await api.as('ORG_ADMIN')).delete(path()).expect(403);
    await (await api.as('Administrator')).delete(path()).expect(204);
  });
});

describe('a count that is held for a while', () => {
  it('keeps those who guess at its name waiting, and nobody else', async () => {
    const [bo, reader] = [await person(), await api.as([])];
    const count = { organization_id: api.organization.id, user_id: ada.id, failures: 0 };
    await api.given.insert('login_attempt', count);
    const text = 'select 1 from login_attempt where user_id = $1 for update';
    const held = await HeldTransaction.begin(api.database.ownerUrl, text, [ada.id]);
    let answered = 0;
    const guesses = Array.from({ length: 30 }, async () => {
      const { status } = await login(ada.name, 'wrong');
      answered++;
      return status;
    });
    // Passwords are tried in the order they came, so this one comes after all guesses but the last few.
    await login(bo.name).expect(200);
    await reader.get('/api/v1/directory/users/me').expect(200);
    expect(answered).toBe(0);
    await held.commit();
    expect(new Set(await Promise.all(guesses))).toEqual(new Set([401]));
    expect(await attemptsOf(ada)).toMatchObject({ failures: 30 });
  });
});

describe('where accounts lock for good', () => {
  let strict: TestApi;
  let admin: Client;

  beforeAll(async () => {
    const policy = { maxLoginFailures: 2, maxTemporaryLockouts: 1, permanentLockout: true };
    strict = await TestApi.start({ BRUTE_FORCE_DETECTION_POLICY: JSON.stringify(policy) });
    admin = await strict.as('Administrator');
    await strict.givePassword(strict.organization, admin.user, password);
  });
  afterAll(async () => strict.close());

  const wrong = async (times: number, { name }: Row) => {
    const body = { username: name, password: 'wrong', organization: await strict.slugOf() };
    for (let i = 0; i < times; i++) {
      await strict.client().post(doors.login).send(body).expect(401);
      await strict.given.sql(`update login_attempt set locked_until = now() where locked_until > now()`);
    }
  };
  const stateOf = async ({ id }: Row) =>
    (await strict.given.sql('select active, inactive_reason from app_user where id = $1', [id]))[0];

  it('the lock after the temporary ones makes the user inactive, and his sessions end', async () => {
    const victim = await strict.as([]);
    await strict.givePassword(strict.organization, victim.user, password);
    await wrong(2, victim.user);
    expect(await stateOf(victim.user)).toEqual({ active: true, inactive_reason: null });
    await wrong(2, victim.user);
    expect(await stateOf(victim.user)).toEqual({ active: false, inactive_reason: 'tooManyFailedLogons' });
    await victim.get('/api/v1/directory/users/me').expect(401);
    await admin.delete(`/api/v1/directory/users/${victim.user.id}/logon-failures`).expect(204);
    expect(await stateOf(victim.user)).toMatchObject({ active: false });
  });

  it('whatever acts for the user ends at the same moment, also if he had no session', async () => {
    const victim = await strict.organization.user();
    await strict.givePassword(strict.organization, victim, password);
    await wrong(3, victim);
    const client = { name: 'Nightly', roles: [], userId: victim.id };
    const { clientId, clientSecret } = (await admin.post('/api/v1/oauth-clients').send(client).expect(201)).body;
    const asked = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
    const { body } = await strict.client().post('/oauth/token').type('form').send(asked).expect(200);
    const program = strict.client(body.access_token);
    await program.get('/api/v1/directory/users/me').expect(200);
    await wrong(1, victim);
    await program.get('/api/v1/directory/users/me').expect(401);
  });

  it('the last Administrator never is', async () => {
    await wrong(10, admin.user);
    expect(await stateOf(admin.user)).toEqual({ active: true, inactive_reason: null });
    const second = await strict.as('Administrator');
    await wrong(2, admin.user);
    expect(await stateOf(admin.user)).toMatchObject({ active: false });
    await second.get('/api/v1/directory/users/me').expect(200);
  });
});

/** Through which the database is asked for everything that is no part of a longer transaction. */
interface Sender {
  send(statement: { readonly text: string }, values: readonly unknown[]): unknown;
}

/** Nobody can tell these apart, whether he reads, or holds a watch. */
describe('the refusals of both doors', () => {
  const kinds: Record<string, () => Promise<readonly [string, string]>> = {
    unknown: async () => [`no such user ${++number}`, password],
    wrong: async () => [(await person()).name, 'wrong'],
    locked: async () => {
      const user = await person();
      const attempts = { organization_id: api.organization.id, user_id: user.id, failures: 5 };
      await api.given.insert('login_attempt', { ...attempts, locked_until: new Date(Date.now() + 600_000) });
      return [user.name, password];
    },
    inactive: async () => [(await person({ active: false, inactive_reason: 'manual' })).name, password],
    deleted: async () => [(await person({ deleted_at: new Date() })).name, password],
    pending: async () => [(await person({ invitation_pending: true })).name, password],
  };

  /** What the database is asked for by some work, in order; the two tables of counts are one here. */
  async function askedDuring(work: () => PromiseLike<unknown>): Promise<string[]> {
    const outside = vi.spyOn(Database.prototype as unknown as Sender, 'send');
    const inside = [vi.spyOn(Transaction.prototype, 'query'), vi.spyOn(Transaction.prototype, 'execute')];
    const begun = vi.spyOn(Database.prototype, 'inTransaction');
    await work();
    const asked = [
      ...begun.mock.invocationCallOrder.map((at) => ({ at, text: 'begin' })),
      ...outside.mock.calls.map(([{ text }], i) => ({ at: outside.mock.invocationCallOrder[i]!, text })),
      ...inside.flatMap(({ mock }) => mock.calls.map(([{ text }], i) => ({ at: mock.invocationCallOrder[i]!, text }))),
    ];
    vi.restoreAllMocks();
    const oneTable = (text: string) =>
      text
        .replace(/login_attempt|unknown_login/g, 'counts')
        .replace(/bucket/g, 'user_id')
        .replace(/smallint/g, 'uuid');
    return asked.toSorted((a, b) => a.at - b.at).map(({ text }) => oneTable(text));
  }

  it.each([
    ['login', login],
    ['change-password', change],
  ] as const)('of %s come after the same questions to the database', async (_, send) => {
    const [expected, ...others] = Object.keys(kinds);
    const askedFor = async (kind: string) => {
      const [name, tried] = await kinds[kind]!();
      return askedDuring(() => send(name, tried).expect(401));
    };
    const asked = await askedFor(expected!);
    expect(asked.filter((text) => text.includes('counts'))).toHaveLength(2);
    for (const kind of others) expect([kind, await askedFor(kind)]).toEqual([kind, asked]);
  });

  it('come after the same questions when they lock, for a name nobody has too', async () => {
    // Names nobody has share a row with others that were tried here before.
    await api.given.sql('delete from unknown_login');
    const nobody = `nobody ${newId()}`;
    for (let i = 0; i < 6; i++) {
      const asked = await askedDuring(() => login(nobody, 'wrong').expect(401));
      expect([i, asked]).toEqual([i, await askedDuring(() => login(ada.name, 'wrong').expect(401))]);
    }
  });

  it.each([
    ['login', login],
    ['change-password', change],
  ] as const)(
    'of %s are equal in every byte and take equally long',
    async (_, send) => {
      const answers = new Set<string>();
      const ask = async (name: string, tried: string) => {
        const { status, headers, text } = await send(name, tried);
        const { 'x-request-id': _id, date: _date, ...others } = headers as Record<string, unknown>;
        answers.add(JSON.stringify([status, others, text]));
      };
      // A name nobody has is another every time; the others are as they were before.
      const ways: Record<string, () => Promise<() => PromiseLike<void>>> = {};
      for (const [kind, make] of Object.entries(kinds)) {
        const made = await make();
        const untouched = await untouchedAttempts(made[0]);
        ways[kind] = async () => {
          await untouched();
          const [name, tried] = kind === 'unknown' ? await make() : made;
          return async () => ask(name, tried);
        };
      }
      expect(toldApart(await durationsOf(ways))).toEqual([]);
      expect(answers.size).toBe(1);
    },
    120_000,
  );
});

describe('a count that is held for longer than anybody waits', () => {
  const counted = async () =>
    api.given.sql(
      `select sum(failures)::int as failures from login_attempt union all select sum(failures)::int from unknown_login`,
    );

  it.each(['a right password', 'a wrong password', 'a name nobody has'])(
    'has %s told to come again, which is no conflict of his, and counts nothing',
    async (kind) => {
      const name = kind === 'a name nobody has' ? 'nobody at all' : ada.name;
      await fail(1, name);
      const before = await counted();
      const held = await HeldTransaction.begin(
        api.database.ownerUrl,
        name === ada.name
          ? 'select 1 from login_attempt where user_id = $1 for update'
          : 'select 1 from unknown_login where organization_id = $1 for update',
        [name === ada.name ? ada.id : api.organization.id],
      );
      const answers = await Promise.all([
        login(name, kind === 'a right password' ? password : 'wrong'),
        change(name, kind === 'a right password' ? password : 'wrong'),
      ]);
      await held.commit();
      for (const { status, body, headers } of answers) {
        expect([status, body.code, headers['retry-after']]).toEqual([503, 'unavailable', '2']);
      }
      expect(await counted()).toEqual(before);
    },
  );
});
