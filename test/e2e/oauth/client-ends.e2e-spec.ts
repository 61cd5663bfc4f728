import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, TestApi } from '../../support/api.js';
import { HeldTransaction } from '../../support/held-transaction.js';
import { secondServer, statusAt } from '../../support/second-server.js';

const users = '/api/v1/directory/users';
const clients = '/api/v1/oauth-clients';

let api: TestApi;
let there: NestFastifyApplication;
let admin: Client;

beforeAll(async () => {
  api = await TestApi.start({ OSTIARY_PUBLIC_URL: 'http://idp.example.com' });
  there = await secondServer(api, { OSTIARY_PUBLIC_URL: 'http://idp.example.com' });
  admin = await api.as('Administrator');
});
afterAll(async () => {
  await there.close();
  await api.close();
});

interface Program {
  readonly id: string;
  readonly user: { readonly path: string; readonly id: string };
  readonly ask: () => ReturnType<ReturnType<TestApi['client']>['post']>;
  readonly token: string;
}

/** A client that acts for an auditor of its own, and a token of it. */
async function program(): Promise<Program> {
  const { user } = await api.as('AUDITOR');
  await api.givePassword(api.organization, user, 'orbit velvet quarry mango plinth');
  const { body } = await admin
    .post(clients)
    .send({ name: 'c', roles: ['AUDITOR'], userId: user.id })
    .expect(201);
  const form = { grant_type: 'client_credentials', client_id: body.clientId, client_secret: body.clientSecret };
  const ask = () => api.client().post('/oauth/token').type('form').send(form);
  const token = (await ask().expect(200)).body.access_token;
  return { id: body.id, user: { id: user.id, path: `${users}/${user.id}` }, ask, token };
}

const use = async (token: string) => (await api.client(token).get('/accounts')).status;
const useThere = async (token: string) => statusAt(there, '/accounts', { authorization: `Bearer ${token}` });
const active = (path: string, value: boolean) =>
  admin
    .patch(path)
    .send([{ op: 'replace', path: '/active', value }])
    .expect(200);

describe('a token of a client', () => {
  it('is dead for good when its user was switched off, also after he is on again; the secret gets another', async () => {
    const { user, ask, token } = await program();
    expect([await use(token), await useThere(token)]).toEqual([200, 200]);
    await active(user.path, false);
    expect(await use(token)).toBe(401);
    await ask().expect(401);
    await active(user.path, true);
    expect(await use(token)).toBe(401);
    expect(await use((await ask().expect(200)).body.access_token)).toBe(200);
    await sleep(1_050);
    expect([await use(token), await useThere(token)]).toEqual([401, 401]);
  });

  it('and the client itself are gone for good with a deleted user, which the trail tells', async () => {
    const { id, user, ask, token } = await program();
    expect([await use(token), await useThere(token)]).toEqual([200, 200]);
    await admin.delete(user.path).expect(204);
    expect(await use(token)).toBe(401);
    await admin.get(`${clients}/${id}`).expect(404);
    await admin.post(`${user.path}/restore`).expect(200);
    await ask().expect(401);
    await sleep(1_050);
    expect([await use(token), await useThere(token)]).toEqual([401, 401]);
    await admin.get(`${clients}/${id}`).expect(404);

    const query = `filter[subjectId][EQ]=${id}&filter[action][EQ]=client.deleted`;
    const { body } = await admin.get(`/api/v1/audit-events?${query}`).expect(200);
    expect(body.data).toMatchObject([{ actor: { id: admin.user.id }, before: { name: 'c', userId: user.id } }]);
  });

  it('is not to be had for a user who is deleted at the very moment the client is made', async () => {
    const { user } = await api.as('AUDITOR');
    const deletion = 'update app_user set deleted_at = now() where id = $1';
    const held = await HeldTransaction.begin(api.database.ownerUrl, deletion, [user.id]);
    const making = admin
      .post(clients)
      .send({ name: 'late', roles: ['AUDITOR'], userId: user.id })
      .then(({ status }) => status);
    await held.untilMetBy(1);
    await held.commit();
    expect(await making).toBe(400);
    expect(await api.given.sql('select from oauth_client where user_id = $1', [user.id])).toEqual([]);
  });

  it('stays good when its user gets another password: the secret is a credential of its own', async () => {
    const { user, ask, token } = await program();
    await admin.post(`${user.path}/password`).send({ password: 'quite another long phrase' }).expect(200);
    expect(await use(token)).toBe(200);
    await ask().expect(200);
  });

  it('ends whoever comes first, when its user is switched off while the client is rotated or asks for tokens', async () => {
    const { id, user, ask, token } = await program();
    for (let i = 0; i < 5; i++) {
      const rotate = admin.post(`${clients}/${id}/rotate`);
      const [, rotated] = await Promise.all([active(user.path, false), rotate, ask(), ask(), use(token)]);
      expect(rotated.status).toBe(200);
      expect(await use(token)).toBe(401);
      await active(user.path, true);
    }
  });
});
