import { Logger } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { Response } from 'supertest';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { listRoutes, type RouteDescription } from '../../apps/api/src/http/routes.js';
import { accountCollection } from '../../apps/api/src/surfaces/accounts/account.fields.js';
import { entitlementCollection } from '../../apps/api/src/surfaces/accounts/entitlements/entitlement.fields.js';
import {
  identityCollection,
  publicIdentityCollection,
} from '../../apps/api/src/surfaces/accounts/identities/identity.fields.js';
import { sourceCollection } from '../../apps/api/src/surfaces/accounts/sources/source.fields.js';
import { TestApi } from '../support/api.js';
import { Documented, type Operation, type Schema } from '../support/documented.js';
import {
  accountCorrelations,
  accountRemovals,
  accountStates,
  accountWrites,
  identitiesStates,
  identityStates,
  pathTo,
  repeatedMount,
} from '../support/paths.js';
import { type SampleOrganization, sampleOrganization } from '../support/sample-organization.js';
import { routesWithValidRequest, validRequest } from '../support/valid-requests.js';

let api: TestApi;
let document: OpenAPIObject;
let documented: Documented;
let routes: RouteDescription[];
let sample: SampleOrganization;
let theirs: SampleOrganization;

beforeAll(async () => {
  api = await TestApi.start();
  sample = await sampleOrganization(api, api.organization);
  theirs = await sampleOrganization(api);
  document = (await api.client().get('/openapi.json').expect(200)).body as OpenAPIObject;
  documented = new Documented(document);
  routes = listRoutes(api.app).filter(({ path }) => !repeatedMount.test(path));
});
afterAll(async () => api.close());

function operationOf(route: RouteDescription): Operation | undefined {
  return documented.operation(nameOf(route));
}

const nameOf = ({ method, path }: RouteDescription) => `${method} ${path}`;

/** Where success is no 200. */
const otherSuccesses: Readonly<Record<string, string | readonly string[]>> = {
  'POST /api/v1/managed-organizations': '201',
  'POST /api/v1/owners/account/groups': '201',
  'DELETE /api/v1/owners/account/groups/:id': '204',
  'POST /api/v1/owners': '201',
  'DELETE /api/v1/owners/:id': '204',
  'POST /api/v1/owners/sync': '202',
  ...Object.fromEntries(
    [...accountWrites, ...accountStates, ...accountRemovals, ...identityStates].map((r) => [r, '202']),
  ),
  ...Object.fromEntries(identitiesStates.map((route) => [route, '207'])),
  'POST /sources/:id/load-accounts': '202',
  'POST /v3/sources/:id/load-accounts': '202',
  ...Object.fromEntries([...identitiesStates, ...accountCorrelations].map((route) => [route, '207'])),
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
  'GET /api/v1/auth/oidc/:provider/login': [],
  'DELETE /api/v1/directory/users/:userId': '204',
  'DELETE /api/v1/directory/groups/:groupId': '204',
  'DELETE /api/v1/auth/oauth-clients/:id': '204',
  'POST /api/v1/oauth-clients': '201',
  'DELETE /api/v1/oauth-clients/:id': '204',
  'POST /api/v1/api-keys': '201',
  'DELETE /api/v1/api-keys/:id': '204',
};

const basic = [{}, { client: [] }];

/** Open routes that a secret in the request opens. */
const doors: Readonly<Record<string, { readonly refuses: readonly string[]; readonly security?: object[] }>> = {
  'POST /api/v1/auth/login': { refuses: ['401', '403'] },
  'POST /api/v1/auth/refresh': { refuses: ['401', '403'] },
  'GET /api/v1/auth/oidc/:provider/callback': { refuses: ['401', '409'] },
  'POST /api/v1/auth/change-password': { refuses: ['401', '409'] },
  'POST /api/v1/directory/invitations/accept': { refuses: ['409', '410'] },
  'POST /api/v1/directory/invitations/user-name-available': { refuses: ['410'] },
  'POST /oauth/token': { refuses: ['401'], security: basic },
  'POST /auth/v1/token': { refuses: ['401'], security: basic },
};

