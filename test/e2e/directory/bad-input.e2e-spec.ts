import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { listRoutes } from '../../../apps/api/src/http/routes.js';
import { type Client, TestApi } from '../../support/api.js';
import { rawRequest } from '../../support/http/raw-request.js';
import { pathTo } from '../../support/paths.js';
import { type SampleOrganization, sampleOrganization } from '../../support/sample-organization.js';

const base = '/api/v1/directory';
const tables = [
  'app_user',
  'user_group',
  'membership',
  'former_membership',
  'group_closure',
  'invitation',
  'credential',
  'owner',
  'role_assignment',
  'session',
  'oauth_client',
  'audit_event',
];

interface Route {
  readonly method: string;
  readonly path: string;
}

const api = await TestApi.start();
const routes: Route[] = listRoutes(api.app).filter(({ path }) => path.startsWith(base));
const withBody = routes.filter(({ method }) => ['POST', 'PUT', 'PATCH'].includes(method));
const withId = routes.filter(({ path }) => path.includes(':'));
const lists = ['users', 'groups', 'principals'];

let admin: Client;
let sample: SampleOrganization;

beforeAll(async () => {
  sample = await sampleOrganization(api);
  admin = await api.as('Administrator', sample.organization);
});
afterAll(async () => api.close());

async function state(): Promise<string> {
  const text = tables.map((name) => `select '${name}' as t, r::text as row from ${name} r where organization_id = $1`);
  return JSON.stringify(await api.given.sql(`${text.join(' union all ')} order by 1, 2`, [sample.organization.id]));
}

async function send(route: Route, head: readonly string[], body = '', path = route.path) {
  const bytes = Buffer.from(body);
  const [template = '', query] = path.split('?');
  const target = pathTo(template, sample) + (query === undefined ? '' : `?${query}`);
  const lines = [`${route.method} ${target} HTTP/1.1`, 'host: x', 'connection: close', ...head];
  lines.push(`authorization: Bearer ${admin.token}`, `content-length: ${bytes.length}`);
  const answer = await rawRequest(api.server, `${lines.join('\r\n')}\r\n\r\n${body}`);
  const text = answer.slice(answer.indexOf('\r\n\r\n') + 4);
  return { status: Number(answer.slice(9, 12)), text };
}

/** A refusal in this surface's own shape. */
function expectRefused({ status, text }: { status: number; text: string }, statuses: readonly number[]): void {
  expect(statuses).toContain(status);
  expect(JSON.parse(text)).toMatchObject({
    error: expect.stringMatching(/\w{3,} .*\.$/),
    code: expect.stringMatching(/^\w+$/),
  });
}

const json = 'content-type: application/json';

