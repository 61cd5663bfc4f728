import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isClosedTo, type Permission, reachesOwnRecord, reachesOwnUser } from '@app/access';
import { newId } from '@app/kernel';
import { listRoutes } from '../../apps/api/src/http/routes.js';
import { type Client, TestApi } from '../support/api.js';
import { type EveryCaller, everyCaller } from '../support/every-caller.js';
import { rawRequest } from '../support/http/raw-request.js';
import {
  accountCandidates,
  accountCorrelations,
  accountMounts,
  accountRemovals,
  accountStates,
  accountWrites,
  identitiesStates,
  identityStates,
  mountsOf,
  pathTo,
  recordPlaces,
  taskReads,
} from '../support/paths.js';
import { type SampleOrganization, sampleOrganization } from '../support/sample-organization.js';

const connector = '/api/v1/apps/:app_id/connectors/:id';
const ownership = '/api/v2/apps/:app_id/connectors/:connector_id/owners/users/:role_slug/:user_ref_id';

/** What each route needs, written down a second time on purpose; who has it is in the policy's own published table. */
const needed: Readonly<Record<string, Permission | 'anybody'>> = {
  'GET /health/live': 'anybody',
  'GET /health/ready': 'anybody',
  'GET /metrics': 'anybody',
  'POST /api/v1/auth/login': 'anybody',
  'POST /api/v1/auth/refresh': 'anybody',
  'POST /api/v1/auth/change-password': 'anybody',
  'POST /api/v1/auth/password/validate': 'anybody',
  'POST /api/v1/auth/logout': 'self:logout',
  'GET /api/v1/auth/sessions': 'self:sessions',
  'DELETE /api/v1/auth/sessions': 'self:sessions',
  'DELETE /api/v1/auth/sessions/:id': 'self:sessions',
  'POST /api/v1/auth/impersonate': 'users:impersonate',
  'GET /api/v1/auth/oidc/:provider/login': 'anybody',
  'GET /api/v1/auth/oidc/:provider/callback': 'anybody',
  'POST /oauth/token': 'anybody',
  'POST /auth/v1/token': 'anybody',
  'GET /oauth/info': 'anybody',
  'GET /.well-known/jwks.json': 'anybody',
  'GET /api/v1/auth/oauth-clients': 'self:credentials',
  'DELETE /api/v1/auth/oauth-clients/:id': 'self:credentials',
  'GET /api/v1/oauth-clients': 'clients:read',
  'POST /api/v1/oauth-clients': 'clients:write',
  'GET /api/v1/oauth-clients/:id': 'clients:read',
  'POST /api/v1/oauth-clients/:id/rotate': 'clients:write',
  'DELETE /api/v1/oauth-clients/:id': 'clients:write',
  'GET /api/v1/api-keys': 'api-keys:read',
  'POST /api/v1/api-keys': 'api-keys:write',
  'GET /api/v1/api-keys/:id': 'api-keys:read',
  'DELETE /api/v1/api-keys/:id': 'api-keys:write',
  'GET /api/v1/directory/users': 'users:list',
  'POST /api/v1/directory/users': 'users:write',
  'GET /api/v1/directory/users/:userId': 'users:read',
  'PUT /api/v1/directory/users/:userId': 'users:write',
  'PATCH /api/v1/directory/users/:userId': 'users:write',
  'DELETE /api/v1/directory/users/:userId': 'users:write',
  'POST /api/v1/directory/users/:userId/restore': 'users:write',
  'GET /api/v1/directory/users/:userId/groups': 'users:read',
  'GET /api/v1/directory/users/:userId/os-user': 'users:read',
  'PUT /api/v1/directory/users/:userId/owner': 'users:link',
  'GET /api/v1/directory/users/:userId/external-identities': 'users:read',
  'PUT /api/v1/directory/users/:userId/external-identities': 'users:identify',
  'GET /api/v1/directory/groups': 'groups:read',
  'POST /api/v1/directory/groups': 'groups:write',
  'GET /api/v1/directory/groups/:groupId': 'groups:read',
  'PUT /api/v1/directory/groups/:groupId': 'groups:write',
  'PATCH /api/v1/directory/groups/:groupId': 'groups:write',
  'DELETE /api/v1/directory/groups/:groupId': 'groups:write',
  'GET /api/v1/directory/groups/:groupId/groups': 'groups:read',
  'GET /api/v1/directory/groups/:groupId/members': 'groups:read',
  'PATCH /api/v1/directory/groups/:groupId/members': 'groups:write',
  'GET /api/v1/directory/principals': 'users:list',
  'GET /api/v1/directory/principals/:principalId/groups': 'users:read',
  'GET /api/v1/directory/users/me': 'self:read',
  'POST /api/v1/directory/users/me/password': 'self:credentials',
  'POST /api/v1/directory/users/me/password/validate': 'self:read',
  'POST /api/v1/directory/users/:userId/password': 'users:help',
  'POST /api/v1/directory/users/:userId/password/validate': 'users:help',
  'DELETE /api/v1/directory/users/:userId/logon-failures': 'users:help',
  'GET /api/v1/directory/users/:userId/sessions': 'users:help',
  'DELETE /api/v1/directory/users/:userId/sessions': 'users:help',
  'POST /api/v1/directory/users/:userId/invitation': 'users:invite',
  'POST /api/v1/directory/invitations': 'users:invite',
  'POST /api/v1/directory/invitations/accept': 'anybody',
  'POST /api/v1/directory/invitations/user-name-available': 'anybody',
  'GET /api/v1/role-assignments': 'roles:read',
  'POST /api/v1/role-assignments': 'roles:write',
  'GET /api/v1/role-assignments/:id': 'roles:read',
  'DELETE /api/v1/role-assignments/:id': 'roles:write',
  'GET /api/v1/audit-events': 'audit-events:read',
  'GET /activate-profile': 'anybody',
  'GET /api/v1/owners/account': 'organization:read',
  'GET /api/v1/owners/account/usage': 'organization:usage',
  'GET /api/v1/managed-organizations': 'managed-organizations:read',
  'POST /api/v1/managed-organizations': 'managed-organizations:write',
  'GET /api/v1/managed-organizations/:id': 'managed-organizations:read',
  'PATCH /api/v1/managed-organizations/:id': 'managed-organizations:write',
  'POST /api/v1/managed-organizations/:id/token': 'managed-organizations:enter',
  'PUT /api/v1/owners/account': 'organization:write',
  'POST /api/v1/owners/account/groups': 'organization:write',
  'PUT /api/v1/owners/account/groups/:id': 'organization:write',
  'DELETE /api/v1/owners/account/groups/:id': 'organization:write',
  'GET /api/v1/owners': 'owners:list',
  'POST /api/v1/owners/search': 'owners:list',
  'POST /api/v1/owners/sync': 'owners:sync',
  'POST /api/v1/owners': 'owners:write',
  'PUT /api/v1/owners/:id': 'owners:write',
  'DELETE /api/v1/owners/:id': 'owners:write',
  'POST /api/v1/owners/:id/restore': 'owners:write',
  'GET /api/v1/owners/:id': 'owners:read',
  'GET /api/v1/owners/:id/accounts': 'owners:read',
  'POST /api/v1/owners/accounts': 'owners:list',
  'GET /api/v1/owners/:id/manager': 'owners:read',
  'GET /api/v1/owners/:id/direct-reports': 'owners:read',
  'GET /api/v1/owners/:id/roles': 'owners:read',
  'GET /api/v1/owners/:id/audit-trail': 'owners:audit',
  'GET /api/v1/owners/:id/statistics': 'owners:assess',
  'GET /api/v1/owners/:id/risk-assessment': 'owners:assess',
  'POST /api/v1/owners/:id/risk-assessment/what-if': 'owners:assess',
  ...Object.fromEntries(
    accountMounts.flatMap((path) => [`GET ${path}`, `GET ${path}/:id`].map((route) => [route, 'accounts:read'])),
  ),
  ...needing('accounts:read', [...taskReads, ...accountCandidates]),
  ...needing('accounts:write', [...accountWrites, ...accountCorrelations]),
  ...needing('accounts:state', accountStates),
  ...needing('accounts:remove', accountRemovals),
  ...needing('accounts:state-of-owner', [...identityStates, ...identitiesStates]),
  ...neededAt('sources', { 'GET ': 'connectors:read', 'GET /:id': 'connectors:read' }),
  ...neededAt('sources', { 'POST /:id/load-accounts': 'connectors:write' }),
  ...neededAt('accounts', { 'GET /:id/entitlements': 'accounts:read' }),
  ...neededAt('entitlements', { 'GET ': 'accounts:read', 'GET /:id': 'accounts:read' }),
  ...neededAt('identities', { 'GET ': 'owners:list', 'GET /:id': 'owners:read' }),
  ...neededAt('public-identities', { 'GET ': 'people:read' }),
  'GET /api/v1/reports/:name': 'reports:read',
  'GET /api/v1/apps/:app_id/app_users': 'accounts:read',
  'GET /api/v1/apps/:app_id/users/:user_id/app_users': 'accounts:read',
  'POST /api/v1/search/app_users': 'accounts:read',
  'GET /api/v1/auth/introspect': 'self:introspect',
  'GET /api/v1/users': 'users:list',
  'GET /api/v1/users/:userId': 'users:read',
  'POST /api/v1/search/users': 'users:list',
  'GET /api/v1/apps': 'connectors:read',
  'POST /api/v1/apps': 'connectors:write',
  'GET /api/v1/apps/:id': 'connectors:read',
  'POST /api/v1/apps/:id': 'connectors:write',
  'DELETE /api/v1/apps/:id': 'connectors:write',
  'GET /api/v1/apps/:app_id/owners': 'connectors:read',
  'PUT /api/v1/apps/:app_id/owners': 'connectors:write',
  'DELETE /api/v1/apps/:app_id/owners': 'connectors:write',
  'POST /api/v1/apps/:app_id/owners/:user_id': 'connectors:write',
  'DELETE /api/v1/apps/:app_id/owners/:user_id': 'connectors:write',
  'GET /api/v1/apps/:app_id/ownerids': 'connectors:read',
  'GET /api/v1/directories': 'connectors:read',
  'POST /api/v1/directories': 'connectors:write',
  'GET /api/v1/directories/:app_id': 'connectors:read',
  'PUT /api/v1/directories/:app_id': 'connectors:write',
  'DELETE /api/v1/directories/:app_id': 'connectors:write',
  'GET /api/v1/apps/:app_id/connectors': 'connectors:read',
  'POST /api/v1/apps/:app_id/connectors/create': 'connectors:write',
  [`GET ${connector}`]: 'connectors:read',
  [`POST ${connector}`]: 'connectors:write',
  [`DELETE ${connector}`]: 'connectors:write',
  [`POST ${connector}/files`]: 'connectors:write',
  [`POST ${connector}/validate`]: 'connectors:write',
  [`POST ${connector}/correlation-rules/dry-run`]: 'connectors:write',
  [`POST ${connector}/force_sync`]: 'connectors:write',
  [`POST ${connector}/pause`]: 'connectors:write',
  [`POST ${connector}/resume`]: 'connectors:write',
  [`POST ${connector}/schedule`]: 'connectors:write',
  [`POST ${connector}/confirm_sync_valid/:run_id`]: 'connectors:write',
  [`GET ${connector}/runs`]: 'connectors:read',
  [`POST ${connector}/runs`]: 'connectors:write',
  [`GET ${connector}/runs/:run_id`]: 'connectors:read',
  [`GET ${connector}/runs/:run_id/rows`]: 'connectors:read',
  [`GET ${connector}/runs/:run_id/changes`]: 'connectors:read',
  [`POST ${connector}/runs/:run_id/confirm`]: 'connectors:write',
  [`POST ${connector}/runs/:run_id/pause`]: 'connectors:write',
  [`POST ${connector}/runs/:run_id/resume`]: 'connectors:write',
  [`POST ${connector}/runs/:run_id/cancel`]: 'connectors:write',
  'GET /api/v2/apps/:app_id/connectors/:connector_id/owners/users': 'connector-owners:read',
  'GET /api/v2/apps/:app_id/connectors/:connector_id/owners/entitlements': 'connector-owners:read',
  'PUT /api/v2/apps/:app_id/connectors/:connector_id/owners': 'connector-owners:write',
  'GET /api/v2/apps/:app_id/connectors/:connector_id/owners/entitlements/:role_slug/:app_entitlement_ref_app_id/:app_entitlement_ref_id':
    'connector-owners:read',
  'POST /api/v2/apps/:app_id/connectors/:connector_id/owners/entitlements/:role_slug/:app_entitlement_ref_app_id/:app_entitlement_ref_id':
    'connector-owners:write',
  'DELETE /api/v2/apps/:app_id/connectors/:connector_id/owners/entitlements/:role_slug/:app_entitlement_ref_app_id/:app_entitlement_ref_id':
    'connector-owners:write',
  [`GET ${ownership}`]: 'connector-owners:read',
  [`POST ${ownership}`]: 'connector-owners:write',
  [`DELETE ${ownership}`]: 'connector-owners:write',
};

