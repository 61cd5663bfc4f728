import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listRoutes } from '../../apps/api/src/http/routes.js';
import { type Client, TestApi } from '../support/api.js';
import { rawRequest } from '../support/http/raw-request.js';
import { pathTo, repeatedMount } from '../support/paths.js';
import { type SampleOrganization, sampleOrganization } from '../support/sample-organization.js';

let api: TestApi;
let client: Client;
let sample: SampleOrganization;
let routes: { method: string; path: string }[];
/** One mount stands for all: they are one controller, and what its handlers take is said at the handlers. */
let once: typeof routes;

beforeAll(async () => {
  api = await TestApi.start();
  sample = await sampleOrganization(api);
  client = await api.as('Administrator', sample.organization);
  routes = listRoutes(api.app).filter(({ path }) => path !== '/health/ready');
  once = routes.filter(({ path }) => !path.startsWith('/v3/') && !repeatedMount.test(path));
});
afterAll(async () => api.close());

const real = (path: string) => pathTo(path, sample);

/** Some of what is sent ends the session it is sent in: it goes on in the next one. */
async function answerTo(...request: Parameters<typeof answerNow>): Promise<string> {
  const answer = await answerNow(...request);
  if (!answer.startsWith('HTTP/1.1 401')) return answer;
  client = await api.as('Administrator', sample.organization);
  return answerNow(...request);
}

async function answerNow(method: string, target: string, headers: readonly string[] = [], body = ''): Promise<string> {
  const head = [`${method} ${target} HTTP/1.1`, 'host: x', 'connection: close', ...headers];
  const sent = Buffer.byteLength(body);
  const bearer = `authorization: Bearer ${client.token}`;
  return rawRequest(api.server, `${[...head, bearer, `content-length: ${sent}`].join('\r\n')}\r\n\r\n${body}`);
}