describe('/openapi.json', () => {
  it('holds every route but further mounts, and nothing else', () => {
    const shown = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    expect(shown.toSorted()).toEqual(routes.map(nameOf).toSorted());
  });

  it('tells where else accounts are found, and lists them without a prefix and under /v3', () => {
    for (const prefix of ['/v3', '/v2024', '/v2025', '/beta', '/api/v1']) {
      expect(document.info.description).toContain(`\`${prefix}\``);
    }
    expect(Object.keys(document.paths).filter((path) => path.endsWith('/accounts/{id}'))).toEqual([
      '/accounts/{id}',
      '/v3/accounts/{id}',
    ]);
  });

  it('has an id of its own for every operation, of letters, digits and underscores', () => {
    const ids = routes.map((route) => operationOf(route)?.operationId ?? '');
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[A-Za-z]\w*$/.test(id))).toEqual([]);
  });

  it.each([
    ['/accounts', accountCollection],
    ['/v3/accounts', accountCollection],
    ['/sources', sourceCollection],
    ['/identities', identityCollection],
    ['/public-identities', publicIdentityCollection],
    ['/entitlements', entitlementCollection],
  ])('tells of %s which fields and operators its filters and sorters take', (path, { fields, sorters }) => {
    const told = (name: string) => {
      const found = document.paths[path]!.get!.parameters!.find((one) => 'name' in one && one.name === name);
      return (found as { description: string }).description;
    };
    for (const [name, { ops }] of Object.entries(fields)) {
      expect(told('filters')).toContain(`\`${name}\` (${ops.join(', ')})`);
    }
    for (const name of Object.keys(sorters)) expect(told('sorters')).toContain(`\`${name}\``);
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

  it('says of every open route that it needs no token, and how it refuses what it asks for instead', () => {
    for (const route of routes.filter(({ access }) => access && 'public' in access)) {
      const { security, responses } = operationOf(route)!;
      const { refuses, security: asked } = doors[nameOf(route)] ?? { refuses: [] };
      expect([nameOf(route), security]).toEqual([nameOf(route), asked ?? []]);
      const refusals = ['401', '403', '409', '410'].filter((status) => status in responses);
      expect([nameOf(route), refusals]).toEqual([nameOf(route), refuses]);
      for (const status of refusals) {
        const schema = { $ref: `#/components/schemas/${asked ? 'OAuthError' : 'DirectoryError'}` };
        expect(responses[status]).toHaveProperty(['content', 'application/json', 'schema'], schema);
      }
    }
  });

  it('names the parameters of a token where its door reads them, in both encodings of a form', () => {
    const names = ['grant_type', 'client_id', 'client_secret', 'client_assertion_type', 'client_assertion', 'scope'];
    const inQueryOf = (path: string) =>
      (document.paths[path]?.post?.parameters ?? []).map((parameter) => 'name' in parameter && parameter.name);
    expect(inQueryOf('/oauth/token')).toEqual(names);
    expect(inQueryOf('/auth/v1/token')).toEqual([]);
    for (const path of ['/oauth/token', '/auth/v1/token']) {
      const body = document.paths[path]!.post!.requestBody;
      const { content } = body as { content: Record<string, { schema: Schema }> };
      expect(Object.keys(content)).toEqual(['application/x-www-form-urlencoded', 'multipart/form-data']);
      for (const { schema } of Object.values(content)) expect(Object.keys(schema.properties ?? {})).toEqual(names);
    }
    expect(document.components?.securitySchemes?.['client']).toMatchObject({ type: 'http', scheme: 'basic' });
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
      ...['', '/v3'].flatMap((version) => [
        ...['POST', 'PATCH', 'PUT'].map((m) => `${m} ${version}/accounts${m === 'POST' ? '' : '/:id'}`),
        `POST ${version}/accounts/correlate`,
        ...['enable', 'disable', 'unlock'].map((word) => `POST ${version}/accounts/:id/${word}`),
        ...['enable', 'disable'].map((word) => `POST ${version}/identities-accounts/${word}`),
      ]),
      'POST /api/v1/managed-organizations',
      'PATCH /api/v1/managed-organizations/:id',
      'PUT /api/v1/owners/account',
      'POST /api/v1/owners/account/groups',
      'PUT /api/v1/owners/account/groups/:id',
      'POST /api/v1/owners',
      'PUT /api/v1/owners/:id',
      'POST /api/v1/api-keys',
      'DELETE /api/v2/apps/:app_id/connectors/:connector_id/owners/users/:role_slug/:user_ref_id',
      'PUT /api/v2/apps/:app_id/connectors/:connector_id/owners',
      'POST /api/v2/apps/:app_id/connectors/:connector_id/owners/entitlements/:role_slug/:app_entitlement_ref_app_id/:app_entitlement_ref_id',
      'DELETE /api/v2/apps/:app_id/connectors/:connector_id/owners/entitlements/:role_slug/:app_entitlement_ref_app_id/:app_entitlement_ref_id',
      'POST /api/v1/search/app_users',
      'POST /api/v1/search/users',
      'POST /api/v1/apps',
      'POST /api/v1/apps/:id',
      'DELETE /api/v1/apps/:id',
      'PUT /api/v1/apps/:app_id/owners',
      'DELETE /api/v1/apps/:app_id/owners',
      'POST /api/v1/apps/:app_id/owners/:user_id',
      'DELETE /api/v1/apps/:app_id/owners/:user_id',
      'DELETE /api/v1/apps/:app_id/connectors/:id',
      'POST /api/v1/directories',
      'PUT /api/v1/directories/:app_id',
      'DELETE /api/v1/directories/:app_id',
      'POST /api/v1/apps/:app_id/connectors/:id',
      'POST /api/v1/apps/:app_id/connectors/:id/correlation-rules/dry-run',
      'POST /api/v1/apps/:app_id/connectors/:id/confirm_sync_valid/:run_id',
      'POST /api/v1/apps/:app_id/connectors/:id/files',
      'POST /api/v1/apps/:app_id/connectors/:id/force_sync',
      'POST /api/v1/apps/:app_id/connectors/:id/pause',
      'POST /api/v1/apps/:app_id/connectors/:id/resume',
      'POST /api/v1/apps/:app_id/connectors/:id/runs',
      'POST /api/v1/apps/:app_id/connectors/:id/schedule',
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
      'PUT /api/v1/directory/users/:userId/external-identities',
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
      'POST /api/v1/owners/search',
      'POST /api/v1/owners/accounts',
      'POST /api/v1/owners/:id/risk-assessment/what-if',
      'POST /sources/:id/load-accounts',
      'POST /v3/sources/:id/load-accounts',
      'POST /auth/v1/token',
      'POST /oauth/token',
      'POST /api/v1/role-assignments',
      'POST /api/v2/apps/:app_id/connectors/:connector_id/owners/users/:role_slug/:user_ref_id',
    ];
    expect(withBody.toSorted()).toEqual(expected.toSorted());
  });

  it('has a name for each body of its own', () => {
    const warned = vi.spyOn(Logger, 'warn').mockReturnValue();
    SwaggerModule.createDocument(api.app, new DocumentBuilder().build());
    expect(warned.mock.calls.flat().filter((text) => String(text).includes('Duplicate DTO'))).toEqual([]);
    warned.mockRestore();
    const fieldsOf = (name: string) => Object.keys((document.components!.schemas![name] as Schema).properties!);
    expect(fieldsOf('IdentitiesBody')).toEqual(['identityIds']);
    expect(fieldsOf('ExternalIdentitiesBody')).toEqual(['externalIdentities']);
  });

  it('refers to nothing it does not hold, and tells no secret of the server', () => {
    const text = JSON.stringify(document);
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      expect(document.components?.schemas).toHaveProperty([name!]);
    }
    expect(text).not.toMatch(/password_hash|organization_id|connector_scope|\/libs\/|\/apps\/api/);
  });
});