function needing(permission: Permission, all: readonly string[]): Record<string, Permission> {
  return Object.fromEntries(all.map((route) => [route, permission]));
}

/** The same at every mount of a collection. */
function neededAt(noun: string, routes: Readonly<Record<string, Permission>>): Record<string, Permission> {
  const all = Object.entries(routes).flatMap(([route, permission]) => {
    const [method = '', rest = ''] = route.split(' ');
    return mountsOf(noun).map((path) => [`${method} ${path}${rest}`, permission] as const);
  });
  return Object.fromEntries(all);
}

interface Route {
  readonly route: string;
  readonly method: string;
  readonly template: string;
  readonly permission: Permission | 'anybody';
}

type Verdict = 'unknown' | 'refused' | 'let in' | 'no such path' | 'broken';

// The router itself says what is to be asked, so the server is there before the cases are.
const api = await TestApi.start();
const callers = everyCaller(api);
const routes: Route[] = listRoutes(api.app).map(({ method, path, access }) => ({
  route: `${method} ${path}`,
  method,
  template: path,
  permission: access !== undefined && 'permission' in access ? access.permission : 'anybody',
}));

let own: Client;
let ownOwnerId: string;
let sample: SampleOrganization;
let theirs: SampleOrganization;
const credentials = new Map<string, Promise<string | undefined>>();

