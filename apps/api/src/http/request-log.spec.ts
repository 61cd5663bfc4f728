import { Writable } from 'node:stream';
import supertest from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../../../test/support/http/test-server.js';
import { ThingsModule } from '../../../../test/support/http/things.module.js';

const lines: string[] = [];
let started: TestServer;
beforeAll(async () => {
  const logDestination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(...chunk.toString().trim().split('\n'));
      done();
    },
  });
  started = await startTestServer(ThingsModule, { logDestination });
});
afterAll(() => started.app.close());
beforeEach(() => {
  lines.length = 0;
});

const entries = (context: string) =>
  lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((entry) => entry['context'] === context);

async function requestLine(): Promise<Record<string, unknown> | undefined> {
  await expect.poll(() => entries('requests')).toHaveLength(1);
  return entries('requests')[0];
}

describe('the log of requests', () => {
  it('has one line a request, with its route and without its query', async () => {
    await supertest(started.server)
      .get('/accounts/x/text?filters=secret')
      .set('authorization', 'Bearer good')
      .set('cookie', 'session=secret')
      .set('x-request-id', 'trace-1');
    expect(await requestLine()).toMatchObject({
      level: 30,
      requestId: 'trace-1',
      method: 'GET',
      route: '/accounts/:id/text',
      path: '/accounts/x/text',
      status: 200,
      durationMs: expect.any(Number) as number,
    });
    expect(lines.join('')).not.toMatch(/secret|Bearer|good/);
  });

  it('has a line for what no handler saw', async () => {
    await supertest(started.server).get('/accounts/%zz?token=secret');
    expect(await requestLine()).toMatchObject({ path: '/accounts/%zz', status: 400 });
    expect(lines.join('')).not.toContain('secret');
  });

  it('has a line for an unknown path', async () => {
    await supertest(started.server).get('/nowhere?token=secret');
    const line = await requestLine();
    expect(line).toMatchObject({ path: '/nowhere', status: 404 });
    expect(line).not.toHaveProperty('route');
  });

  it('tells of a fault all that its caller is not told', async () => {
    await supertest(started.server).get('/accounts/fail/x').set('x-request-id', 'trace-2');
    await requestLine();
    expect(entries('errors')).toMatchObject([
      {
        level: 50,
        requestId: 'trace-2',
        error: { message: expect.stringContaining('boom') as string, stack: expect.any(String) as string },
      },
    ]);
  });

  it('keeps bodies out of it', async () => {
    await supertest(started.server)
      .post('/accounts')
      .set('authorization', 'Bearer good')
      .send({ name: 'secret', x: 'secret' });
    await requestLine();
    expect(lines.join('')).not.toContain('secret');
  });
});