/** Every object in a schema that names its fields. */
function objectsIn(schema: Schema, at: string): (readonly [at: string, schema: Schema])[] {
  const inside = Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => objectsIn(inner, `${at}.${name}`));
  const others = [...(schema.oneOf ?? []), ...(schema.items ? [schema.items] : [])];
  return [
    ...(schema.properties ? [[at, schema] as const] : []),
    ...inside,
    ...others.flatMap((inner) => objectsIn(inner, at)),
  ];
}

/** Answers of which any field may be absent: their caller chooses the fields, or there is nothing to say. */
const nothingRequired = [
  ...['GET', 'PUT'].flatMap((method) =>
    ['', '.administrators.name', '.groups.users.name'].map((at) => `${method} /api/v1/owners/account${at}`),
  ),
  'POST /api/v1/managed-organizations.accountOwner.name',
  'POST /api/v1/owners/account/groups.users.name',
  'PUT /api/v1/owners/account/groups/:id.users.name',
  'GET /api/v1/directory/groups.data',
  'GET /api/v1/directory/groups/:groupId',
  'GET /api/v1/directory/users.data',
  'GET /api/v1/directory/users/:userId',
  'GET /api/v1/directory/users/:userId/os-user',
  'GET /api/v1/directory/users/me',
  'POST /api/v1/auth/password/validate',
  'POST /api/v1/directory/users/me/password/validate',
  'POST /api/v1/directory/users/:userId/password/validate',
  'DELETE /api/v2/apps/:app_id/connectors/:connector_id/owners/users/:role_slug/:user_ref_id',
  'DELETE /api/v2/apps/:app_id/connectors/:connector_id/owners/entitlements/:role_slug/:app_entitlement_ref_app_id/:app_entitlement_ref_id',
  'PUT /api/v2/apps/:app_id/connectors/:connector_id/owners',
  'DELETE /api/v1/apps/:id',
  'PUT /api/v1/apps/:app_id/owners',
  'DELETE /api/v1/apps/:app_id/owners',
  'POST /api/v1/apps/:app_id/owners/:user_id',
  'DELETE /api/v1/apps/:app_id/owners/:user_id',
  'DELETE /api/v1/apps/:app_id/connectors/:id',
  'DELETE /api/v1/directories/:app_id',
  ...['force_sync', 'pause', 'resume', 'confirm_sync_valid/:run_id'].map(
    (word) => `POST /api/v1/apps/:app_id/connectors/:id/${word}`,
  ),
];