beforeAll(async () => {
  sample = await sampleOrganization(api, api.organization);
  theirs = await sampleOrganization(api);
  own = await api.as([]);
  ownOwnerId = (await api.organization.owner({ user_id: own.user.id })).id;
});
afterAll(async () => api.close());

/** Kept from call to call, but for calls that end the session they are made in. */
async function credentialOf(caller: EveryCaller, method: string, target: string): Promise<string | undefined> {
  const ending = method !== 'GET' && /logout|sessions/i.test(decodeURI(target));
  if (ending && ['user', 'impersonation'].includes(caller.known?.kind ?? ''))
    return caller.credential(api.organization);
  const kept = credentials.get(caller.name) ?? caller.credential(api.organization);
  credentials.set(caller.name, kept);
  return kept;
}

async function statusOf(method: string, target: string, caller: EveryCaller): Promise<number> {
  const credential = await credentialOf(caller, method, target);
  const head = [`${method} ${target} HTTP/1.1`, 'host: x', 'connection: close', 'content-length: 0'];
  if (credential !== undefined) head.push(credential);
  return Number((await rawRequest(api.server, `${head.join('\r\n')}\r\n\r\n`)).slice(9, 12));
}

function verdictOf(status: number): Verdict {
  if (status === 401) return 'unknown';
  if (status >= 500) return 'broken';
  return status === 403 ? 'refused' : 'let in';
}

