import type { OpenAPIObject } from '@nestjs/swagger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listRoutes } from '../../apps/api/src/http/routes.js';
import { TestApi } from '../support/api.js';
import { Given } from '../support/given.js';
import { sampleOrganization } from '../support/sample-organization.js';
import { type Desk, routesWithValidRequest, validRequest } from '../support/valid-requests.js';

type Fields = Readonly<Record<string, unknown>>;
interface Schema {
  readonly type?: unknown;
  readonly items?: unknown;
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
}

const word = 'planted-by-a-stranger';
const id = '01890a5d-ac96-774b-bcce-0bad0bad0bad';
const number = 1_618_033;
const instant = '2097-11-12T13:14:15.167Z';
const traces = [word, id, String(number), '2097-11-12'];

/** What decides who somebody is, whose he is, or what he may: no body gives it. */
const foreign: Fields = {
  _id: id,
  id,
  organizationId: id,
  organization_id: id,
  tenantId: id,
  credentialVersion: number,
  passwordHash: `$argon2id$${word}`,
  password_hash: `$argon2id$${word}`,
  isSystem: true,
  systemUser: true,
  roles: ['Administrator'],
  permissions: ['users:impersonate'],
  createdBy: id,
  _created: instant,
  _modified: instant,
  deletedAt: instant,
  lastLogonAt: instant,
  failedAttempts: number,
  lockedUntil: instant,
  act: { sub: id },
  ['__proto__']: { isSystem: true, id, note: word },
  constructor: { prototype: { isSystem: true, id, note: word } },
};

// The router itself says what is to be asked, so the server is there before the cases are.
const api = await TestApi.start();
const document = (await api.client().get('/openapi.json')).body as OpenAPIObject;
const routes = listRoutes(api.app)
  .map(({ method, path }) => `${method} ${path}`)
  .filter((route) => !route.startsWith('GET ') && (!route.startsWith('DELETE ') || bodyOf(route) !== undefined));
let desk: Desk;
let asServer: Given;

beforeAll(async () => {
  const sample = await sampleOrganization(api, api.organization);
  asServer = await Given.on(api.database.serverUrl);
  desk = { api, sample, admin: await api.as('Administrator') };
});
afterAll(async () => {
  await asServer.close();
  await api.close();
});

function bodyOf(route: string): Schema | undefined {
  const [method = '', path = ''] = route.split(' ');
  const item = document.paths[path.replaceAll(/:(\w+)/g, '{$1}')] as Record<string, unknown> | undefined;
  const operation = item?.[method.toLowerCase()] as
    | { requestBody?: { content?: Record<string, { schema: Schema }> } }
    | undefined;
  return Object.values(operation?.requestBody?.content ?? {})[0]?.schema;
}

/** The fields an object of the body is published with; of one whose fields are free, none. */
function known(schema: Schema | undefined): Readonly<Record<string, Schema>> {
  if (schema?.$ref === undefined) return schema?.properties ?? {};
  return known(document.components?.schemas?.[schema.$ref.split('/').at(-1)!]);
}

interface Planted {
  readonly field: string;
  readonly where: string;
  readonly body: Fields;
}

/** The body with one foreign field more, at each object in it in turn. */
function withForeign(body: Fields, schema: Schema | undefined, at = ''): Planted[] {
  const fields = known(schema);
  const here = Object.keys(foreign)
    .filter((field) => !Object.hasOwn(fields, field))
    .map((field) => ({ field, where: `${at}${field}`, body: and(body, field, foreign[field]) }));
  const below = Object.entries(body).flatMap(([name, value]) =>
    isObject(value)
      ? withForeign(value, fields[name], `${at}${name}.`).map((planted) => ({
          ...planted,
          body: and(body, name, planted.body),
        }))
      : [],
  );
  return [...here, ...below];
}

/** A copy that may have a field of any name as its own. */
function and(body: Fields, field: string, value: unknown): Fields {
  const copy = { ...body };
  return Object.defineProperty(copy, field, { value, enumerable: true });
}