describe('the schema of an answer', () => {
  it('says which fields are always there, and names no other', () => {
    const silent = new Set<string>();
    for (const route of routes) {
      for (const status of [200, 201, 202]) {
        for (const [at, { properties, required = [] }] of objectsIn(
          documented.schema(nameOf(route), status) ?? {},
          nameOf(route),
        )) {
          if (required.length === 0) silent.add(at);
          expect([at, required.filter((name) => !(name in properties!))]).toEqual([at, []]);
        }
      }
    }
    expect([...silent].toSorted()).toEqual(nothingRequired.toSorted());
  });
});

describe('every JSON body and answer', () => {
  const shown = () => routes.flatMap((route) => documented.media(nameOf(route)));

  it('has an example', () => {
    expect(shown().length).toBeGreaterThan(2_000);
    expect(shown().flatMap(({ at, example }) => (example === undefined ? [at] : []))).toEqual([]);
  });

  it('has one that its schema allows', () => {
    expect(shown().flatMap((media) => documented.faultsOf(media))).toEqual([]);
  });

  it.each([
    ['a word that is none of the list', { enum: ['a', 'b'], type: 'string' }, 'c'],
    ['a text that is no id', { type: 'string', format: 'uuid' }, 'x'],
    ['a number too large', { type: 'integer', maximum: 5 }, 6],
    ['an empty list', { type: 'array', minItems: 1, items: {} }, []],
    [
      'a field that may only be read',
      { type: 'object', properties: { a: { type: 'string', readOnly: true } } },
      { a: '' },
    ],
    ['a field too many', { type: 'object', properties: {} }, { a: '' }],
  ])('is not allowed %s', (_, schema: Schema, example) => {
    expect(documented.faultsOf({ schema, example, at: 'body', sent: true })).toHaveLength(1);
  });

  it.each(['/api/v1/owners/:id', '/accounts/:id', '/api/v1/apps/:id', '/api/v1/directory/users/:userId'])(
    'shows what %s refuses with, in the words that are answered',
    async (path) => {
      const route = routes.find((one) => one.method === 'GET' && one.path === path)!;
      const shownFor = (status: number) => documented.media(nameOf(route)).find(({ at }) => at.includes(` ${status} `));
      const asked = pathTo(path, sample);
      const answers = [await api.client().get(asked), await (await api.as([])).get(asked)];
      const refused = answers.filter(({ status }) => status >= 400);
      expect(refused.map(({ status }) => status)).toEqual([401, 403]);
      for (const { status, body } of refused) expect(withoutIds(body)).toEqual(withoutIds(shownFor(status)?.example));
    },
  );
});

