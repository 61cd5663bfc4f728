import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Role, roles } from '@app/access';
import { newId } from '@app/kernel';
import { listRoutes } from '../../apps/api/src/http/routes.js';
import { type Client, TestApi } from '../support/api.js';
import { rawRequest } from '../support/http/raw-request.js';
import { accountMounts, pathTo } from '../support/paths.js';
import { type SampleOrganization, sampleOrganization } from '../support/sample-organization.js';

const readers = roles;
const assessors = ['Administrator', 'ORG_ADMIN', 'SOURCE_ADMIN', 'HELPDESK', 'AUDITOR'] as const;
const helpers = ['Administrator', 'ORG_ADMIN', 'HELPDESK'] as const;
const credentialReaders = ['Administrator', 'ORG_ADMIN', 'AUDITOR'] as const;
const credentialWriters = ['Administrator', 'ORG_ADMIN'] as const;
const writers = ['Administrator', 'ORG_ADMIN', 'SOURCE_ADMIN'] as const;

interface Rule {
  readonly allowed: readonly (Role | 'no role')[] | 'anybody';
  /** Somebody without a role may use it on the owner record that is his. */
  readonly ownRecord?: true;
}

const anybody: Rule = { allowed: 'anybody' };
const everyUser: Rule = { allowed: [...roles, 'no role'] };
const ownerPart: Rule = { allowed: readers, ownRecord: true };
const ownerFigures: Rule = { allowed: assessors, ownRecord: true };
const connector = '/api/v1/apps/:app_id/connectors/:id';
const ownership = '/api/v2/apps/:app_id/connectors/:connector_id/owners/users/:role_slug/:user_ref_id';

/** The published table of rights, written down a second time on purpose: nothing here is read from the server's own. */
const table: Readonly<Record<string, Rule>> = {
  'GET /health/live': anybody,
  'GET /health/ready': anybody,
  'GET /metrics': anybody,
  'POST /api/v1/auth/login': anybody,
  'POST /api/v1/auth/refresh': anybody,
  'POST /api/v1/auth/logout': everyUser,
  'GET /api/v1/auth/sessions': everyUser,
  'DELETE /api/v1/auth/sessions': everyUser,
  'DELETE /api/v1/auth/sessions/:id': everyUser,
  'POST /api/v1/auth/impersonate': { allowed: ['Administrator'] },
  'POST /oauth/token': anybody,
  'POST /auth/v1/token': anybody,
  'GET /oauth/info': anybody,
  'GET /.well-known/jwks.json': anybody,
  'GET /api/v1/oauth-clients': { allowed: credentialReaders },
  'POST /api/v1/oauth-clients': { allowed: credentialWriters },
  'GET /api/v1/oauth-clients/:id': { allowed: credentialReaders },
  'POST /api/v1/oauth-clients/:id/rotate': { allowed: credentialWriters },
  'DELETE /api/v1/oauth-clients/:id': { allowed: credentialWriters },
  'GET /api/v1/api-keys': { allowed: credentialReaders },
  'POST /api/v1/api-keys': { allowed: credentialWriters },
  'GET /api/v1/api-keys/:id': { allowed: credentialReaders },
  'DELETE /api/v1/api-keys/:id': { allowed: credentialWriters },
  'POST /api/v1/auth/change-password': anybody,
  'POST /api/v1/auth/password/validate': anybody,
  'GET /api/v1/directory/users/me': everyUser,
  'POST /api/v1/directory/users/me/password': everyUser,
  'POST /api/v1/directory/users/me/password/validate': everyUser,
  'POST /api/v1/directory/users/:userId/password': { allowed: helpers },
  'POST /api/v1/directory/users/:userId/password/validate': { allowed: helpers },
  'DELETE /api/v1/directory/users/:userId/logon-failures': { allowed: helpers },
  'GET /api/v1/owners': { allowed: readers },
  'POST /api/v1/owners/sync': { allowed: ['Administrator'] },
  'GET /api/v1/owners/:id': ownerPart,
  'GET /api/v1/owners/:id/accounts': ownerPart,
  'GET /api/v1/owners/:id/statistics': ownerFigures,
  'GET /api/v1/owners/:id/risk-assessment': ownerFigures,
  ...Object.fromEntries(
    accountMounts.flatMap((path) => [
      [`GET ${path}`, { allowed: readers }],
      [`GET ${path}/:id`, { allowed: readers }],
    ]),
  ),
  'GET /api/v1/reports/:name': { allowed: assessors },
  'GET /api/v1/role-assignments': { allowed: ['Administrator', 'ORG_ADMIN', 'HELPDESK', 'AUDITOR'] },
  'GET /api/v1/role-assignments/:id': { allowed: ['Administrator', 'ORG_ADMIN', 'HELPDESK', 'AUDITOR'] },
  'POST /api/v1/role-assignments': { allowed: ['Administrator', 'ORG_ADMIN'] },
  'DELETE /api/v1/role-assignments/:id': { allowed: ['Administrator', 'ORG_ADMIN'] },
  'GET /api/v1/apps': { allowed: readers },
  'POST /api/v1/apps': { allowed: writers },
  'GET /api/v1/apps/:id': { allowed: readers },
  'GET /api/v1/apps/:app_id/connectors': { allowed: readers },
  'POST /api/v1/apps/:app_id/connectors/create': { allowed: writers },
  [`GET ${connector}`]: { allowed: readers },
  [`POST ${connector}`]: { allowed: writers },
  [`POST ${connector}/files`]: { allowed: writers },
  [`POST ${connector}/validate`]: { allowed: writers },
  [`GET ${connector}/runs`]: { allowed: readers },
  [`POST ${connector}/runs`]: { allowed: writers },
  [`GET ${connector}/runs/:run_id`]: { allowed: readers },
  [`GET ${connector}/runs/:run_id/rows`]: { allowed: readers },
  [`GET ${connector}/runs/:run_id/changes`]: { allowed: readers },
  [`POST ${connector}/runs/:run_id/confirm`]: { allowed: writers },
  [`POST ${connector}/runs/:run_id/pause`]: { allowed: writers },
  [`POST ${connector}/runs/:run_id/resume`]: { allowed: writers },
  [`POST ${connector}/runs/:run_id/cancel`]: { allowed: writers },
  [`GET ${ownership}`]: { allowed: readers },
  [`POST ${ownership}`]: { allowed: writers },
  [`DELETE ${ownership}`]: { allowed: writers },
};