function expectedOf({ route, permission }: Route, { known, name }: EveryCaller): Verdict {
  // No worker runs here, and the readiness says so.
  if (route === 'GET /health/ready') return 'broken';
  if (permission === 'anybody') return 'let in';
  if (known === undefined) return 'unknown';
  // Whoever reaches own connectors alone has to say there that he means them.
  if (/^GET .*\/sources$/.test(route) && name.includes('SOURCE_SUBADMIN')) return 'refused';
  return known.permissions.has(permission) && !isClosedTo(permission, known.kind) ? 'let in' : 'refused';
}

const named = (...names: string[]) => callers.filter(({ name }) => names.includes(name));
const pathOf = (template: string) => pathTo(template, sample);

/** The path itself, written otherwise: the verdict must be the same. */
async function samePaths(path: string): Promise<string[]> {
  const last = path.lastIndexOf('/') + 1;
  const encoded = `%${path.charCodeAt(last).toString(16)}${path.slice(last + 1)}`;
  const [administrator] = named('Administrator');
  const token = (await credentialOf(administrator!, 'GET', path))?.split(' ').at(-1);
  return [path.slice(0, last) + encoded, `${path}?access_token=${token}`, `${path}?`];
}

/** What may mean the path or nothing at all. */
function nearPaths(path: string): string[] {
  const last = path.lastIndexOf('/');
  return [
    path.replaceAll('/', '//'),
    `/${path}`,
    `${path}/`,
    `${path};x`,
    `${path.slice(0, last)};x=1${path.slice(last)}`,
    `/.${path}`,
    `/x/..${path}`,
    `${path}%2f`,
    path.toUpperCase(),
    `http://elsewhere${path}`,
  ];
}