const bodies: Readonly<Record<string, string>> = {
  'no body': '',
  'a text that is no JSON': '{"userName":',
  nothing: 'null',
  'a number': '7',
  'a key twice': '{"userName":"a","userName":"b","name":"a","name":"b","token":"t","token":"u"}',
  'U+0000': '{"userName":"a\\u0000","name":"a\\u0000","password":"\\u0000","token":"\\u0000","email":"\\u0000@x"}',
  'a lone surrogate': '{"userName":"\\ud800","name":"\\udfff","password":"\\ud800","token":"\\ud800"}',
  'U+0000 in operations': '[{"op":"replace","path":"/displayName","value":"\\u0000"},{"op":"add","name":"\\u0000"}]',
  __proto__: '{"__proto__":{"active":false},"userName":"proto","name":"proto"}',
  'a deep __proto__': '{"userName":{"__proto__":{"x":1}},"name":{"__proto__":{"x":1}}}',
  constructor: '{"constructor":{"prototype":{"x":1}},"userName":"c","name":"c"}',
  '__proto__ in operations': '[{"op":"add","path":"/__proto__/x","value":1}]',
  'operations that are __proto__': '[{"__proto__":{"op":"add"}}]',
  'deep lists': `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
  'deep objects': `${'{"userName":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
  'a number beyond all': '{"userName":1e400,"name":1e400,"expiresInSeconds":1e400,"token":1e400}',
};

describe.each(withBody)('$method $path', (route) => {
  // Without a body these do what they are for.
  const optional = /\/(restore|invitation)$/.test(route.path);

  it('refuses what it cannot read, in its own words, and does nothing', async () => {
    const before = await state();
    for (const [name, body] of Object.entries(bodies)) {
      if (optional && (body === '' || (route.path.endsWith('/restore') && body === 'null'))) continue;
      const answer = await send(route, [json], body);
      expect({ name, status: answer.status }).toEqual({ name, status: 400 });
      expectRefused(answer, [400]);
    }
    expect(await state()).toBe(before);
    expect(Object.prototype).not.toHaveProperty('x');
  });

  it('takes no other type, and no more than it can hold', async () => {
    const before = await state();
    for (const type of [
      'text/plain',
      'application/xml',
      'multipart/form-data; boundary=b',
      'application/x-www-form-urlencoded',
    ]) {
      expectRefused(await send(route, [`content-type: ${type}`], '--b\r\n\r\nuserName=x'), [415]);
    }
    const foreign = ['application/vnd.x+json', 'application/merge-patch+json'];
    if (route.method !== 'PATCH') foreign.push('application/json-patch+json');
    for (const type of route.path.endsWith('/restore') ? [] : foreign) {
      expectRefused(await send(route, [`content-type: ${type}`], '{"userName":"x","name":"x"}'), [415]);
    }
    const sending = admin[route.method.toLowerCase() as 'post' | 'put' | 'patch'](pathTo(route.path, sample));
    expectRefused(await sending.type('json').send(`"${'x'.repeat(10 * 1024 * 1024)}"`), [413]);
    expect(await state()).toBe(before);
  });
});

/** Those whose lists and field selections are tried further down. */
const takesParameters = ({ method, path }: Route) => method === 'GET' && !/\/(os-user|external-identities)$/.test(path);

describe.each(routes.filter((route) => !takesParameters(route)))('$method $path', (route) => {
  it('takes no parameters, whatever they ask for, and does nothing', async () => {
    const before = await state();
    for (const [query, field] of [
      ['dryRun=true', 'dryRun'],
      ['filter[x][EQ]=1', 'filter[x][EQ]'],
      ['__proto__=x', '__proto__'],
    ]) {
      const answer = await send(route, [json], '{"userName":"x","name":"x"}', `${route.path}?${query}`);
      expectRefused(answer, [400]);
      expect(JSON.parse(answer.text).details).toEqual([{ field, message: expect.any(String) }]);
    }
    expect(await state()).toBe(before);
  });
});

/** What the route would do if it knew whom it is about. */
function bodyFor({ method, path }: Route): string {
  if (method === 'GET' || method === 'DELETE' || path.endsWith('/restore')) return '';
  if (path.endsWith('/members')) return `[{"op":"add","id":"${admin.user.id}"}]`;
  if (path.endsWith('/owner')) return '{"ownerId":null}';
  if (path.endsWith('/external-identities')) return '{"externalIdentities":[]}';
  if (path.endsWith('/invitation')) return '{}';
  if (method === 'PATCH') return '[{"op":"add","path":"/externalId","value":"x"}]';
  if (method === 'POST') return '{"password":"a fine long sentence of mine"}';
  return path.includes('groups') ? '{"name":"x"}' : '{"userName":"x"}';
}

describe.each(withId)('$method $path', (route) => {
  it('knows nobody by what is no id, nor by an id of nobody', async () => {
    const before = await state();
    for (const id of ['%00', '%ED%A0%80', '__proto__', 'constructor', '-1', 'null', "'", 'x'.repeat(400), newId()]) {
      const answer = await send(route, [json], bodyFor(route), route.path.replace(/:\w+/, id));
      // A broken escape is no path at all.
      const status = id === '%ED%A0%80' ? 400 : 404;
      expect({ id, status: answer.status }).toEqual({ id, status });
      expectRefused(answer, [status]);
    }
    expect(await state()).toBe(before);
  });
});

describe('a single record', () => {
  it.each(['users/:userId', 'users/me', 'groups/:groupId'])(
    'of %s refuses parameters it does not know',
    async (path) => {
      for (const query of [
        'filter[_id][EQ]=x',
        'expand=x',
        '__proto__=x',
        'fields=__proto__',
        'fields=',
        'fields=a&fields=b',
        'sort=name',
      ]) {
        const answer = await send({ method: 'GET', path: `${base}/${path}?${query}` }, []);
        expect([query, answer.status]).toEqual([query, 400]);
        expectRefused(answer, [400]);
      }
    },
  );
});

describe.each(lists)('the list of %s', (kind) => {
  const path = `${base}/${kind}`;

  it('refuses values no database could hold', async () => {
    for (const query of [
      'filter[_id][EQ]=%00',
      'filter[name][CO]=%00',
      'page[offset]=9223372036854775808',
      'page[offset]=1e3',
      'page[limit]=99999999999999999999',
      'filter[_created][GT]=300000-01-01T00:00:00Z',
      'filter[_created][GT]=0000-01-01T00:00:00Z',
      `filter[_id][IN]=${'x,'.repeat(501)}`,
      Array.from({ length: 501 }, () => 'filter[_id][IN]=x').join('&'),
      'filter[_id][EQ]=a&filter[_id][EQ]=b',
      'sort=name&sort=name',
      '%E0%A4%A=x',
    ]) {
      const answer = await send({ method: 'GET', path: `${path}?${query}` }, []);
      expect([query, answer.status]).toEqual([query, 400]);
      expectRefused(answer, [400]);
    }
  });
});

describe('a patch of a user', () => {
  const names = ['displayName', 'email', 'externalId', 'unixUserName', 'active', 'userName'] as const;
  const value = fc.constantFrom<unknown>('one', 'two@example.com', '', null, true, false, 7, {}, 'x'.repeat(300));
  const operation = fc.record({
    op: fc.constantFrom('add', 'replace', 'remove', 'move'),
    path: fc.constantFrom(...names.map((name) => `/${name}`), '/displayName', '/unixUserName', '/_id'),
    value,
  });
  const optional = ['email', 'externalId', 'unixUserName'];

  /** What is stored after all of it, told in plain words; undefined if any of it, or the whole, is refused. */
  function expected(
    user: Record<string, unknown>,
    operations: readonly { op: string; path: string; value: unknown }[],
  ) {
    const after: Record<string, unknown> = Object.fromEntries(names.map((name) => [name, user[name]]));
    for (const { op, path, value: wanted } of operations) {
      const name = path.slice(1);
      if (op === 'move' || name === '_id') return undefined;
      if (op === 'remove' && after[name] === undefined) return undefined;
      after[name] = op === 'remove' || wanted === null ? undefined : wanted;
    }
    const texts = Object.entries(after).filter(([name, text]) => name !== 'active' && text !== undefined);
    if (typeof after['active'] !== 'boolean' || after['userName'] === undefined) return undefined;
    if (texts.some(([, text]) => typeof text !== 'string' || text === '' || text.length > 256)) return undefined;
    const email = after['email'];
    if (typeof email === 'string' && !email.includes('@')) return undefined;
    return { ...after, displayName: after['displayName'] ?? after['userName'] };
  }

  /** That is refused, be it somebody's name by now or nobody's. */
  function namedByAnothersAddress({ userName, email }: Record<string, unknown>): boolean {
    return String(userName).includes('@') && userName !== email;
  }

  it('does all of it or nothing, as a plain model says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 4 }), async (operations) => {
        const { id } = await sample.organization.user();
        const path = `${base}/users/${id}`;
        const before = (await admin.get(path).expect(200)).body;
        const { status, body } = await admin.patch(path).send(operations);
        const model = expected(before, operations);
        const after = (await admin.get(path).expect(200)).body;
        // A name somebody of an earlier round has by now is a conflict, and changes nothing either.
        const statuses = model === undefined ? [400] : [namedByAnothersAddress(model) ? 400 : 200, 409];
        expect(statuses).toContain(status);
        expect(after).toEqual(status === 200 ? body : before);
        const stored = names.map((name) => [name, after[name]]);
        const told = status === 200 ? (model as Record<string, unknown>) : before;
        expect(stored).toEqual(names.map((name) => [name, told[name]]));
        for (const name of optional) expect(after[name]).not.toBeNull();
      }),
      { numRuns: 300 },
    );
  });
});
