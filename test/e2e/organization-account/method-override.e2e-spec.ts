import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountDesk, accountPath } from '../../support/account-desk.js';
import { TestApi } from '../../support/api.js';

const servers: TestApi[] = [];
let desk: AccountDesk;
let plain: AccountDesk;

beforeAll(async () => {
  const on = await TestApi.start({ OSTIARY_METHOD_OVERRIDE: 'on' });
  const off = await TestApi.start();
  servers.push(on, off);
  [desk, plain] = [await AccountDesk.open(on), await AccountDesk.open(off)];
});
afterAll(async () => Promise.all(servers.map((api) => api.close())));

const meaning = (method: string) => ['x-http-method-override', method] as const;

describe('X-HTTP-Method-Override', () => {
  it('makes a POST the method it means, where it is switched on', async () => {
    const renamed = await desk.admin
      .post(`${accountPath}?attr=accountName`)
      .set(...meaning('PUT'))
      .send({ accountName: 'By a POST' })
      .expect(200);
    expect(renamed.body).toEqual({ accountName: 'By a POST' });
    const { body } = await desk.admin
      .post(`${accountPath}/groups`)
      .send([{ name: 'A', users: [] }])
      .expect(201);
    const path = `${accountPath}/groups/${body[0]._id}`;
    await desk.admin
      .post(path)
      .set(...meaning('put'))
      .send({ name: 'B' })
      .expect(200);
    await desk.admin
      .post(path)
      .set(...meaning('DELETE'))
      .expect(204);
    await desk.admin
      .post(path)
      .set(...meaning('DELETE'))
      .expect(404);
  });

  it('needs what the method it means needs', async () => {
    for (const kind of ['ACCOUNT/VIEW', 'WORKSPACE/MODIFY'] as const) {
      const key = await desk.key(kind);
      await key
        .post(accountPath)
        .set(...meaning('PUT'))
        .send({ accountName: 'No' })
        .expect(403);
    }
    await desk.api
      .client()
      .post(accountPath)
      .set(...meaning('PUT'))
      .send({ accountName: 'No' })
      .expect(401);
  });

  it('opens no method that the path has not', async () => {
    await desk.admin
      .post(accountPath)
      .set(...meaning('DELETE'))
      .expect(405);
    await desk.admin
      .post(accountPath)
      .set(...meaning('PATCH'))
      .expect(405);
  });

  it('says nothing elsewhere', async () => {
    const owner = await desk.organization.owner();
    await desk.admin
      .post(`/api/v1/owners/${owner.id}`)
      .set(...meaning('DELETE'))
      .expect(405);
    await desk.admin.get(`/api/v1/owners/${owner.id}`).expect(200);
  });

  it('says nothing where it is not switched on', async () => {
    await plain.admin
      .post(accountPath)
      .set(...meaning('PUT'))
      .send({ accountName: 'No' })
      .expect(405);
  });
});
