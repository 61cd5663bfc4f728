import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestApi } from '../../support/api.js';
import type { Row } from '../../support/given.js';

const password = 'orbit velvet quarry mango plinth';
const auth = '/api/v1/auth';
const required = { code: 'passwordChangeRequired', error: expect.any(String) };

let api: TestApi;
let number = 0;

beforeAll(async () => {
  api = await TestApi.start({ PASSWORD_EXPIRATION_POLICY: '{"enabled":true,"changeInterval":2}' });
});
afterAll(async () => api.close());

async function person(columns: Record<string, unknown> = {}): Promise<Row> {
  const user = await api.organization.user({ user_name: `person ${++number}`, ...columns });
  await api.givePassword(api.organization, user, password);
  return user;
}

const age = (user: Row, days: number) =>
  api.given.sql(`update credential set changed_at = now() - make_interval(days => $2) where user_id = $1`, [
    user.id,
    days,
  ]);
const login = async (user: Row) =>
  api
    .client()
    .post(`${auth}/login`)
    .send({ username: user.name, password, organization: await api.slugOf() });
const refresh = (refreshToken: string) => api.client().post(`${auth}/refresh`).send({ refreshToken });

describe('a password that has expired', () => {
  it('opens no session, and keeps none up that it opened before', async () => {
    const user = await person();
    await age(user, 1);
    const { body } = await login(user);
    const second = (await refresh(body.refreshToken).expect(200)).body;
    await age(user, 3);
    expect((await login(user)).body).toEqual(required);
    expect((await refresh(second.refreshToken).expect(403)).body).toEqual(required);
    await age(user, 1);
    await refresh(second.refreshToken).expect(200);
  });

  it('ends the session all the same for whoever uses a refresh token again', async () => {
    const user = await person();
    const { body } = await login(user);
    const second = (await refresh(body.refreshToken).expect(200)).body;
    await age(user, 3);
    await refresh(body.refreshToken).expect(401);
    await refresh(second.refreshToken).expect(401);
    await api.client(second.token).get('/api/v1/directory/users/me').expect(401);
  });

  it('is told to nobody who holds no live session', async () => {
    const user = await person();
    const { body } = await login(user);
    await age(user, 3);
    await api.client(body.token).post(`${auth}/logout`).expect(204);
    expect((await refresh(body.refreshToken).expect(401)).body.code).toBe('unauthenticated');
  });

  it('grows old elsewhere for a user of another directory', async () => {
    const user = await person({ external_id: 'x1' });
    await age(user, 300);
    await refresh((await login(user)).body.refreshToken).expect(200);
  });
});

describe('a password that must be changed', () => {
  it('keeps no session up either', async () => {
    const user = await person();
    const { body } = await login(user);
    await api.given.sql('update credential set must_change = true where user_id = $1', [user.id]);
    expect((await refresh(body.refreshToken).expect(403)).body).toEqual(required);
  });
});