describe('the routes', () => {
  it('need what is written here, each of them, and nothing is written of a route that is gone', () => {
    expect(Object.fromEntries(routes.map(({ route, permission }) => [route, permission]))).toEqual(needed);
  });
});

describe.each(routes)('$route', (asked) => {
  const { method, template } = asked;
  const methods = method === 'GET' ? ['GET', 'HEAD'] : [method];

  it('lets in whom the policy lets in, of every kind of caller', async () => {
    const path = pathOf(template);
    for (const caller of callers) {
      const verdict = verdictOf(await statusOf(method, path, caller));
      expect([caller.name, verdict]).toEqual([caller.name, expectedOf(asked, caller)]);
    }
  });

  it('keeps to that however the path is written', async () => {
    const spellings = await samePaths(pathOf(template));
    for (const caller of named('no token', 'no role', 'SOURCE_SUBADMIN', 'key ACCOUNT/VIEW')) {
      for (const path of spellings) {
        for (const sent of methods) {
          const verdict = verdictOf(await statusOf(sent, path, caller));
          expect([caller.name, sent, path, verdict]).toEqual([caller.name, sent, path, expectedOf(asked, caller)]);
        }
      }
    }
  });

  it('gives a path that is nearly the same no other verdict', async () => {
    // What is nearly the reserved word is an id to the route beside it.
    const beside = routes.filter(({ route }) => route === `${method} ${template.replace('/me', '/:userId')}`);
    for (const caller of named('no token', 'no role', 'AUDITOR')) {
      const allowed = ['no such path', ...[asked, ...beside].map((one) => expectedOf(one, caller))];
      for (const path of nearPaths(pathOf(template))) {
        for (const sent of methods) {
          const status = await statusOf(sent, path, caller);
          const verdict = [400, 404, 405].includes(status) ? 'no such path' : verdictOf(status);
          expect({ sent, path, caller: caller.name, verdict, fits: allowed.includes(verdict) }).toMatchObject({
            fits: true,
          });
        }
      }
    }
  });

  it('opens nothing to other methods', async () => {
    const others = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY'];
    const [nobody] = named('no token');
    for (const sent of others.filter((other) => !needed[`${other} ${template}`])) {
      const status = await statusOf(sent, pathOf(template), nobody!);
      // 401 where a reserved word is, to this method, an id.
      expect([sent, [400, 401, 404, 405, 501].includes(status)]).toEqual([sent, true]);
    }
  });
});

describe.each(routes.filter(({ template }) => recordPlaces(template).length > 0))('$route', (asked) => {
  const { method, template } = asked;

  it('opens no record of another organization to any kind of caller', async () => {
    for (const caller of callers) {
      const status = await statusOf(method, pathTo(template, theirs), caller);
      const expected = expectedOf(asked, caller);
      // Where a body is judged first, its lack is all that is told.
      const fits = expected === 'let in' ? [404, 400].includes(status) : verdictOf(status) === expected;
      expect([caller.name, status, fits]).toEqual([caller.name, status, true]);
    }
  });
});

