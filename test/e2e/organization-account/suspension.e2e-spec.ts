import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AccessTokens, hashOfToken, newOpaqueToken } from '@app/auth';
import { newId } from '@app/kernel';
import { TestApi } from '../../support/api.js';
import { Feed } from '../../support/feed.js';
import { type Managed, ManagingDesk, managedPath } from '../../support/managing-desk.js';

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

type Knock = () => PromiseLike<{ readonly status: number }>;
const owners = '/api/v1/owners';

/** Every credential there is in the managed organization, each at the door it opens. */
async function credentials(): Promise<Record<string, Knock>> {
  const there = desk.rowsOf(made);
  const admin = await api.as('Administrator', there);
  const person = await api.as([], there, { user_name: 'ada' });
  const password = 'orbit velvet quarry mango plinth';
  await api.givePassword(there, person.user, password);
  const login = await desk.login(made.slug, 'ada');
  const impersonation = await admin.post('/api/v1/auth/impersonate').send({ userId: person.user.id }).expect(200);

  const key = newOpaqueToken('key');
  const stored = { organization_id: made._id, id: newId(), name: 'A key', level: 'ACCOUNT', permission: 'VIEW' };
  await api.given.insert('api_key', { ...stored, prefix: key.slice(0, 12), key_hash: hashOfToken(key) });
  const client = (
    await admin
      .post('/api/v1/oauth-clients')
      .send({ name: 'c', roles: ['AUDITOR'] })
      .expect(201)
  ).body;
  const grant = { grant_type: 'client_credentials', client_id: client.clientId, client_secret: client.clientSecret };
  const ask = () => api.client().post('/oauth/token').type('form').send(grant);
  const { body: granted } = await ask().expect(200);
  const guest = { email: 'g@example.com', userName: 'guest', displayName: 'Guest' };
  const invited = (await admin.post('/api/v1/directory/invitations').send(guest).expect(201)).body;
  const accepting = { token: invited.token, userName: 'guest', displayName: 'Guest', password: 'short' };

  return {
    'a token': () => api.client(admin.token).get(owners),
    'the token of a login': () => api.client(login.body.token).get('/api/v1/directory/users/me'),
    'the token of an impersonation': () => api.client(impersonation.body.token).get('/api/v1/directory/users/me'),
    'the token of a client': () => api.client(granted.access_token).get(owners),
    'a key': () => api.client().get(owners).set('x-api-key', key),
    'a password': () => desk.login(made.slug, 'ada'),
    'the secret of a client': () => ask(),
    'an invitation': () => api.client().post('/api/v1/directory/invitations/accept').send(accepting),
  };
}

const tryAll = async (all: Record<string, Knock>) =>
  Object.fromEntries(
    await Promise.all(Object.entries(all).map(async ([name, knock]) => [name, (await knock()).status])),
  );

/** The password of the invitation is too short on purpose: it is judged once the token is good, and nothing is used up. */
const open = {
  'a token': 200,
  'the token of a login': 200,
  'the token of an impersonation': 200,
  'the token of a client': 200,
  'a key': 200,
  'a password': 200,
  'the secret of a client': 200,
  'an invitation': 400,
};
const closed = {
  'a token': 401,
  'the token of a login': 401,
  'the token of an impersonation': 401,
  'the token of a client': 401,
  'a key': 401,
  'a password': 401,
  'the secret of a client': 401,
  'an invitation': 410,
};

