import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from '../../../../test/support/http/raw-request.js';
import { startTestServer, type TestServer } from '../../../../test/support/http/test-server.js';
import { ThingsModule } from '../../../../test/support/http/things.module.js';

let started: TestServer;
beforeAll(async () => {
  started = await startTestServer(ThingsModule);
});
afterAll(() => started.app.close());

const anybody = () => supertest(started.server);
const id = '01890a5d-ac96-774b-bcce-b302099a8057';
const json = 'application/json';
const megabytes = (count: number) => JSON.stringify({ name: 'x'.repeat(count * 1024 * 1024) });

type Case = readonly [title: string, status: number, method: string, path: string, type?: string, body?: string];

const refused: readonly Case[] = [
  ['JSON that ends early', 400, 'post', '/accounts', json, '{"name":'],
  ['JSON nested deep', 400, 'post', '/accounts', json, `${'['.repeat(5000)}${']'.repeat(5000)}`],
  ['a poisoned key', 400, 'post', '/accounts', json, '{"name":"x","__proto__":{"admin":true}}'],
  ['a poisoned key further in', 400, 'post', '/accounts', json, '{"name":"x","attributes":{"__proto__":{}}}'],
  ['a constructor', 400, 'post', '/accounts', json, '{"constructor":null,"name":"x"}'],
  ['a constructor further in', 400, 'post', '/accounts', json, '{"name":"x","attributes":{"constructor":null,"b":1}}'],
  ['a NUL', 400, 'post', '/accounts', json, '{"name":"a\\u0000"}'],
  ['half a surrogate pair', 400, 'post', '/accounts', json, '{"name":"\\ud800"}'],
  ['a list for an object', 400, 'post', '/accounts', json, '[]'],
  ['null for an object', 400, 'post', '/accounts', json, 'null'],
  ['text for an object', 400, 'post', '/accounts', json, '"name"'],
  ['an unknown field', 400, 'post', '/accounts', json, '{"name":"x","role":"Administrator"}'],
  ['no body', 400, 'post', '/accounts'],
  ['an empty JSON body', 400, 'post', '/accounts', json, ''],
  ['an empty form for JSON', 400, 'post', '/accounts', 'application/x-www-form-urlencoded', ''],
  ['a form for JSON', 415, 'post', '/accounts', 'application/x-www-form-urlencoded', 'name=x'],
  ['text for JSON', 415, 'post', '/accounts', 'text/plain', '{"name":"x"}'],
  ['XML', 415, 'post', '/accounts', 'application/xml', '<name/>'],
  ['a type that is none', 415, 'post', '/accounts', 'json', '{"name":"x"}'],
  ['a type with a broken parameter', 400, 'post', '/accounts', 'application/json; charset', '{"name":1}'],
  ['multipart for JSON', 415, 'post', '/accounts', 'multipart/form-data; boundary=x', '--x--\r\n'],
  ['a patch that is no JSON', 400, 'patch', '/accounts/raw', 'application/json-patch+json', '[{'],
  ['JSON for an upload', 415, 'put', '/accounts/files', json, '{}'],
  ['an upload without a boundary', 400, 'put', '/accounts/files', 'multipart/form-data', 'x'],
  [
    'an upload with a boundary nobody could look for',
    400,
    'put',
    '/accounts/files',
    `multipart/form-data; boundary=${'x'.repeat(300)}`,
    'x',
  ],
  ['an upload that ends early', 400, 'put', '/accounts/files', 'multipart/form-data; boundary=x', '--x\r\n'],
  ['a repeated parameter', 400, 'get', '/accounts?limit=1&limit=2'],
  ['a NUL in a query', 400, 'get', '/accounts?search=%00'],
  ['a junk number in a query', 400, 'get', '/accounts?limit=1e2'],
  ['an id that is none', 404, 'get', '/accounts/own-123'],
  ['an id with a NUL', 404, 'get', '/accounts/%00'],
  ['text with a NUL in a path', 404, 'get', '/accounts/%00/text'],
  ['an id with a slash inside', 404, 'get', '/accounts/a%2Fb'],
];

describe.each(refused.map((row) => ({ title: row[0], row })))('$title', ({ row }) => {
  const [, status, method, path, type, body] = row;
  const send = (token?: string) => {
    const test = anybody()[method as 'post'](path);
    if (token) void test.set('authorization', `Bearer ${token}`);
    if (type !== undefined) void test.set('content-type', type);
    return body === undefined ? test : test.send(body);
  };

  it(`is answered ${status} to a caller who may call`, async () => {
    const response = await send('good');
    expect(response.status).toBe(status);
    expect(response.body).toMatchObject({ detailCode: expect.stringMatching(`^${status}`) as string, causes: [] });
  });

  it('is answered 401 without a token and 403 without the right', async () => {
    expect((await send()).status).toBe(401);
    expect((await send('stolen')).status).toBe(401);
    expect((await send('weak')).status).toBe(403);
  });
});

describe('a body over the limit', () => {
  it('is 413 above 1 MiB', async () => {
    const response = await anybody()
      .post('/accounts')
      .set('authorization', 'Bearer good')
      .type(json)
      .send(megabytes(2));
    expect(response.status).toBe(413);
    expect(response.body).toMatchObject({ detailCode: '413 Payload too large' });
  });

  it('may be up to 4 MiB for the connector-owners surface, which answers 400 code 3 above', async () => {
    const send = (size: number) =>
      anybody().post('/api/v1/apps').set('authorization', 'Bearer good').type(json).send(megabytes(size));
    expect((await send(3)).status).toBe(201);
    const response = await send(5);
    expect(response.status).toBe(400);
    expect(response.body).toMatchObject({ code: 3 });
  });

  it('is not what an upload is measured by', async () => {
    const send = (size: number) =>
      anybody().put('/accounts/files').set('authorization', 'Bearer good').attach('file', Buffer.alloc(size), 'a.csv');
    expect((await send(900)).body).toEqual({ size: 900 });
    expect((await send(5000)).status).toBe(413);
  });
});