type Verdict = 'unknown' | 'refused' | 'let in' | 'no such path' | 'broken';
type Caller = Role | 'no role' | 'no token' | 'garbage token';
const callers: readonly Caller[] = [...roles, 'no role', 'no token', 'garbage token'];
const cases = Object.entries(table).map(([route, rule]) => {
  const [method = '', template = ''] = route.split(' ');
  return { route, method, template, rule };
});

let api: TestApi;
let routes: string[];
let own: Client;
let ownOwnerId: string;
const tokens = new Map<Caller, string | undefined>();
let sample: SampleOrganization;

beforeAll(async () => {
  api = await TestApi.start();
  routes = listRoutes(api.app).map(({ method, path }) => `${method} ${path}`);
  sample = await sampleOrganization(api, api.organization);

  for (const role of roles) tokens.set(role, (await api.as(role)).token);
  own = await api.as([]);
  ownOwnerId = (await api.organization.owner({ user_id: own.user.id })).id;
  tokens.set('no role', own.token).set('garbage token', 'eyJhbGciOiJub25lIn0.e30.');
});
afterAll(async () => api.close());

const pathOf = (template: string) => pathTo(template, sample);

/** What ends the session it is called in needs somebody of its own for each call. */
async function tokenFor(method: string, target: string, caller: Caller): Promise<string | undefined> {
  const known = caller === 'no role' || (roles as readonly string[]).includes(caller);
  if (!known || method === 'GET' || !/logout|sessions/i.test(decodeURI(target))) return tokens.get(caller);
  return (await api.as(caller === 'no role' ? [] : (caller as Role))).token;
}

async function statusOf(method: string, target: string, caller: Caller): Promise<number> {
  const token = await tokenFor(method, target, caller);
  const head = [`${method} ${target} HTTP/1.1`, 'host: x', 'connection: close', 'content-length: 0'];
  if (token) head.push(`authorization: Bearer ${token}`);
  return Number((await rawRequest(api.server, `${head.join('\r\n')}\r\n\r\n`)).slice(9, 12));
}

function verdictOf(status: number): Verdict {
  if (status === 401) return 'unknown';
  if (status >= 500) return 'broken';
  return status === 403 ? 'refused' : 'let in';
}

function expectedOf({ route, rule }: (typeof cases)[number], caller: Caller): Verdict {
  // No worker runs here, and the readiness says so.
  if (route === 'GET /health/ready') return 'broken';
  if (rule.allowed === 'anybody') return 'let in';
  if (caller === 'no token' || caller === 'garbage token') return 'unknown';
  return (rule.allowed as readonly string[]).includes(caller) ? 'let in' : 'refused';
}

