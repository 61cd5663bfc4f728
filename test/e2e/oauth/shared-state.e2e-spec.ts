import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { setTimeout as sleep } from 'node:timers/promises';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SigningKeys } from '@app/auth';
import { type Client, TestApi } from '../../support/api.js';
import { assertionOf } from '../../support/client-assertion.js';
import { partsOf } from '../../support/forged-token.js';
import { secondServer, statusAt } from '../../support/second-server.js';

/** What another server did is felt within a second; a little more, for the timer. */
const aSecond = 1_050;
const owners = '/api/v1/owners';
const clients = '/api/v1/oauth-clients';

let api: TestApi;
let other: NestFastifyApplication;
let admin: Client;

beforeAll(async () => {
  api = await TestApi.start();
  other = await secondServer(api);
  admin = await api.as('Administrator');
});
afterAll(async () => {
  await other.close();
  await api.close();
});

const tokenFields = ({ clientId, clientSecret }: { clientId: string; clientSecret: string }) => ({
  grant_type: 'client_credentials',
  client_id: clientId,
  client_secret: clientSecret,
});
const tokenAt = (server: TestApi['server'], fields: object, door = '/oauth/token') =>
  supertest(server).post(door).type('form').send(fields);

async function makeClient(body: object = {}) {
  return (
    await admin
      .post(clients)
      .send({ name: 'Nightly', roles: ['AUDITOR'], ...body })
      .expect(201)
  ).body;
}

type Headers = Record<string, string>;
const bearer = (token: string): Headers => ({ Authorization: `Bearer ${token}` });

async function clientToken(client: Parameters<typeof tokenFields>[0]): Promise<Headers> {
  return bearer((await tokenAt(api.server, tokenFields(client)).expect(200)).body.access_token);
}

describe('with two servers on one database', () => {
  it('a token got with a secret that was changed at the other is refused within a second', async () => {
    const client = await makeClient();
    const headers = await clientToken(client);
    expect(await statusAt(other, owners, headers)).toBe(200);
    await admin.post(`${clients}/${client.id}/rotate`).expect(200);
    await tokenAt(other.getHttpServer(), tokenFields(client)).expect(401);
    await sleep(aSecond);
    expect(await statusAt(other, owners, headers)).toBe(401);
  });

  it('an assertion is good at one of them, whichever sees it first', async () => {
    const { clientId, clientSecret: secret } = await makeClient();
    const fields = () => ({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertionOf({ clientId, secret, audience: 'localhost' }),
    });
    const door = '/auth/v1/token';
    const [once, twice] = [fields(), fields()];
    await tokenAt(other.getHttpServer(), once, door).expect(200);
    await tokenAt(api.server, once, door).expect(401);
    const servers = [api.server, other.getHttpServer(), api.server, other.getHttpServer()];
    const answers = await Promise.all(servers.map((server) => tokenAt(server, twice, door)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 401, 401, 401]);
  });

  it('a token of either is good at both', async () => {
    const client = await makeClient();
    for (const server of [api.server, other.getHttpServer()]) {
      const headers = bearer((await tokenAt(server, tokenFields(client)).expect(200)).body.access_token);
      expect([await statusAt(api.app, owners, headers), await statusAt(other, owners, headers)]).toEqual([200, 200]);
    }
  });
});

describe('a signing key', () => {
  it('that is rotated in is known to both before either signs with it, and nobody is signed out', async () => {
    const client = await makeClient();
    const before = await clientToken(client);
    const fresh = await api.app.get(SigningKeys).rotate('test', 2, 'run out');
    await sleep(aSecond);
    const { body } = await supertest(other.getHttpServer()).get('/.well-known/jwks.json').expect(200);
    expect(body.keys.map(({ kid }: { kid: string }) => kid)).toContain(fresh);
    expect(kidOf(await clientToken(client))).not.toBe(fresh);
    await sleep(2 * aSecond);
    const after = await clientToken(client);
    expect(kidOf(after)).toBe(fresh);
    for (const headers of [before, after]) {
      expect([await statusAt(api.app, owners, headers), await statusAt(other, owners, headers)]).toEqual([200, 200]);
    }
  });

  it('that leaked opens nothing at either within a second, whoever had used it already', async () => {
    const client = await makeClient();
    const before = await clientToken(client);
    expect([await statusAt(api.app, owners, before), await statusAt(other, owners, before)]).toEqual([200, 200]);
    await api.app.get(SigningKeys).rotate('test', 0, 'at once');
    await sleep(aSecond);
    expect([await statusAt(api.app, owners, before), await statusAt(other, owners, before)]).toEqual([401, 401]);
    const headers = bearer((await tokenAt(other.getHttpServer(), tokenFields(client)).expect(200)).body.access_token);
    expect([await statusAt(api.app, owners, headers), await statusAt(other, owners, headers)]).toEqual([200, 200]);
  });

  const kidOf = (headers: Headers) => partsOf(headers['Authorization']!.slice('Bearer '.length)).header['kid'];
});