describe('what never reaches a handler', () => {
  it.each([
    ['/api/v1/owners/%zz', { error: { code: 'VALIDATION_ERROR' } }],
    ['/accounts/%zz', { detailCode: '400.0 Bad request syntax' }],
    ['/v3/accounts/%ff', { detailCode: '400.0 Bad request syntax' }],
    ['/api/v1/apps/%zz', { code: 3 }],
    ['/oauth/%zz', { error: 'invalid_request' }],
    ['/%zz', { code: 'invalid' }],
  ])('a broken URL such as %s is 400 in the shape of its surface', async (path, body) => {
    const response = await anybody().get(path).expect(400);
    expect(response.body).toMatchObject(body);
    expect(response.headers['x-request-id']).toBeDefined();
    expect(response.headers['cache-control']).toBe('no-store');
  });

  it.each([
    ['/api/v1/owners/1/2/3/4', { error: { code: 'NOT_FOUND' } }],
    ['/accounts/1/2/3/4', { detailCode: '404 Not found' }],
    ['/api/v1/apps/1/2/3/4', { code: 5, message: 'Not found.' }],
    ['/auth/v1/nothing/here', { error: 'invalid_request' }],
    ['/nowhere?token=secret', { code: 'not_found' }],
    ['/', { code: 'not_found' }],
  ])('an unknown path such as %s is 404 in the shape of its surface', async (path, body) => {
    const response = await anybody().get(path).expect(404);
    expect(response.body).toMatchObject(body);
    expect(response.text).not.toContain('secret');
  });

  it('a path parameter of 600 letters is 404', async () => {
    const response = await anybody()
      .get(`/accounts/${'a'.repeat(600)}`)
      .expect(404);
    expect(response.body).toMatchObject({ detailCode: '404 Not found' });
  });

  it('a known path under another method is 405 and says what it answers', async () => {
    const response = await anybody().put('/api/v1/owners').expect(405);
    expect(response.headers['allow']).toBe('GET, HEAD, POST');
    expect(response.body).toMatchObject({ error: { code: 'METHOD_NOT_ALLOWED' } });
    expect((await anybody().delete(`/accounts/${id}`).expect(405)).headers['allow']).toBe('GET, HEAD');
    await anybody().options('/accounts').expect(405);
  });

  it('a header of 20 kB is read like any other', async () => {
    await anybody().get('/accounts').set('x-long', 'a'.repeat(20_000)).expect(401);
  });

  it('headers of 70 kB are 431 in JSON', async () => {
    const answer = await rawRequest(
      started.server,
      `GET /accounts HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(70_000)}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).toContain('content-type: application/json; charset=utf-8');
  });

  it.each([['not http at all\r\n\r\n'], ['GET /accounts HTTP/1.1\r\n\r\n'], ['GET /a b HTTP/1.1\r\nhost: x\r\n\r\n']])(
    '%j is 400',
    async (bytes) => {
      expect(await rawRequest(started.server, bytes)).toMatch(/^HTTP\/1\.1 400 /);
    },
  );

  it.each([['TRACE'], ['QUERY'], ['PROPFIND'], ['MKCOL']])('the method %s is refused', async (method) => {
    const answer = await rawRequest(
      started.server,
      `${method} /accounts HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
  });
});

describe('errors of a handler', () => {
  it('repeat nothing of a fault but a correlation id', async () => {
    const response = await anybody().get('/api/v1/directory/users/fail/badly').set('x-request-id', 'abc').expect(500);
    expect(response.body).toEqual({
      error: 'Something went wrong on this side. Reference: abc',
      code: 'internal_error',
    });
    expect(response.headers['x-request-id']).toBe('abc');
  });

  it('come out in the shape of the surface, with their headers', async () => {
    const conflict = await anybody().get('/api/v1/owners/fail/conflict').expect(409);
    expect(conflict.body).toEqual({ error: { code: 'CONFLICT', message: 'Taken.' } });
    const busy = await anybody().get('/accounts/fail/busy').expect(429);
    expect(busy.body).toEqual({ message: ' Rate Limit Exceeded ' });
    expect(busy.headers['retry-after']).toBe('7');
    const away = await anybody().get('/api/v1/apps/fail/away').expect(503);
    expect(away.headers['retry-after']).toBe('5');
    await anybody().get('/accounts/fail/filter').expect(400);
    const grant = await anybody().get('/auth/v1/fail/grant').expect(400);
    expect(grant.body).toEqual({ error: 'unsupported_grant_type', error_description: 'Unknown grant.' });
  });

  it('repeat the message for a client that names languages', async () => {
    const response = await anybody().get('/accounts/fail/conflict').set('accept-language', 'de').expect(409);
    expect(response.body).toHaveProperty('messages.1.locale', 'und');
  });
});

describe('a refusal to HEAD', () => {
  it('has the status and headers of GET and no body', async () => {
    const response = await anybody().head('/accounts').expect(401);
    expect(response.headers['www-authenticate']).toBe('Bearer');
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
  });
});
