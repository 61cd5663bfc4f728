import type { OpenAPIObject } from '@nestjs/swagger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listRoutes, type RouteDescription } from '../../apps/api/src/http/routes.js';
import { type Client, TestApi } from '../support/api.js';
import { pathTo } from '../support/paths.js';
import { type SampleOrganization, sampleOrganization } from '../support/sample-organization.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']> & Record<string, unknown>;
interface Schema {
  readonly type?: string;
  readonly nullable?: boolean;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly $ref?: string;
}

let api: TestApi;
let client: Client;
let document: OpenAPIObject;
let routes: RouteDescription[];
let sample: SampleOrganization;

beforeAll(async () => {
  api = await TestApi.start();
  sample = await sampleOrganization(api, api.organization);
  client = await api.as('Administrator');
  document = (await api.client().get('/openapi.json').expect(200)).body as OpenAPIObject;
  routes = listRoutes(api.app).filter(({ path }) => !/^\/(v2024|v2025|beta|api\/v1\/accounts)(\/|$)/.test(path));
});
afterAll(async () => api.close());

function operationOf({ method, path }: RouteDescription): Operation | undefined {
  const item = document.paths[path.replace(/:([^/]+)/g, '{$1}')] as Record<string, Operation> | undefined;
  return item?.[method.toLowerCase()];
}

const nameOf = ({ method, path }: RouteDescription) => `${method} ${path}`;

/** Where success is no 200. */
const otherSuccesses: Readonly<Record<string, string | readonly string[]>> = {
  'POST /api/v1/owners/sync': '202',
  'POST /api/v1/role-assignments': ['200', '201'],
  'DELETE /api/v1/role-assignments/:id': '204',
  'POST /api/v1/auth/logout': '204',
  'DELETE /api/v1/auth/sessions': '204',
  'DELETE /api/v1/auth/sessions/:id': '204',
  'DELETE /api/v1/directory/users/:userId/logon-failures': '204',
  'DELETE /api/v1/directory/users/:userId/sessions': '204',
  'POST /api/v1/directory/invitations': '201',
  'POST /api/v1/directory/users': '201',
  'POST /api/v1/directory/groups': '201',
  'DELETE /api/v1/directory/users/:userId': '204',
  'DELETE /api/v1/directory/groups/:groupId': '204',
  'POST /api/v1/oauth-clients': '201',
  'DELETE /api/v1/oauth-clients/:id': '204',
  'POST /api/v1/api-keys': '201',
  'DELETE /api/v1/api-keys/:id': '204',
};