function isObject(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Everything that is stored, the trail and waiting jobs too: those only the server's own role may read. */
async function tracesStored(): Promise<string[]> {
  const found: string[] = [];
  for (const reader of [api.given, asServer]) {
    const tables = await reader.sql<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
        where schemaname not in ('pg_catalog', 'information_schema')
          and has_table_privilege(format('%I.%I', schemaname, tablename), 'select')`,
    );
    expect(tables.length).toBeGreaterThan(10);
    for (const { name } of tables) {
      const select = `select t::text as row from ${name} t where t::text like any($1)`;
      const rows = await reader.sql<{ row: string }>(select, [traces.map((trace) => `%${trace}%`)]);
      found.push(...rows.map(({ row }) => `${name}: ${row}`));
    }
  }
  return found;
}

/** Who is there and what he may, but for what a route that takes no such field may change. */
async function rightsStored(restored: boolean): Promise<string> {
  const tables = [
    'organization',
    'app_user',
    'credential',
    'role_assignment',
    'membership',
    'user_group',
    'invitation',
  ];
  const rest = ['oauth_client', 'api_key', 'connector', 'connector_owner'];
  const changing = ['public_key', 'secret_version', 'secret_changed_at', 'last_used_at'];
  if (restored) changing.push('deleted_at', 'updated_at');
  const rows = [];
  for (const table of [...tables, ...rest]) {
    const select = `select to_jsonb(t) - $1::text[] as row from ${table} t order by 1`;
    rows.push(await api.given.sql(select, [changing]));
  }
  return JSON.stringify(rows);
}

describe('the writing routes', () => {
  it('have a valid request each, and nothing has one that is gone', () => {
    expect(routesWithValidRequest.toSorted()).toEqual(routes.toSorted());
  });
});

describe.each(routes)('%s', (route) => {
  it('takes a body without what it does not know', async () => {
    const answer = await (await validRequest(route, desk)).send();
    expect([answer.status, Math.floor(answer.status / 100)]).toEqual([answer.status, 2]);
  });
});

describe.each(routes.filter((route) => bodyOf(route)?.$ref !== undefined))('%s', (route) => {
  it('refuses what decides over people and rights, names it and stores nothing of it', async () => {
    const { json = {}, send } = await validRequest(route, desk);
    const planted = withForeign(json, bodyOf(route));
    expect(planted.length).toBeGreaterThan(15);
    for (const { field, where, body } of planted) {
      const answer = await send({ json: body });
      expect([where, answer.status]).toEqual([where, 400]);
      expect(answer.text).toContain(field);
      expect(answer.text).not.toContain(word);
    }
    expect(await tracesStored()).toEqual([]);
    // Nothing of it was used up or changed: the same without them is still taken.
    const { status } = await send();
    expect([route, Math.floor(status / 100)]).toEqual([route, 2]);
  });
});

const takesOperations = (route: string) => bodyOf(route)?.type === 'array';

describe.each(routes.filter(takesOperations))('%s', (route) => {
  it('refuses operations that say more than they may, and stores nothing of it', async () => {
    const published = known(bodyOf(route)?.items as Schema);
    for (const [field, value] of Object.entries(foreign).filter(([name]) => !Object.hasOwn(published, name))) {
      const { operations = [], send } = await validRequest(route, desk);
      const [first = {}, ...others] = operations;
      const answer = await send({ operations: [and(first, field, value), ...others] });
      expect([field, answer.status]).toEqual([field, 400]);
      expect(answer.text).not.toContain(word);
    }
    expect(await tracesStored()).toEqual([]);
  });
});

const takesNothing = (route: string) => bodyOf(route)?.$ref === undefined && !takesOperations(route);

describe.each(routes.filter(takesNothing))('%s', (route) => {
  it('takes no fields of its own, and what decides over people and rights changes nothing', async () => {
    for (const [field, value] of Object.entries(foreign)) {
      const { form, file, send } = await validRequest(route, desk);
      const restored = route.endsWith('/restore');
      const before = await rightsStored(restored);
      const text = isObject(value) ? JSON.stringify(value) : String(value);
      const asked =
        form || file !== undefined
          ? { form: and(form ?? {}, field, text) as Record<string, string> }
          : { json: and({}, field, value) };
      const answer = await send(asked);
      expect([field, Math.floor(answer.status / 100)]).toEqual([field, 2]);
      expect(traces.filter((trace) => answer.text.includes(trace))).toEqual([]);
      expect(await rightsStored(restored)).toBe(before);
    }
    expect(await tracesStored()).toEqual([]);
  });
});
