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

const send = (method: 'post' | 'patch' | 'delete' | 'get', path: string, type?: string, body?: string | Buffer) => {
  const test = supertest(started.server)[method](path).set('authorization', 'Bearer good');
  if (type !== undefined) void test.set('content-type', type);
  return body === undefined ? test : test.send(body);
};

describe('a body', () => {
  it.each([
    ['application/json', '{"a":1}'],
    ['application/json; charset=utf-8', '{"a":1}'],
    ['application/json', '\ufeff{"a":1}'],
    ['APPLICATION/JSON', '{"a":1}'],
    ['application/json-patch+json', '{"a":1}'],
    ['application/merge-patch+json', '{"a":1}'],
    ['application/scim+json;charset=UTF-8', '{"a":1}'],
  ])('of type %s is read as JSON', async (type, body) => {
    const response = await send('post', '/accounts/raw', type, body).expect(200);
    expect(response.body).toEqual({ body: { a: 1 } });
  });

  it('that is empty is no body, whatever its type says', async () => {
    for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain', undefined]) {
      await send('post', '/accounts/bare', type, '').expect(202);
      await send('delete', '/accounts/bare', type).expect(200);
      const response = await send('post', '/accounts/optional', type, '').expect(200);
      expect(response.body).toEqual({ body: 'none' });
    }
  });

  it('is ignored where an operation takes none', async () => {
    await send('post', '/accounts/bare', 'application/json', '{broken').expect(202);
    await send('post', '/accounts/bare', 'text/plain', 'anything').expect(202);
  });

  it('that is compressed is refused', async () => {
    await send('post', '/accounts/raw', 'application/json', '{}').set('content-encoding', 'gzip').expect(415);
  });
});

describe('an expectation', () => {
  const post = async (expectation: string, token = 'good') => {
    const head = ['POST /accounts/raw HTTP/1.1', 'host: x', `authorization: Bearer ${token}`, `expect: ${expectation}`];
    const body = ['content-type: application/json', 'content-length: 7', 'connection: close', '', '{"a":1}'];
    return rawRequest(started.server, [...head, ...body].join('\r\n'));
  };

  it.each(['foo', 'foo, bar="x"', '200-ok'])('that nobody knows is passed over: %s', async (expectation) => {
    const answer = await post(expectation);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toContain('{"body":{"a":1}}');
    expect(await post(expectation, 'none')).toMatch(/^HTTP\/1\.1 401 [^]*"error"/);
  });

  it('of a word before the body is met', async () => {
    expect(await post('100-continue')).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  });
});

describe('a form', () => {
  it('is read from both encodings', async () => {
    const form = () => supertest(started.server).post('/auth/v1/form');
    const fields = { grant_type: 'client_credentials', client_id: 'a b' };
    expect((await form().type('form').send(fields)).body).toEqual(fields);
    const multipart = form().field('grant_type', fields.grant_type).field('client_id', fields.client_id);
    expect((await multipart).body).toEqual(fields);
    expect((await form()).body).toEqual({});
  });

  it.each([
    ['a repeated field', 'application/x-www-form-urlencoded', 'a=1&a=2', 400],
    ['a broken escape', 'application/x-www-form-urlencoded', 'a=%zz', 400],
    ['JSON', 'application/json', '{"a":1}', 415],
    ['broken JSON', 'application/json', '{', 400],
    ['text', 'text/plain', 'a=1', 415],
    ['multipart without a boundary', 'multipart/form-data', 'x', 400],
    [
      'a boundary that is too long',
      `multipart/form-data; boundary=${'x'.repeat(71)}`,
      `--${'x'.repeat(71)}--\r\n`,
      400,
    ],
    ['a boundary nobody could look for', `multipart/form-data; boundary=${'x'.repeat(300)}`, 'x', 400],
    [
      'a repeated field in multipart',
      'multipart/form-data; boundary=x',
      ['', ''].map((_, i) => `--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n${i}\r\n`).join('') + '--x--\r\n',
      400,
    ],
    ['multipart that ends early', 'multipart/form-data; boundary=x', '--x\r\ncontent-disp', 400],
  ])('is refused for %s', async (_title, type, body, status) => {
    const response = await supertest(started.server).post('/auth/v1/form').set('content-type', type).send(body);
    expect(response.status).toBe(status);
    expect(response.body).toMatchObject({ error: 'invalid_request' });
  });

  it('holds neither files, nor too many fields, nor fields too long', async () => {
    const form = () => supertest(started.server).post('/auth/v1/form');
    await form().attach('a', Buffer.from('x'), 'a.txt').expect(400);
    await form().field('a', 'x'.repeat(20_000)).expect(413);
    const many = form();
    for (let n = 0; n < 30; n++) void many.field(`f${n}`, 'x');
    await many.expect(413);
  });
});

describe('an answer', () => {
  it('echoes a harmless request id and replaces any other', async () => {
    const ask = (id: string) => send('get', '/accounts').set('x-request-id', id);
    expect((await ask('trace-1')).headers['x-request-id']).toBe('trace-1');
    expect((await ask('two words')).headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
  });

  it('is JSON in UTF-8 that no cache keeps', async () => {
    const { headers } = await send('get', '/accounts').expect(200);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('may be the text of a compiled serializer, null included', async () => {
    const one = await send('get', '/accounts/x/text').expect(200);
    expect(one.text).toBe('{"name":"x"}');
    expect(one.headers['content-type']).toBe('application/json; charset=utf-8');
    expect((await send('get', '/accounts/null/text').expect(200)).text).toBe('null');
  });

  it('to HEAD is that of GET without a body', async () => {
    const response = await supertest(started.server).head('/accounts').set('authorization', 'Bearer good').expect(200);
    expect(response.headers['content-length']).toBe('26');
  });
});

describe('the address of the caller', () => {
  const askedThrough = async (trustedProxies: readonly string[]) => {
    const { app, server } = await startTestServer(ThingsModule, { trustedProxies });
    const response = await supertest(server).get('/accounts/who/ip').set('x-forwarded-for', '203.0.113.7').expect(200);
    await app.close();
    return (response.body as { ip: string }).ip;
  };

  it('is taken from a header only where the proxy is known', async () => {
    expect(await askedThrough([])).toMatch(/127\.0\.0\.1$/);
    expect(await askedThrough(['10.0.0.0/8'])).toMatch(/127\.0\.0\.1$/);
    expect(await askedThrough(['127.0.0.1', '::1', '::ffff:127.0.0.1'])).toBe('203.0.113.7');
  });
});