/** Statuses of five hundred and more, or an answer that tells of the inside. */
function broken(answer: string): string | undefined {
  const status = Number(answer.slice(9, 12));
  if (!(status >= 100 && status < 500)) return `status ${answer.slice(0, 20)}`;
  return /node_modules|at \w+ \(|select |insert into|\/libs\/|\b23505\b|TypeError/.exec(answer)?.[0];
}

const json = 'content-type: application/json';
const deep = 2_000;
const bodies = [
  'null',
  'true',
  '0',
  '""',
  '[]',
  '{}',
  '[null]',
  '{',
  '{"a":1,"a":2}',
  '{"__proto__":{"admin":true}}',
  '{"constructor":{"prototype":{"x":1}}}',
  '{"displayName":null,"config":null,"connector":null,"username":null,"password":null,"dryRun":null}',
  '{"displayName":{},"config":[],"connector":[],"username":{},"password":{},"dryRun":{}}',
  '{"displayName":[[]],"config":"x","connector":"x","username":[],"password":[],"dryRun":"x"}',
  '{"displayName":"\\u0000","config":{"kind":"\\u0000"},"connector":{"displayName":"\\u0000"}}',
  '{"displayName":"\\ud800","username":"\\ud800","password":"\\ud800"}',
  '{"displayName":1e400,"username":-0}',
  '{"displayName":"x","config":{"kind":"delimited-file","mapping":{"__proto__":"name","":"nativeIdentity"}}}',
  '{"displayName":"x","config":{"kind":"delimited-file","mapping":{"a":"nativeIdentity"},"correlationRules":[null]}}',
  '{"displayName":"x","config":{"kind":"delimited-file","mapping":{"a":"nativeIdentity"},"deletionThreshold":[]}}',
  '{"displayName":"x","config":{"kind":"delimited-file","mapping":{"a":"nativeIdentity"},"priority":1e9}}',
  '{"connector":{"config":{"kind":"delimited-file","mapping":[]}},"updateMask":"__proto__"}',
  '{"connector":{"displayName":null,"description":null,"config":null},"updateMask":null}',
  `{"displayName":"${'é'.repeat(200)}","username":"${'\\u0301'.repeat(300)}","password":"x"}`,
  `${'['.repeat(deep)}${']'.repeat(deep)}`,
  `${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`,
  `{${Array.from({ length: 80_000 }, (_, i) => `"f${i}":0`).join(',')}}`,
  `{"${'f'.repeat(500_000)}":0}`,
];
const types = [
  'content-type: application/x-www-form-urlencoded',
  'content-type: multipart/form-data; boundary=b',
  'content-type: multipart/form-data',
  'content-type: application/json; charset=utf-16',
  'content-type: application/json\r\ncontent-encoding: gzip',
  'content-type: application/json-patch+json',
  'content-type: ;;;',
  'content-type:',
  'x-http-method-override: DELETE',
];
const multipart = 'content-type: multipart/form-data; boundary=b';
const parts = [
  'content-disposition: form-data',
  'content-disposition: form-data; name',
  'content-disposition: form-data; filename="x"',
  'content-type: text/plain',
  'content-disposition: form-data; name="__proto__"',
];
/** A refusal repeats little of what was sent. */
const longestAnswer = 20_000;
const values = [
  '',
  '%00',
  '%ED%A0%80',
  '%',
  '%F0%9F%98%80',
  '-1',
  '1e999',
  '99999999999999999999999',
  'NaN',
  "'%20or%201=1--",
  '%22',
  '(((((',
  'id%20eq%20%22%00%22',
  'x'.repeat(20_000),
  '[]=1',
  '__proto__',
  'a&first=1&limit=1&page_size=1',
];
const parameters = [
  'search',
  'department',
  'status',
  'first',
  'after',
  'limit',
  'offset',
  'count',
  'filters',
  'sorters',
  'for-subadmin',
  'account-id',
  'for-segment-ids',
  'defaultFilter',
  'add-core-filters',
  'page_size',
  'page_token',
];
const ids = [
  '%00',
  '%ED%A0%80',
  '%',
  '..',
  '%2e%2e%2f',
  '-',
  '0',
  'null',
  '[object%20Object]',
  '%F0%9F%98%80',
  'x'.repeat(5_000),
  "'",
  '*',
  ':id',
];

describe('whatever is sent', () => {
  it('as a body breaks no route and tells nothing of the inside', { timeout: 300_000 }, async () => {
    const found: unknown[] = [];
    for (const { method, path } of once.filter((route) => route.method !== 'GET')) {
      for (const body of bodies) {
        const answer = await answerTo(method, real(path), [json], body);
        const problem = broken(answer) ?? (answer.length > longestAnswer ? `${answer.length} characters` : undefined);
        if (problem !== undefined) found.push([method, path, body.slice(0, 100), problem]);
      }
      for (const type of types) {
        const problem = broken(await answerTo(method, real(path), [type], '{"a":1}'));
        if (problem !== undefined) found.push([method, path, type, problem]);
      }
      for (const part of parts) {
        const form = `--b\r\n${part}\r\n\r\nx\r\n--b--\r\n`;
        const problem = broken(await answerTo(method, real(path), [multipart], form));
        if (problem !== undefined) found.push([method, path, part, problem]);
      }
    }
    expect(found).toEqual([]);
  });

  it('as a query breaks no route', { timeout: 300_000 }, async () => {
    const found: unknown[] = [];
    for (const { method, path } of once.filter((route) => route.method === 'GET')) {
      for (const parameter of parameters) {
        for (const value of values) {
          const problem = broken(await answerTo(method, `${real(path)}?${parameter}=${value}`));
          if (problem !== undefined) found.push([path, parameter, value.slice(0, 50), problem]);
        }
      }
    }
    expect(found).toEqual([]);
  });

  it('as an id is an unknown one', async () => {
    const found: unknown[] = [];
    for (const { method, path } of routes.filter((route) => route.path.includes(':'))) {
      for (const id of ids) {
        const answer = await answerTo(method, path.replace(/:\w+/g, id), [json], '{}');
        const status = Number(answer.slice(9, 12));
        const problem = broken(answer) ?? ([400, 404, 405].includes(status) ? undefined : `status ${status}`);
        if (problem !== undefined) found.push([method, path, id.slice(0, 50), problem]);
      }
    }
    expect(found).toEqual([]);
  });

  it('as a header breaks nothing', async () => {
    const headers = [
      `x-request-id: ${'x'.repeat(5_000)}`,
      'x-request-id: "><script>',
      `accept-language: ${',x'.repeat(3_000)}`,
      'accept: text/html;q=x',
      'cookie: a=%zz; =; __proto__=1',
      'if-none-match: *',
      'range: bytes=0-1',
      'expect: 100-continue',
      'upgrade: websocket\r\nconnection: upgrade',
      'x-forwarded-for: x, y, z',
      'forwarded: for="_',
      'authorization: Bearer x',
    ];
    const found: unknown[] = [];
    for (const header of headers) {
      for (const path of ['/accounts', '/api/v1/owners', '/api/v1/apps', '/nothing']) {
        const problem = broken(await answerTo('GET', path, [header]));
        if (problem !== undefined) found.push([header.slice(0, 40), path, problem]);
      }
    }
    expect(found).toEqual([]);
  });
});
