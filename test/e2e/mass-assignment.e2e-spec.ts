import type { OpenAPIObject } from '@nestjs/swagger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listRoutes } from '../../apps/api/src/http/routes.js';
import { TestApi } from '../support/api.js';
import {
  type Body,
  type BodySchema,
  type Fields,
  foreign,
  traces,
  withField,
  withForeign,
} from '../support/foreign-fields.js';
import { Given } from '../support/given.js';
import { sampleOrganization } from '../support/sample-organization.js';
import { type Desk, routesWithValidRequest, validRequest } from '../support/valid-requests.js';

type Contents = Readonly<Record<string, { readonly schema: BodySchema }>>;

/** Further mounts, which the document shows once. */
const furtherMount = /^\/(?:v2024|v2025|beta|api\/v1)(?=\/(?:accounts|identities-accounts)(?:\/|$))/;

// The router itself says what is to be asked, so the server is there before the cases are.
const api = await TestApi.start();
const document = (await api.client().get('/openapi.json')).body as OpenAPIObject;
const routes = listRoutes(api.app)
  .map(({ method, path }) => `${method} ${path}`)
  .filter((route) => !route.startsWith('GET ') && (!route.startsWith('DELETE ') || contentsOf(route) !== undefined));
const takingJson = routes.filter((route) => jsonOf(route) !== undefined);
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

function contentsOf(route: string): Contents | undefined {
  const [method = '', mounted = ''] = route.split(' ');
  const path = mounted.replace(furtherMount, '');
  const item = document.paths[path.replaceAll(/:(\w+)/g, '{$1}')] as Record<string, unknown> | undefined;
  return (item?.[method.toLowerCase()] as { requestBody?: { content?: Contents } } | undefined)?.requestBody?.content;
}

function jsonOf(route: string): BodySchema | undefined {
  return contentsOf(route)?.['application/json']?.schema;
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

const people = ['organization', 'app_user', 'credential', 'role_assignment', 'membership', 'user_group', 'invitation'];
const rest = ['oauth_client', 'api_key', 'connector', 'connector_owner'];
/** What routes that take no fields change there; a user who is restored is that by his path. */
const changing = ['public_key', 'secret_version', 'secret_changed_at', 'last_used_at', 'deleted_at', 'updated_at'];

const rights = [...people, ...rest]
  .map((table) => `select '${table} ' || (to_jsonb(t) - $1::text[])::text as row from ${table} t`)
  .join(' union all ');

/** Who is there and what he may. */
async function rightsStored(): Promise<string> {
  const text = `select string_agg(row, e'\\n' order by row) as rows from (${rights}) r`;
  return (await api.given.sql<{ rows: string }>(text, [changing]))[0]!.rows;
}

/** The route's valid request as the JSON it takes, be it a record or a list of operations. */
async function jsonRequest(route: string) {
  const { json = {}, operations, send } = await validRequest(route, desk);
  const body: Body = operations ?? json;
  const sent = (other: Body) => send(operations ? { operations: [other].flat() } : { json: other as Fields });
  return { body, send: sent };
}

const success = (status: number) => status >= 200 && status < 300;

describe('the writing routes', () => {
  it('have a valid request each, and nothing has one that is gone', () => {
    expect(routesWithValidRequest.toSorted()).toEqual(routes.toSorted());
  });
});

describe.each(routes)('%s', (route) => {
  it('takes a body without what it does not know', async () => {
    const { status } = await (await validRequest(route, desk)).send();
    expect([status, success(status)]).toEqual([status, true]);
  });
});

describe.each(takingJson)('%s', (route) => {
  it('refuses what decides over people and rights, names it and stores nothing of it', async () => {
    const { body, send } = await jsonRequest(route);
    const planted = withForeign(body, jsonOf(route), document).filter(({ readOnly }) => !readOnly);
    expect(planted.length).toBeGreaterThan(15);
    for (const { field, at, body: asked } of planted) {
      const answer = await send(asked);
      expect([at, answer.status]).toEqual([at, 400]);
      expect(answer.text).toContain(field);
      expect(traces.filter((trace) => answer.text.includes(trace))).toEqual([]);
    }
    expect(await tracesStored()).toEqual([]);
    // Nothing of it was used up or changed: the same without them is still taken.
    const { status } = await send(body);
    expect([status, success(status)]).toEqual([status, true]);
  });
});

/** Names of fields that the route's body may hold and that only the server writes. */
const onlyRead = (route: string) =>
  withForeign({}, jsonOf(route), document).flatMap(({ readOnly, field }) => (readOnly ? [field] : []));

describe.each(takingJson.filter((route) => onlyRead(route).length > 0))('%s', (route) => {
  it.each(onlyRead(route))('looks past %s, which the document says is only read', async (field) => {
    const { body, send } = await jsonRequest(route);
    const { status, body: told } = await send(withField(body as Fields, field, foreign[field]));
    expect([status, success(status)]).toEqual([status, true]);
    expect((told as Fields)[field]).not.toEqual(foreign[field]);
    expect(await tracesStored()).toEqual([]);
  });
});

describe.each(takingJson.filter((route) => jsonOf(route)?.items !== undefined))('%s', (route) => {
  it('has no operation that reaches what decides over people and rights', async () => {
    const { body, send } = await jsonRequest(route);
    const [first] = [body].flat();
    for (const [field, value] of Object.entries(foreign)) {
      for (const path of [`/${field}`, field, `/${field}/0`, `//${field}`]) {
        const { status } = await send([{ ...first, op: 'add', path, value }]);
        expect([path, status]).toEqual([path, 400]);
      }
    }
    expect(await tracesStored()).toEqual([]);
  });
});

describe.each(routes.filter((route) => jsonOf(route) === undefined))('%s', (route) => {
  it('takes no fields of its own, and what decides over people and rights changes nothing', async () => {
    const asked = [];
    for (const [field, value] of Object.entries(foreign)) {
      asked.push({ field, value, ...(await validRequest(route, desk)) });
    }
    const before = await rightsStored();
    for (const { field, value, form, file, send } of asked) {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      const inForm = form !== undefined || file !== undefined;
      const answer = await send(
        inForm
          ? { form: withField(form ?? {}, field, text) as Record<string, string> }
          : { json: withField({}, field, value) },
      );
      // What is ours to define refuses a body that it does not need; clients of the others send some. Nobody sends a part
      // of a form that is called like what every object has.
      const closed = / \/api\/v1\/(directory|auth|oauth-clients|managed-organizations)\//.test(route);
      const refused = closed || (file !== undefined && field in Object.prototype);
      expect([field, refused ? answer.status === 400 : success(answer.status)]).toEqual([field, true]);
      expect(traces.filter((trace) => answer.text.includes(trace))).toEqual([]);
      expect(await rightsStored()).toBe(before);
    }
    expect(await tracesStored()).toEqual([]);
  });
});
