import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from '../../../../test/support/http/raw-request.js';
import { startTestServer, type TestServer } from '../../../../test/support/http/test-server.js';
import { ThingsModule } from '../../../../test/support/http/things.module.js';

let started: TestServer;
beforeAll(async () => {
  started = await startTestServer(ThingsModule);
});
afterAll(() => started.app.close());

const id = '01890a5d-ac96-774b-bcce-b302099a8057';

async function statusOf(method: string, target: string, token?: string): Promise<number> {
  const authorization = token ? `authorization: Bearer ${token}\r\n` : '';
  const answer = await rawRequest(
    started.server,
    `${method} ${target} HTTP/1.1\r\nhost: x\r\n${authorization}connection: close\r\n\r\n`,
  );
  return Number(answer.slice(9, 12));
}

/** Each means the plain path or nothing at all; none may be a way around the guards. */
const spellings = [
  '/accounts/',
  '//accounts',
  '/accounts//',
  '/./accounts',
  '/x/../accounts',
  '/%61ccounts',
  '/%2561ccounts',
  '/accounts%2F',
  '/ACCOUNTS',
  '/accounts;x',
  '/accounts;x=1/',
  '/accounts?',
  '/accounts#x',
  '/accounts%00',
  '/accounts%20',
  '/accounts\\',
  'http://x/accounts',
  'http://x//accounts',
  `/accounts/${id};x`,
  `/accounts/%30${id.slice(1)}`,
  `/accounts/${id}/`,
  `/accounts//${id}`,
  `/v3//accounts/${id}`,
  '/accounts//text',
  '/v3/%61ccounts',
];

describe.each(spellings)('%s', (target) => {
  it.each(['GET', 'HEAD'])('opens nothing to %s without a token or without the right', async (method) => {
    expect([401, 404]).toContain(await statusOf(method, target));
    expect([401, 404]).toContain(await statusOf(method, target, 'stolen'));
    expect([403, 404]).toContain(await statusOf(method, target, 'weak'));
  });
});

describe('the verdict', () => {
  it.each([
    ['/%61ccounts', 401],
    ['/accounts?x', 401],
    ['/accounts', 401],
    [`/accounts/${id.toUpperCase()}`, 401],
  ])('on %s is that of the plain path', async (target, status) => {
    expect(await statusOf('GET', target)).toBe(status);
    expect(await statusOf('HEAD', target)).toBe(status);
    expect(await statusOf('GET', target, 'weak')).toBe(403);
    expect(await statusOf('GET', target, 'good')).toBe(200);
  });
});
