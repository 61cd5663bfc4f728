import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountDesk, accountPath } from '../../support/account-desk.js';
import { TestApi } from '../../support/api.js';

let api: TestApi;
let desk: AccountDesk;

/** One server at a time: two in one process would know each other's tokens by the wrong keys. */
async function start(environment: Record<string, string>): Promise<void> {
  api = await TestApi.start(environment);
  desk = await AccountDesk.open(api);
}

const meaning = (method: string) => ['x-http-method-override', method] as const;

describe('X-HTTP-Method-Override, where it is switched on', () => {
  beforeAll(async () => start({ OSTIARY_METHOD_OVERRIDE: 'on' }));
  afterAll(async () => api.close());

  it('makes a POST the method it means', async () => {
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
});

describe('X-HTTP-Method-Override, where it is not', () => {
  beforeAll(async () => start({}));
  afterAll(async () => api.close());

  it('says nothing', async () => {
    await desk.admin
      .post(accountPath)
      .set(...meaning('PUT'))
      .send({ accountName: 'No' })
      .expect(405);
    const { body } = await desk.admin
      .post(`${accountPath}/groups`)
      .set(...meaning('DELETE'))
      .send([{ name: 'A', users: [] }])
      .expect(201);
    expect(body).toHaveLength(1);
  });
});
