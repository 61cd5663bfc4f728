import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { TestApi } from '../../support/api.js';
import type { Row } from '../../support/given.js';

const password = 'orbit velvet quarry mango plinth';
const auth = '/api/v1/auth';
const limit = 3;

let api: TestApi;
let ada: Row;
let number = 0;

beforeAll(async () => {
  api = await TestApi.start({ SESSIONS_PER_USER: String(limit) });
});
afterAll(async () => api.close());
beforeEach(async () => {
  ada = await person();
});

async function person(): Promise<Row> {
  const user = await api.organization.user({ user_name: `busy ${++number}` });
  await api.givePassword(api.organization, user, password);
  return user;
}

interface SignIn {
  readonly token: string;
  readonly refreshToken: string;
}

async function signIn(user = ada): Promise<SignIn> {
  const body = { username: user.name, password, organization: await api.slugOf() };
  return (await api.client().post(`${auth}/login`).send(body).expect(200)).body;
}

const works = async ({ token }: SignIn) => (await api.client(token).get('/api/v1/directory/users/me')).status === 200;
const allWork = async (signIns: readonly SignIn[]) => Promise.all(signIns.map(works));
const endings = async (user = ada) =>
  api.given.sql<{ before: { sessionIds: string[] }; after: object; actor_id: string; request_id: string | null }>(
    `select before, after, actor_id, request_id from audit_event
      where action = 'user.sessionsEnded' and subject_id = $1 order by at, id`,
    [user.id],
  );

describe('one sign-in more than a user may have', () => {
  it('ends the oldest at once, refresh token included, and tells of it', async () => {
    const first = await signIn();
    const [oldest] = (await api.client(first.token).get(`${auth}/sessions`).expect(200)).body.data;
    const others = [await signIn(), await signIn()];
    expect(await allWork([first, ...others])).toEqual([true, true, true]);
    expect(await endings()).toEqual([]);

    others.push(await signIn());
    expect(await allWork([first, ...others])).toEqual([false, true, true, true]);
    await api.client().post(`${auth}/refresh`).send({ refreshToken: first.refreshToken }).expect(401);
    const told = { before: { sessionIds: [oldest.id] }, after: { because: 'tooManySessions' } };
    expect(await endings()).toEqual([{ ...told, actor_id: ada.id, request_id: expect.any(String) }]);
  });

  it('is refused to nobody, however many come at once, and those that stay are as many as may', async () => {
    const signIns = await Promise.all(Array.from({ length: 12 }, () => signIn()));
    expect((await allWork(signIns)).filter(Boolean)).toHaveLength(limit);
    expect((await endings()).flatMap(({ before }) => before.sessionIds)).toHaveLength(12 - limit);
  });

  it('does not touch those of others', async () => {
    const bob = await person();
    const theirs = await signIn(bob);
    for (let i = 0; i < limit + 1; i++) await signIn();
    expect(await works(theirs)).toBe(true);
    expect(await endings(bob)).toEqual([]);
  });
});

describe('what is no sign-in any more', () => {
  it.each([
    ['one that ended', 'update session set revoked_at = now() where user_id = $1'],
    ['one that ran out', 'update session set expires_at = now() where user_id = $1'],
    ['one of a former password', 'update app_user set credential_version = credential_version + 1 where id = $1'],
  ])('does not count: %s', async (_, change) => {
    for (let i = 0; i < limit; i++) await signIn();
    await api.given.sql(change, [ada.id]);
    const signIns = [await signIn(), await signIn(), await signIn()];
    expect(await allWork(signIns)).toEqual([true, true, true]);
    expect(await endings()).toEqual([]);
  });

  it('does not count, nor is it ended: an impersonation', async () => {
    const admin = await api.as('Administrator');
    const impersonate = () => admin.post(`${auth}/impersonate`).send({ userId: ada.id, reason: newId() }).expect(200);
    const acting = [(await impersonate()).body, (await impersonate()).body] as SignIn[];
    const signIns = [await signIn(), await signIn(), await signIn()];
    expect(await allWork(signIns)).toEqual([true, true, true]);
    await signIn();
    expect(await allWork([...acting, ...signIns])).toEqual([true, true, false, true, true]);
  });
});
