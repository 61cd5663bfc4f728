import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestApi } from '../../support/api.js';
import { assertionOf } from '../../support/client-assertion.js';
import { durationsOf, toldApart } from '../../support/rank-test.js';

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const doors = ['/oauth/token', '/auth/v1/token'];
const grant = { grant_type: 'client_credentials' };

let api: TestApi;
let clientId: string;
let secret: string;
let basic: string;

beforeAll(async () => {
  api = await TestApi.start();
  const admin = await api.as('Administrator');
  const { body } = await admin
    .post('/api/v1/oauth-clients')
    .send({ name: 'Nightly', roles: ['AUDITOR'] })
    .expect(201);
  ({ clientId, clientSecret: secret } = body);
  basic = `Basic ${Buffer.from([clientId, secret].map(encodeURIComponent).join(':')).toString('base64')}`;
});
afterAll(async () => api.close());

const ask = (door: string, fields: Record<string, string>, authorization?: string) => {
  const request = api.client().post(door).type('form');
  if (authorization !== undefined) request.set('Authorization', authorization);
  return request.send(new URLSearchParams(fields).toString());
};
const asserted = () => ({
  ...grant,
  client_assertion: assertionOf({ clientId, secret, audience: 'localhost' }),
  client_assertion_type: assertionType,
});

describe.each(doors)('a parameter without a value at %s', (door) => {
  it('is as good as none', async () => {
    await ask(door, { ...grant, client_id: clientId, client_secret: secret, scope: '' }).expect(200);
    const unused = { client_assertion: '', client_assertion_type: '', refresh_token: '' };
    await ask(door, { ...grant, client_id: clientId, client_secret: secret, ...unused }).expect(200);
    await ask(door, { ...asserted(), client_id: '', client_secret: '' }).expect(200);
    await ask(door, { ...grant, client_id: '', client_secret: '' }, basic).expect(200);
  });

  it.each([
    ['grant_type', { grant_type: '' }],
    ['client_id', { client_id: '' }],
    ['client_secret', { client_secret: '' }],
  ])('is missed if it is %s', async (_, without) => {
    const { body } = await ask(door, { ...grant, client_id: clientId, client_secret: secret, ...without }).expect(400);
    expect(body.error).toBe('invalid_request');
  });

  it('is still one: sent twice it is refused', async () => {
    const { status, body } = await api
      .client()
      .post(door)
      .type('form')
      .send(
        `${new URLSearchParams({ ...grant, client_id: clientId, client_secret: secret }).toString()}&client_secret=`,
      );
    expect([status, body.error]).toEqual([400, 'invalid_request']);
  });
});

describe('an assertion', () => {
  const meantFor = (audience: string) =>
    ask('/auth/v1/token', { ...asserted(), client_assertion: assertionOf({ clientId, secret, audience }) });

  it('is meant for us, or for our host name with the organization of its client before it', async () => {
    const slug = await api.slugOf();
    for (const ours of ['localhost', '127.0.0.1', `${slug}.localhost`]) await meantFor(ours).expect(200);
  });

  it('is not meant for us if it names another organization, or nothing of ours', async () => {
    const other = await api.slugOf(await api.given.organization());
    const slug = await api.slugOf();
    for (const theirs of [`${other}.localhost`, `a.${slug}.localhost`, `${slug}.example.com`, slug, '']) {
      expect([theirs, (await meantFor(theirs)).status]).toEqual([theirs, 401]);
    }
  });
});

describe.each(doors)('the Authorization header at %s', (door) => {
  it('may stand beside its own client_id, not beside another', async () => {
    await ask(door, { ...grant, client_id: clientId }, basic).expect(200);
    const { body } = await ask(door, { ...grant, client_id: 'another@localhost/pcc' }, basic).expect(400);
    expect(body.error).toBe('invalid_request');
  });

  it.each(['Basic', 'Basic %', 'Basic YQ=='])('is refused as %j', async (header) => {
    const { body, headers } = await ask(door, grant, header).expect(401);
    expect(body.error).toBe('invalid_client');
    expect(headers['www-authenticate']).toMatch(/^Basic /);
  });
});

describe('a refused client', () => {
  it('waits as long whether it exists or not', async () => {
    const wrong = secret.slice(0, -1);
    const asking = (client: string) => async () => {
      const fields = { ...grant, client_id: client, client_secret: wrong };
      // What a refusal writes into the trail comes after its answer, and is over before the next is timed.
      await sleep(20);
      return () => ask('/oauth/token', fields).expect(401);
    };
    const durations = await durationsOf({
      'a wrong secret': asking(clientId),
      'an unknown client': asking(`x${clientId}`),
    });
    expect(toldApart(durations)).toEqual([]);
  });
});