/** The path itself, written otherwise: the verdict must be the same. */
function samePaths(path: string): string[] {
  const last = path.lastIndexOf('/') + 1;
  const encoded = `%${path.charCodeAt(last).toString(16)}${path.slice(last + 1)}`;
  return [path, path.slice(0, last) + encoded, `${path}?access_token=${tokens.get('Administrator')}`, `${path}?`];
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

describe('the table of rights', () => {
  it('has a row for every route, and none for a route that is gone', () => {
    expect(Object.keys(table).toSorted()).toEqual(routes.toSorted());
  });
});

describe.each(cases)('$route', (asked) => {
  const { method, template } = asked;
  const methods = method === 'GET' ? ['GET', 'HEAD'] : [method];

  it.each(callers)('keeps to the table for %s', async (caller) => {
    for (const path of samePaths(pathOf(template))) {
      for (const sent of methods) {
        const verdict = verdictOf(await statusOf(sent, path, caller));
        expect([sent, path, verdict]).toEqual([sent, path, expectedOf(asked, caller)]);
      }
    }
  });

  it('gives a path that is nearly the same no other verdict', async () => {
    for (const caller of ['no token', 'garbage token', 'no role', 'SOURCE_SUBADMIN', 'AUDITOR'] as const) {
      // What is nearly the reserved word is an id to the route beside it.
      const beside = cases.filter(
        (other) => `${other.method} ${other.template}` === `${method} ${template.replace('/me', '/:userId')}`,
      );
      const allowed = ['no such path', ...[asked, ...beside].map((one) => expectedOf(one, caller))];
      for (const path of nearPaths(pathOf(template))) {
        for (const sent of methods) {
          const status = await statusOf(sent, path, caller);
          const verdict = [400, 404, 405].includes(status) ? 'no such path' : verdictOf(status);
          expect({ sent, path, caller, verdict, fits: allowed.includes(verdict) }).toMatchObject({ fits: true });
        }
      }
    }
  });

  it('opens nothing to other methods', async () => {
    const others = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY'];
    for (const sent of others.filter((other) => !table[`${other} ${template}`])) {
      const status = await statusOf(sent, pathOf(template), 'no token');
      // 401 where a reserved word is, to this method, an id.
      expect([sent, [400, 401, 404, 405, 501].includes(status)]).toEqual([sent, true]);
    }
  });
});

describe('somebody without a role', () => {
  const ownParts = cases.filter(({ rule }) => rule.ownRecord);

  it.each(ownParts)('reads $template of the own record', async ({ template }) => {
    await own.get(template.replace(':id', ownOwnerId)).expect(200);
    await own.get(template.replace(':id', ownOwnerId.toUpperCase())).expect(200);
  });

  it.each(ownParts)('gets 403 for $template of every other, existing or not', async ({ template }) => {
    const elsewhere = await (await api.given.organization()).owner();
    const answers = [];
    for (const id of [sample.owner.id, elsewhere.id, newId(), 'nonsense', `${ownOwnerId}x`]) {
      const { body } = await own.get(template.replace(':id', id)).expect(403);
      answers.push(JSON.stringify(body));
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

describe('roles', () => {
  it('add up', async () => {
    const both = await api.as(['SOURCE_SUBADMIN', 'AUDITOR']);
    await both.get(`/api/v1/owners/${sample.owner.id}/statistics`).expect(200);
    await both.get(`/accounts/${sample.account.id}`).expect(200);
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
    const narrow = await api.as('SOURCE_SUBADMIN');
    const path = pathOf(connector);
    for (const hidden of [
      path,
      `/api/v1/apps/${sample.application.id}`,
      `/accounts/${sample.account.id}`,
      `${path}/runs`,
    ]) {
      await narrow.get(hidden).expect(404);
    }
    expect((await narrow.get('/accounts?count=true').expect(200)).headers['x-total-count']).toBe('0');
    expect((await narrow.get('/api/v1/apps').expect(200)).body.list).toEqual([]);
    expect((await narrow.get(`/api/v1/owners/${sample.owner.id}/accounts`).expect(200)).body.count).toBe(0);

    const link = { connector_id: sample.connector.id, user_id: narrow.user.id, role_slug: 'owner' };
    await api.given.insert('connector_owner', { organization_id: api.organization.id, ...link });
    await narrow.get(path).expect(200);
    await narrow.get(`/accounts/${sample.account.id}`).expect(200);
    expect((await narrow.get('/accounts?count=true').expect(200)).headers['x-total-count']).toBe('2');
    expect((await narrow.get(`/api/v1/owners/${sample.owner.id}/accounts`).expect(200)).body.count).toBe(1);
  });
});
