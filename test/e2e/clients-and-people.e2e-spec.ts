import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, TestApi } from '../support/api.js';

const closed = 'This is not allowed with the token of an OAuth client.';

let api: TestApi;
let admin: Client;
let program: ReturnType<TestApi['client']>;

beforeAll(async () => {
  api = await TestApi.start();
  admin = await api.as('Administrator');
  program = await programWith('ORG_ADMIN', admin);
});
afterAll(async () => api.close());

/** A client of somebody's own, with this role. */
async function programWith(role: string, maker: Client) {
  const { body } = await maker
    .post('/api/v1/oauth-clients')
    .send({ name: 'Provisioning', roles: [role] })
    .expect(201);
  const asked = { grant_type: 'client_credentials', client_id: body.clientId, client_secret: body.clientSecret };
  return api.client((await api.client().post('/oauth/token').type('form').send(asked).expect(200)).body.access_token);
}

const guest = (userName: string) => ({ userName, displayName: userName, email: `${userName}@example.com` });

describe('an OAuth client', () => {
  it('invites nobody: whoever holds its secret would hold a token that is worth its user’s rights', async () => {
    const refused = await program.post('/api/v1/directory/invitations').send(guest('by-client')).expect(403);
    expect(refused.body.error).toBe(closed);
    const { body } = await admin.post('/api/v1/directory/invitations').send(guest('by-admin')).expect(201);
    const again = await program.post(`/api/v1/directory/users/${body._id}/invitation`).send({}).expect(403);
    expect(again.body.error).toBe(closed);
    const invited = await api.given.sql(`select user_name as name from app_user where invitation_pending`);
    expect(invited).toEqual([{ name: 'by-admin' }]);
  });
});