describe('an organization that is suspended', () => {
  it('is closed to everybody of it at once, and open again when it is resumed', async () => {
    const all = await credentials();
    expect(await tryAll(all)).toEqual(open);
    await desk.suspend(made);
    expect(await tryAll(all)).toEqual(closed);
    await desk.resume(made);
    expect(await tryAll(all)).toEqual(open);
  });

  it('is closed within a second where another node of the server suspended it', async () => {
    const all = await credentials();
    expect(await tryAll(all)).toEqual(open);
    await api.given.sql(`update organization set account_type = 'DISABLED' where id = $1`, [made._id]);
    await sleep(1_050);
    expect(await tryAll(all)).toEqual(closed);
  });

  it('renews no session', async () => {
    const there = desk.rowsOf(made);
    const user = await there.user({ user_name: 'bo' });
    await api.givePassword(there, user, 'orbit velvet quarry mango plinth');
    const { refreshToken } = (await desk.login(made.slug, 'bo')).body;
    await desk.suspend(made);
    const refresh = () => api.client().post('/api/v1/auth/refresh').send({ refreshToken });
    await refresh().expect(401);
    await desk.resume(made);
    await refresh().expect(200);
  });

  it('leaves its manager, and the others he manages, as they were', async () => {
    const other = await desk.make();
    const there = await api.as('Administrator', desk.rowsOf(other));
    await desk.suspend(made);
    await there.get(owners).expect(200);
    await desk.admin.get(owners).expect(200);
    expect((await desk.admin.get(`${managedPath}/${made._id}`).expect(200)).body.accountType).toBe('DISABLED');
  });

  it('is renamed while it is suspended, and stays that', async () => {
    await desk.suspend(made);
    const { body } = await desk.admin.patch(`${managedPath}/${made._id}`).send({ accountName: 'Other' }).expect(200);
    expect(body).toMatchObject({ accountName: 'Other', accountType: 'DISABLED' });
  });

  it('runs nothing until it is resumed', async () => {
    const worker = await api.startWorker();
    const admin = await api.as('Administrator', desk.rowsOf(made));
    const feed = await Feed.create(admin, 'Wiki', { kind: 'delimited-file', mapping: { login: 'nativeIdentity' } });
    await feed.upload('login\nada\n');
    const states = async () => {
      const rows = await api.given.sql('select state from sync_run where organization_id = $1', [made._id]);
      return rows.map(({ state }) => state);
    };
    // The worker hears of a run at once: suspended is what it must already be then.
    await api.given.sql(`create function hold_runs() returns trigger language plpgsql as
      $$ begin update organization set account_type = 'DISABLED' where id = new.organization_id; return new; end $$`);
    await api.given.sql('create trigger hold_runs after insert on sync_run for each row execute function hold_runs()');
    try {
      await admin.post(`${feed.path}/runs`).send({});
    } finally {
      await api.given.sql('drop function hold_runs cascade');
    }
    worker.wake();
    await worker.idle();
    expect(await states()).toEqual(['queued']);
    await desk.resume(made);
    worker.wake();
    await worker.idle();
    expect(await states()).toEqual(['succeeded']);
  });

  it('while requests are under way is written to by none that came after', async () => {
    const admin = await api.as('Administrator', desk.rowsOf(made));
    const asking = Array.from({ length: 20 }, (_, i) =>
      admin.post(owners).send({ name: `O${i}`, owner_type: 'service' }),
    );
    const [answers] = await Promise.all([Promise.all(asking), desk.suspend(made)]);
    expect(answers.every(({ status }) => status === 201 || status === 401)).toBe(true);
    const written = answers.filter(({ status }) => status === 201).length;
    await admin.post(owners).send({ name: 'Late', owner_type: 'service' }).expect(401);
    expect(await api.given.sql('select id from owner where organization_id = $1', [made._id])).toHaveLength(written);
  });

  it('takes no token that names it for a session of somebody else', async () => {
    const sid = newId();
    const { token } = await api.app.get(AccessTokens).sign({ sub: desk.admin.user.id, sid, org: made._id });
    await api.client(token).get(owners).expect(401);
  });
});

describe('a managing organization that is suspended', () => {
  it('leaves those it manages as they are: they are tenants of their own', async () => {
    const there = await api.as('Administrator', desk.rowsOf(made));
    await api.given.sql(`update organization set account_type = 'DISABLED' where id = $1`, [desk.home.organization.id]);
    await sleep(1_050);
    await desk.admin.get(managedPath).expect(401);
    await there.get(owners).expect(200);
  });
});