describe('every answer', () => {
  it('has a status, headers and fields that the document tells of its operation', async () => {
    const told: string[] = [];
    for (const route of routes) {
      for (const { status, headers, body } of await answersOf(route)) {
        const isJson = /json/.test(headers['content-type'] ?? '');
        told.push(...documented.differences(nameOf(route), { status, headers, ...(isJson && { body }) }));
      }
    }
    expect(told).toEqual([]);
  }, 120_000);
});

const withoutIds = (body: unknown) => JSON.stringify(body).replace(/[0-9a-f]{32}/g, 'id');

const large = JSON.stringify('x'.repeat(5 * 1024 * 1024));
const wrong = 'grant_type=client_credentials&client_id=x&client_secret=y';

/** The route asked well and badly, by those who may, who may not, and by nobody. */
async function answersOf(route: RouteDescription): Promise<Response[]> {
  const method = route.method.toLowerCase() as 'get' | 'post' | 'delete';
  // Whoever asks may lose the session by it, and what is deleted is gone.
  const [admin, weak] = [await api.as('Administrator'), await api.as([])];
  const path = pathTo(route.path, sample);
  const answers: Response[] = [];
  for (const asking of [weak, api.client(), api.client('no.token.this')]) answers.push(await asking[method](path));
  answers.push(await admin[method](pathTo(route.path, theirs)));
  if (operationOf(route)!.requestBody) {
    for (const body of ['{', '[]', '{"nonsense":1}', large]) {
      answers.push(await admin[method](path).type('json').send(body));
    }
    for (const type of ['text', 'form']) answers.push(await admin[method](path).type(type).send(wrong));
  }
  return [...answers, ...(await goodAnswersOf(route, method))];
}

async function goodAnswersOf(route: RouteDescription, method: 'get' | 'post' | 'delete'): Promise<Response[]> {
  const admin = await api.as('Administrator');
  if (routesWithValidRequest.includes(nameOf(route))) {
    const good = await validRequest(nameOf(route), { api, sample, admin });
    return [await good.send(), await good.send()];
  }
  if (method === 'get') return [await admin.get(pathTo(route.path, sample))];
  const fresh = await sampleOrganization(api);
  const there = await api.as('Administrator', fresh.organization);
  return [await there[method](pathTo(route.path, fresh))];
}

describe('every GET', () => {
  it('has a schema for what it answers', () => {
    // A browser, a scraper, and a browser with a provider read these.
    const elsewhere = ['/activate-profile', '/metrics', '/api/v1/auth/oidc/:provider/login'];
    const silent = routes.filter((route) => route.method === 'GET' && !documented.schema(nameOf(route), 200));
    expect(silent.map(({ path }) => path).toSorted()).toEqual(elsewhere.toSorted());
  });
});

describe('what holds answers against the document', () => {
  const headers = { 'content-type': 'application/json' };
  const slip = (status: number, body: unknown, more = {}) =>
    documented.differences('POST /api/v1/auth/login', { status, headers: { ...headers, ...more }, body });

  it('finds a status, a header, a field too many, one missing and one of another type', () => {
    const without = { expiresIn: 3600, refreshToken: 'y' };
    const good = { ...without, token: 'x' };
    expect(slip(200, good)).toEqual([]);
    for (const found of [
      slip(201, good),
      slip(200, good, { 'x-secret': 'z' }),
      slip(200, { ...good, password: 'z' }),
      slip(200, without),
      slip(200, { ...good, expiresIn: 'soon' }),
      slip(200, { ...good, token: null }),
    ]) {
      expect(found).toHaveLength(1);
    }
  });
});

describe('/docs', () => {
  it('is a page that needs no token', async () => {
    const { headers, text } = await api.client().get('/docs').expect(200);
    expect(headers['content-type']).toMatch(/^text\/html/);
    expect(text).toContain('Ostiary API');
  });
});