describe('/openapi.json', () => {
  it('holds every route but further mounts, and nothing else', () => {
    const shown = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    expect(shown.toSorted()).toEqual(routes.map(nameOf).toSorted());
  });

  it('says of every route in words what it does', () => {
    const silent = routes.filter((route) => !/\w{3,} \w/.test(operationOf(route)?.summary ?? ''));
    expect(silent.map(nameOf)).toEqual([]);
  });

  it('says of every closed route who may call it, and how it refuses', () => {
    for (const route of routes.filter(({ access }) => access && 'permission' in access)) {
      const operation = operationOf(route)!;
      expect(operation['x-roles']).toEqual(expect.arrayContaining(['Administrator']));
      expect(operation.security).toEqual(expect.arrayContaining([{ bearer: [] }]));
      expect(Object.keys(operation.responses)).toEqual(
        expect.arrayContaining(['400', '401', '403', '404', '429', '500']),
      );
    }
  });

  it('says of every open route that it needs no token', () => {
    for (const route of routes.filter(({ access }) => access && 'public' in access)) {
      expect(operationOf(route)!.security).toEqual([]);
      expect(Object.keys(operationOf(route)!.responses)).not.toContain('403');
    }
  });

  it('names the success of every route, and only statuses it gives', () => {
    for (const route of routes) {
      const successes = Object.keys(operationOf(route)!.responses).filter((status) => status.startsWith('2'));
      expect([nameOf(route), successes]).toEqual([nameOf(route), [otherSuccesses[nameOf(route)] ?? '200'].flat()]);
    }
  });

  it('names every parameter of a path, and every body a route takes', () => {
    for (const route of routes) {
      const inPath = (operationOf(route)!.parameters ?? []).flatMap((p) =>
        'in' in p && p.in === 'path' ? [p.name] : [],
      );
      expect(inPath.toSorted()).toEqual((route.path.match(/(?<=:)\w+/g) ?? []).toSorted());
    }
    const withBody = routes.filter((route) => operationOf(route)!.requestBody !== undefined).map(nameOf);
    const expected = [
      'POST /api/v1/api-keys',
      'DELETE /api/v2/apps/:app_id/connectors/:connector_id/owners/users/:role_slug/:user_ref_id',
      'POST /api/v1/apps',
      'POST /api/v1/apps/:app_id/connectors/:id',
      'POST /api/v1/apps/:app_id/connectors/:id/files',
      'POST /api/v1/apps/:app_id/connectors/:id/runs',
      'POST /api/v1/apps/:app_id/connectors/:id/validate',
      'POST /api/v1/apps/:app_id/connectors/create',
      'POST /api/v1/auth/change-password',
      'POST /api/v1/auth/impersonate',
      'POST /api/v1/auth/login',
      'POST /api/v1/auth/password/validate',
      'POST /api/v1/auth/refresh',
      'POST /api/v1/directory/invitations',
      'POST /api/v1/directory/users',
      'PUT /api/v1/directory/users/:userId',
      'PUT /api/v1/directory/users/:userId/owner',
      'PATCH /api/v1/directory/users/:userId',
      'POST /api/v1/directory/groups',
      'PUT /api/v1/directory/groups/:groupId',
      'PATCH /api/v1/directory/groups/:groupId',
      'PATCH /api/v1/directory/groups/:groupId/members',
      'POST /api/v1/directory/invitations/accept',
      'POST /api/v1/directory/invitations/user-name-available',
      'POST /api/v1/directory/users/:userId/invitation',
      'POST /api/v1/directory/users/:userId/password',
      'POST /api/v1/directory/users/:userId/password/validate',
      'POST /api/v1/directory/users/me/password',
      'POST /api/v1/directory/users/me/password/validate',
      'POST /api/v1/oauth-clients',
      'POST /auth/v1/token',
      'POST /oauth/token',
      'POST /api/v1/role-assignments',
      'POST /api/v2/apps/:app_id/connectors/:connector_id/owners/users/:role_slug/:user_ref_id',
    ];
    expect(withBody.toSorted()).toEqual(expected.toSorted());
  });

  it('refers to nothing it does not hold, and tells no secret of the server', () => {
    const text = JSON.stringify(document);
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      expect(document.components?.schemas).toHaveProperty([name!]);
    }
    expect(text).not.toMatch(/password_hash|organization_id|connector_scope|\/libs\/|\/apps\/api/);
  });
});

/** Where an answer is not what its schema says: a key too many, one missing, or a wrong type. */
function differences(schema: Schema, value: unknown, at: string): string[] {
  if (schema.$ref)
    return differences(document.components!.schemas![schema.$ref.split('/').at(-1)!] as Schema, value, at);
  if (schema.oneOf) {
    const each = schema.oneOf.map((one) => differences(one, value, at));
    return each.find((found) => found.length === 0) ?? each.flat();
  }
  if (value === null) return schema.nullable === true || schema.type === 'null' ? [] : [`${at} is null`];
  if (schema.type === 'array') {
    return Array.isArray(value)
      ? value.flatMap((item, i) => differences(schema.items!, item, `${at}[${i}]`))
      : [`${at} is no list`];
  }
  if (schema.type === 'object') {
    const { properties } = schema;
    if (!properties || typeof value !== 'object') return typeof value === 'object' ? [] : [`${at} is no object`];
    const held = value as Record<string, unknown>;
    const names = new Set([...Object.keys(properties), ...Object.keys(held)]);
    return [...names].flatMap((name) => {
      if (!properties[name]) return [`${at}.${name} is not documented`];
      if (name in held) return differences(properties[name], held[name], `${at}.${name}`);
      return schema.required && !schema.required.includes(name) ? [] : [`${at}.${name} is missing`];
    });
  }
  const type = schema.type === 'integer' ? 'number' : schema.type;
  return typeof value === type ? [] : [`${at} is ${typeof value}, not ${schema.type}`];
}

describe('every GET', () => {
  it('answers what its schema says', async () => {
    const found: string[] = [];
    const undocumented: string[] = [];
    for (const route of routes.filter(
      ({ method, path }) => method === 'GET' && !['/health/ready', '/metrics'].includes(path),
    )) {
      const { body } = await client.get(pathTo(route.path, sample)).expect(200);
      const response = operationOf(route)!.responses['200'] as { content?: Record<string, { schema: Schema }> };
      const schema = response.content?.['application/json']?.schema;
      if (schema) found.push(...differences(schema, body, nameOf(route)));
      else undocumented.push(nameOf(route));
    }
    expect(found).toEqual([]);
    expect(undocumented).toEqual([]);
  });
});

describe('/docs', () => {
  it('is a page that needs no token', async () => {
    const { headers, text } = await api.client().get('/docs').expect(200);
    expect(headers['content-type']).toMatch(/^text\/html/);
    expect(text).toContain('Ostiary API');
  });
});