describe('somebody without a role', () => {
  const ownParts = routes.filter(({ permission }) => permission !== 'anybody' && reachesOwnRecord(permission));

  const ask = ({ method, template }: (typeof ownParts)[number], id: string) => {
    const path = template.replace(':id', id);
    return method === 'GET' ? own.get(path) : own.post(path).send({ remedies: [{ category: 'MFA Gaps' }] });
  };

  it.each(ownParts)('reads $route of the own record', async (part) => {
    await ask(part, ownOwnerId).expect(200);
    await ask(part, ownOwnerId.toUpperCase()).expect(200);
  });

  it.each(ownParts)('gets 403 for $route of every other, existing or not', async (part) => {
    const elsewhere = await (await api.given.organization()).owner();
    const answers = [];
    for (const id of [sample.owner.id, elsewhere.id, newId(), 'nonsense', `${ownOwnerId}x`]) {
      const { body } = await ask(part, id).expect(403);
      answers.push(JSON.stringify({ ...body, trackingId: undefined }));
    }
    expect(new Set(answers).size).toBe(1);
  });

  const ofOwnUser = routes.filter(({ permission }) => permission !== 'anybody' && reachesOwnUser(permission));

  it.each(ofOwnUser)('reads $template of himself, and gets 403 for everybody else, existing or not', async (asked) => {
    const path = (id: string) => asked.template.replace(/:(userId|principalId)/, id);
    await own.get(path(own.user.id)).expect(200);
    await own.get(path(own.user.id.toUpperCase())).expect(200);
    const answers = [];
    for (const id of [sample.user.id, theirs.user.id, newId(), 'nonsense', `${own.user.id}x`]) {
      answers.push(JSON.stringify((await own.get(path(id)).expect(403)).body));
    }
    expect(new Set(answers).size).toBe(1);
  });

  it('has no own record before one is linked, nor after it is deleted', async () => {
    const stranger = await api.as([]);
    await stranger.get(`/api/v1/owners/${ownOwnerId}`).expect(403);
    const gone = await api.organization.owner({ user_id: stranger.user.id, deleted_at: new Date() });
    await (await api.signedIn(api.organization, stranger.user)).get(`/api/v1/owners/${gone.id}`).expect(403);
  });
});

/** What was asked above has removed some of the sample's records. */
let fresh: SampleOrganization;
beforeAll(async () => {
  fresh = await sampleOrganization(api);
});

describe('roles', () => {
  it('add up', async () => {
    const both = await api.as(['SOURCE_SUBADMIN', 'AUDITOR'], fresh.organization);
    await both.get(`/api/v1/owners/${fresh.owner.id}/statistics`).expect(200);
    await both.get(`/accounts/${fresh.account.id}`).expect(200);
    await both.post('/api/v1/apps').send({ displayName: 'No' }).expect(403);
  });

  it('reach a user through groups nested at any depth', async () => {
    const member = await api.as([]);
    const { id: organization_id } = api.organization;
    const [outer, inner] = [newId(), newId()];
    for (const [id, name] of [
      [outer, 'outer'],
      [inner, 'inner'],
    ] as const) {
      await api.given.insert('user_group', { organization_id, id, name, name_key: name });
    }
    await api.given.insert('group_closure', { organization_id, ancestor_id: outer, descendant_id: inner, paths: 1 });
    await api.given.insert('membership', { organization_id, group_id: inner, user_id: member.user.id });
    await api.given.insert('role_assignment', { organization_id, group_id: outer, role: 'AUDITOR' });
    await member.get('/accounts').expect(200);
  });

  it('leave a SOURCE_SUBADMIN with the connectors he owns and their accounts', async () => {
    const narrow = await api.as('SOURCE_SUBADMIN', fresh.organization);
    const path = pathTo('/api/v1/apps/:app_id/connectors/:id', fresh);
    for (const hidden of [
      path,
      `/api/v1/apps/${fresh.application.id}`,
      `/accounts/${fresh.account.id}`,
      `${path}/runs`,
    ]) {
      await narrow.get(hidden).expect(404);
    }
    expect((await narrow.get('/accounts?count=true').expect(200)).headers['x-total-count']).toBe('0');
    expect((await narrow.get('/api/v1/apps').expect(200)).body.list).toEqual([]);
    expect((await narrow.get(`/api/v1/owners/${fresh.owner.id}/accounts`).expect(200)).body.count).toBe(0);

    const link = { connector_id: fresh.connector.id, user_id: narrow.user.id, role_slug: 'owner' };
    await api.given.insert('connector_owner', { organization_id: fresh.organization.id, ...link });
    await narrow.get(path).expect(200);
    await narrow.get(`/accounts/${fresh.account.id}`).expect(200);
    expect((await narrow.get('/accounts?count=true').expect(200)).headers['x-total-count']).toBe('2');
    expect((await narrow.get(`/api/v1/owners/${fresh.owner.id}/accounts`).expect(200)).body.count).toBe(1);
  });
});
