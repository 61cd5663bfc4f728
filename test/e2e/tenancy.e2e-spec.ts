import type { Response } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccessTokens } from '@app/auth';
import { newId } from '@app/kernel';
import { listRoutes } from '../../apps/api/src/http/routes.js';
import { type Client, TestApi } from '../support/api.js';
import {
  accountCandidates,
  accountCorrelations,
  accountMounts,
  accountRemovals,
  accountStates,
  accountWrites,
  idAt,
  identitiesStates,
  identityStates,
  mountsOf,
  pathTo,
  recordPlaces,
  taskReads,
} from '../support/paths.js';
import { type SampleOrganization, sampleOrganization } from '../support/sample-organization.js';

const connector = '/api/v1/apps/:app_id/connectors/:id';
const run = `${connector}/runs/:run_id`;
const ownership = '/api/v2/apps/:app_id/connectors/:connector_id/owners/users/:role_slug/:user_ref_id';

/** Routes that name records: every mixture of own and foreign ids answers like an unknown one. */
const byId = [
  'GET /api/v1/owners/:id',
  'PUT /api/v1/owners/:id',
  'POST /api/v1/owners/:id/restore',
  'GET /api/v1/owners/:id/accounts',
  'GET /api/v1/owners/:id/manager',
  'GET /api/v1/owners/:id/direct-reports',
  'GET /api/v1/owners/:id/roles',
  'GET /api/v1/owners/:id/audit-trail',
  'GET /api/v1/owners/:id/statistics',
  'GET /api/v1/owners/:id/risk-assessment',
  'POST /api/v1/owners/:id/risk-assessment/what-if',
  ...accountMounts.map((path) => `GET ${path}/:id`),
  ...taskReads,
  ...accountCandidates,
  ...accountStates,
  ...identityStates,
  ...accountWrites.filter((route) => route.includes(':id')),
  ...accountRemovals,
  ...accountMounts.map((path) => `GET ${path}/:id/entitlements`),
  ...['identities', 'entitlements'].flatMap(mountsOf).map((path) => `GET ${path}/:id`),
  ...mountsOf('sources').flatMap((path) => [`GET ${path}/:id`, `POST ${path}/:id/load-accounts`]),
  'GET /api/v1/users/:userId',
  'GET /api/v1/apps/:app_id/app_users',
  'GET /api/v1/apps/:app_id/users/:user_id/app_users',
  'GET /api/v1/apps/:id',
  'POST /api/v1/apps/:id',
  'DELETE /api/v1/apps/:id',
  'GET /api/v1/apps/:app_id/owners',
  'GET /api/v1/apps/:app_id/ownerids',
  'POST /api/v1/apps/:app_id/owners/:user_id',
  'DELETE /api/v1/apps/:app_id/owners/:user_id',
  'PUT /api/v1/apps/:app_id/owners',
  'DELETE /api/v1/apps/:app_id/owners',
  'GET /api/v1/directories/:app_id',
  'PUT /api/v1/directories/:app_id',
  'DELETE /api/v1/directories/:app_id',
  'GET /api/v1/apps/:app_id/connectors',
  'POST /api/v1/apps/:app_id/connectors/create',
  `GET ${connector}`,
  `POST ${connector}`,
  `DELETE ${connector}`,
  `POST ${connector}/files`,
  `POST ${connector}/validate`,
  `POST ${connector}/correlation-rules/dry-run`,
  ...['force_sync', 'pause', 'resume', 'schedule', 'confirm_sync_valid/:run_id'].map(
    (word) => `POST ${connector}/${word}`,
  ),
  `GET ${connector}/runs`,
  `POST ${connector}/runs`,
  `GET ${run}`,
  `GET ${run}/rows`,
  `GET ${run}/changes`,
  `POST ${run}/confirm`,
  `POST ${run}/pause`,
  `POST ${run}/resume`,
  `POST ${run}/cancel`,
  'POST /api/v1/directory/users/:userId/password',
  'POST /api/v1/directory/users/:userId/password/validate',
  'DELETE /api/v1/directory/users/:userId/logon-failures',
  'GET /api/v1/directory/users/:userId/sessions',
  'DELETE /api/v1/directory/users/:userId/sessions',
  'POST /api/v1/directory/users/:userId/invitation',
  'GET /api/v1/oauth-clients/:id',
  'POST /api/v1/oauth-clients/:id/rotate',
  'DELETE /api/v1/oauth-clients/:id',
  'GET /api/v1/api-keys/:id',
  'DELETE /api/v1/api-keys/:id',
  'GET /api/v1/directory/users/:userId',
  'GET /api/v1/directory/users/:userId/groups',
  'GET /api/v1/directory/users/:userId/os-user',
  'PUT /api/v1/directory/users/:userId',
  'PUT /api/v1/directory/users/:userId/owner',
  'GET /api/v1/directory/users/:userId/external-identities',
  'PUT /api/v1/directory/users/:userId/external-identities',
  'PATCH /api/v1/directory/users/:userId',
  'POST /api/v1/directory/users/:userId/restore',
  'GET /api/v1/directory/groups/:groupId',
  'GET /api/v1/directory/groups/:groupId/groups',
  'GET /api/v1/directory/groups/:groupId/members',
  'PUT /api/v1/directory/groups/:groupId',
  'PATCH /api/v1/directory/groups/:groupId',
  'PATCH /api/v1/directory/groups/:groupId/members',
  'GET /api/v1/directory/principals/:principalId/groups',
  'GET /api/v2/apps/:app_id/connectors/:connector_id/owners/users',
  'GET /api/v2/apps/:app_id/connectors/:connector_id/owners/entitlements',
  'PUT /api/v2/apps/:app_id/connectors/:connector_id/owners',
  'GET /api/v2/apps/:app_id/connectors/:connector_id/owners/entitlements/:role_slug/:app_entitlement_ref_app_id/:app_entitlement_ref_id',
  'POST /api/v2/apps/:app_id/connectors/:connector_id/owners/entitlements/:role_slug/:app_entitlement_ref_app_id/:app_entitlement_ref_id',
  'DELETE /api/v2/apps/:app_id/connectors/:connector_id/owners/entitlements/:role_slug/:app_entitlement_ref_app_id/:app_entitlement_ref_id',
  `GET ${ownership}`,
  `POST ${ownership}`,
  `DELETE ${ownership}`,
  'GET /api/v1/role-assignments/:id',
  'DELETE /api/v1/role-assignments/:id',
  'DELETE /api/v1/directory/groups/:groupId',
  'DELETE /api/v1/directory/users/:userId',
  'DELETE /api/v1/owners/:id',
  'GET /api/v1/managed-organizations/:id',
  'PATCH /api/v1/managed-organizations/:id',
  'POST /api/v1/managed-organizations/:id/token',
  'PUT /api/v1/owners/account/groups/:id',
  'DELETE /api/v1/owners/account/groups/:id',
];
const lists = [
  'GET /api/v1/owners',
  'GET /api/v1/owners/account',
  'GET /api/v1/owners/account/usage',
  'GET /api/v1/managed-organizations',
  'POST /api/v1/owners/search',
  'POST /api/v1/owners/accounts',
  'GET /api/v1/apps',
  'GET /api/v1/directories',
  'GET /api/v1/users',
  'POST /api/v1/search/users',
  'POST /api/v1/search/app_users',
  'GET /api/v1/reports/:name',
  'GET /api/v1/oauth-clients',
  'GET /api/v1/api-keys',
  'GET /api/v1/role-assignments',
  'GET /api/v1/audit-events',
  'GET /api/v1/directory/users',
  'GET /api/v1/directory/groups',
  'GET /api/v1/directory/principals',
  ...['accounts', 'sources', 'identities', 'public-identities', 'entitlements']
    .flatMap(mountsOf)
    .map((path) => `GET ${path}`),
];
const writes = [
  'PUT /api/v1/owners/account',
  'POST /api/v1/owners/account/groups',
  'POST /api/v1/managed-organizations',
  ...accountWrites.filter((route) => !route.includes(':id')),
  ...accountCorrelations,
  ...identitiesStates,
  'POST /api/v1/owners',
  'POST /api/v1/owners/sync',
  'POST /api/v1/apps',
  'POST /api/v1/directories',
  'POST /api/v1/auth/login',
  'POST /api/v1/oauth-clients',
  'POST /api/v1/api-keys',
  'POST /api/v1/role-assignments',
  'POST /api/v1/directory/users',
  'POST /api/v1/directory/groups',
];
/** About the caller himself; whose they are is asked in their own tests. */
const ofTheCaller = [
  'GET /api/v1/directory/users/me',
  'POST /api/v1/directory/users/me/password',
  'POST /api/v1/directory/users/me/password/validate',
  'POST /api/v1/directory/invitations',
  'POST /api/v1/directory/invitations/accept',
  'POST /api/v1/directory/invitations/user-name-available',
  'POST /api/v1/auth/change-password',
  'POST /api/v1/auth/password/validate',
  'POST /api/v1/auth/refresh',
  'POST /api/v1/auth/logout',
  'GET /api/v1/auth/introspect',
  'GET /api/v1/auth/sessions',
  'DELETE /api/v1/auth/sessions',
  'DELETE /api/v1/auth/sessions/:id',
  'GET /api/v1/auth/oauth-clients',
  'DELETE /api/v1/auth/oauth-clients/:id',
  'POST /api/v1/auth/impersonate',
  'GET /api/v1/auth/oidc/:provider/login',
  'GET /api/v1/auth/oidc/:provider/callback',
];
const ofNoOrganization = [
  'GET /activate-profile',
  'GET /health/live',
  'GET /health/ready',
  'GET /metrics',
  'GET /.well-known/jwks.json',
  'GET /oauth/info',
  'POST /oauth/token',
  'POST /auth/v1/token',
];

let api: TestApi;
let ours: SampleOrganization;
let theirs: SampleOrganization;
let we: Client;
let they: Client;
let theirIds: string[];

beforeAll(async () => {
  api = await TestApi.start();
  ours = await sampleOrganization(api);
  theirs = await sampleOrganization(api);
  for (const { organization, connector: feed, owner } of [ours, theirs]) {
    for (let i = 0; i < 30; i++) await organization.application({ name: `Application ${i}` });
    for (let i = 0; i < 3; i++) await organization.owner({ name: `Bo ${i}`, email: `bo${i}@example.com` });
    for (let i = 0; i < 4; i++)
      await organization.account(feed, owner, { name: `twin ${i}`, native_identity: `twin ${i}` });
  }
  // One more of each on their side, so that a count gives a leak away.
  await theirs.organization.owner({ name: 'Only theirs', email: 'theirs@example.com' });
  await theirs.organization.account(theirs.connector, null, { name: 'only theirs', native_identity: 'aaa' });
  await theirs.organization.user({ user_name: 'only theirs' });
  we = await api.as('Administrator', ours.organization);
  they = await api.as('Administrator', theirs.organization);
  theirIds = await everyIdOf(theirs.organization.id);
});
afterAll(async () => api.close());

async function everyIdOf(organizationId: string): Promise<string[]> {
  const tables = [
    'application',
    'connector',
    'owner',
    'account',
    'entitlement',
    'app_user',
    'connector_file',
    'sync_run',
    'oauth_client',
    'api_key',
    'role_assignment',
    'user_group',
    'organization_category',
  ];
  const select = tables.map((name) => `select id::text from ${name} where organization_id = $1`).join(' union all ');
  const rows = await api.given.sql<{ id: string }>(select, [organizationId]);
  const managed = await api.given.sql<{ id: string }>('select id from organization where parent_id = $1', [
    organizationId,
  ]);
  return [organizationId, ...[...rows, ...managed].map(({ id }) => id)];
}

/** What an answer says, apart from what differs between two requests anyway. */
function told({ status, headers, body, text }: Response): object {
  const { trackingId: _, ...rest } = body as { trackingId?: string };
  const { 'x-request-id': _id, date: _date, ...others } = headers as Record<string, unknown>;
  return { status, others, rest, length: text.length };
}

async function everythingOf(organizationId: string): Promise<unknown> {
  const [row] = await api.given.sql(
    `select (select string_agg(a::text, ',' order by a.id) from application a where organization_id = $1) as applications,
       (select string_agg(w::text, ',' order by w::text) from application_owner w where organization_id = $1) as contacts,
       (select string_agg(c::text, ',' order by c.id) from connector c where organization_id = $1) as connectors,
       (select count(*) from connector_file where organization_id = $1) as files,
       (select string_agg(r::text, ',' order by r.id) from sync_run r where organization_id = $1) as runs,
       (select string_agg(w::text, ',' order by w::text) from connector_owner w where organization_id = $1) as ownerships,
       (select string_agg(w::text, ',' order by w::text) from connector_entitlement_owner w where organization_id = $1) as holders,
       (select string_agg(a::text, ',' order by a.id) from role_assignment a where organization_id = $1) as roles,
       (select string_agg(u::text, ',' order by u.id) from app_user u where organization_id = $1) as users,
       (select string_agg(g::text, ',' order by g.id) from user_group g where organization_id = $1) as groups,
       (select string_agg(m::text, ',' order by m.id) from membership m where organization_id = $1) as memberships,
       (select string_agg(a::text, ',' order by a.id) from account a where organization_id = $1) as accounts,
       (select string_agg(o::text, ',' order by o.id) from owner o where organization_id = $1) as owners,
       (select string_agg(t::text, ',' order by t.id) from task t where organization_id = $1) as tasks,
       (select string_agg(g::text, ',' order by g.id) from organization g where $1 in (g.id, g.parent_id)) as organizations,
       (select count(*) from audit_event where organization_id = $1) as events`,
    [organizationId],
  );
  return row;
}

describe('the cases here', () => {
  it('cover every route', () => {
    const routes = listRoutes(api.app).map(({ method, path }) => `${method} ${path}`);
    expect([...byId, ...lists, ...writes, ...ofTheCaller, ...ofNoOrganization].toSorted()).toEqual(routes.toSorted());
  });
});

describe.each(byId)('%s', (route) => {
  const [method = '', template = ''] = route.split(' ');

  function send(path: string, by = we) {
    if (template.includes('accounts/:id')) return sendToAccount(by, method, path);
    if (method === 'GET') return by.get(path);
    if (method === 'DELETE') return by.delete(path);
    if (template.endsWith('managed-organizations/:id')) return by.patch(path).send({ accountName: 'Taken over' });
    if (template.endsWith('/members')) return by.patch(path).send([{ op: 'add', id: ours.user.id }]);
    if (method === 'PATCH') return by.patch(path).send([{ op: 'replace', path: '/externalId', value: 'Taken over' }]);
    if (template.endsWith('/owner')) return by.put(path).send({ ownerId: ours.owner.id });
    if (template.endsWith('/external-identities')) return by.put(path).send({ externalIdentities: [] });
    const name = /groups|owners/.test(template) ? 'name' : 'userName';
    if (template.endsWith('/owners')) return by.put(path).send({ roleSlug: 'technical_owner', userRefs: [] });
    if (method === 'PUT') return by.put(path).send({ [name]: 'Taken over' });
    if (template.endsWith('/what-if')) return by.post(path).send({ remedies: [{ category: 'MFA Gaps' }] });
    if (/\/(invitation|restore|rotate|token)$/.test(template)) return by.post(path);
    if (template.includes('/password')) return by.post(path).send({ password: 'a fine long sentence of mine' });
    return /\/(files|load-accounts)$/.test(template)
      ? by.post(path).attach('file', Buffer.from('login\nada\n'), 'export.csv')
      : template.includes('/:role_slug/')
        ? by.post(path)
        : template.includes('/owners/:user_id')
          ? by.post(path)
          : by.post(path).send({ displayName: 'Taken over', connector: { displayName: 'Taken over' } });
  }

  function sendToAccount(by: Client, asked: string, path: string) {
    if (asked === 'GET') return by.get(path);
    if (asked === 'DELETE') return by.delete(path);
    if (asked === 'PATCH') return by.patch(path).send([{ op: 'replace', path: '/identityId', value: ours.owner.id }]);
    if (asked === 'PUT') return by.put(path).send({ attributes: { login: 'taken over' } });
    return by.post(path).send({});
  }

  const places = recordPlaces(template);
  const mixtures = Array.from({ length: 2 ** places.length - 1 }, (_, i) =>
    places.map((_place, at) => (((i + 1) >> at) & 1 ? 'theirs' : 'ours')),
  );

  it.each(mixtures.map((from) => ({ from: from.join(', ') })))('knows no record for %o', async ({ from }) => {
    const before = await everythingOf(theirs.organization.id);
    const owners = from.split(', ');
    const fill = (foreign: (place: string) => string) =>
      places.reduce(
        (path, place, at) =>
          path.replace(place, owners[at] === 'theirs' ? foreign(place) : idAt(place, template, ours)),
        template.replace(':role_slug', 'owner'),
      );
    const foreign = await send(fill((place) => idAt(place, template, theirs)));
    const unknown = await send(fill(() => newId()));
    expect(foreign.status).toBe(404);
    expect(told(foreign)).toEqual(told(unknown));
    expect(await everythingOf(theirs.organization.id)).toEqual(before);
  });

  it('is no dead end: with our own ids it answers something else', async () => {
    // Accounts, owners and connectors are changed and removed here; those below are counted.
    const removed = /(accounts|v1\/owners)\/:id/.test(template) || route === `DELETE ${connector}`;
    const spare = removed ? await sampleOrganization(api) : ours;
    const by = spare === ours ? we : await api.as('Administrator', spare.organization);
    expect((await send(pathTo(template, spare), by)).status).not.toBe(404);
  });
});

function expectNothingOfTheirs(response: Response): void {
  const found = theirIds.filter((id) => response.text.includes(id));
  expect(found).toEqual([]);
  expect(response.text.toLowerCase()).not.toContain('only theirs');
}

describe('POST /api/v1/owners/accounts', () => {
  it('shows no account of theirs, whoever is asked for', async () => {
    const owner_ids = [theirs.owner.id, ours.owner.id, ...theirIds].slice(0, 100);
    const answer = await we.post('/api/v1/owners/accounts').send({ owner_ids }).expect(200);
    expect(answer.body[theirs.owner.id]).toEqual([]);
    expect(answer.body[ours.owner.id]).toHaveLength(5);
    const lists = Object.values(answer.body as Record<string, unknown[]>);
    expect(lists.flat()).toHaveLength(5);
  });
});

describe.each(accountMounts)('GET %s', (path) => {
  const filters = () => [
    '',
    `id eq "${theirs.account.id}"`,
    `id in ("${theirs.account.id}","${ours.account.id}")`,
    `id sw "${theirs.account.id.slice(0, 8)}"`,
    `sourceId eq "${theirs.connector.id}"`,
    `not sourceId eq "${ours.connector.id}"`,
    `identityId eq "${theirs.owner.id}"`,
    `identityId in ("${theirs.owner.id}")`,
    'name sw "only"',
    'nativeIdentity sw "a"',
    'uncorrelated eq true',
    'uncorrelated eq true or uncorrelated eq false',
    `sourceId eq "${theirs.connector.id}" or id eq "${theirs.orphan.id}"`,
  ];

  it('neither shows nor counts accounts of theirs, whatever is filtered', async () => {
    for (const filter of filters()) {
      const page = await we.get(`${path}?count=true&filters=${encodeURIComponent(filter)}`).expect(200);
      expectNothingOfTheirs(page);
      expect([filter, Number(page.headers['x-total-count'])]).toEqual([filter, page.body.length]);
    }
    expect((await we.get(`${path}?count=true`)).headers['x-total-count']).toBe('6');
    expect((await they.get(`${path}?count=true`)).headers['x-total-count']).toBe('7');
  });

  it('sorts and pages through our own alone', async () => {
    for (const sorter of ['id', '-id', 'name', '-name', 'created', '-created', 'modified', '-modified']) {
      const seen: string[] = [];
      for (let offset = 0; offset < 8; offset += 2) {
        const page = await we.get(`${path}?limit=2&offset=${offset}&sorters=${sorter}`).expect(200);
        expectNothingOfTheirs(page);
        seen.push(...page.body.map(({ id }: { id: string }) => id));
      }
      expect([sorter, seen.length, new Set(seen).size]).toEqual([sorter, 6, 6]);
    }
  });
});

describe.each([
  ['sources', 1, ({ connector }: SampleOrganization) => connector.id],
  ['entitlements', 1, ({ entitlement }: SampleOrganization) => entitlement.id],
  ['identities', 4, ({ owner }: SampleOrganization) => owner.id],
  ['public-identities', 4, ({ owner }: SampleOrganization) => owner.id],
] as const)('GET /%s', (noun, own, idOf) => {
  it.each(mountsOf(noun))('neither shows nor counts theirs at %s, whatever is filtered and sorted', async (path) => {
    const id = idOf(theirs);
    const all = noun === 'identities' ? '&defaultFilter=NONE' : '';
    const filters = [
      '',
      `id eq "${id}"`,
      `id in ("${id}","${idOf(ours)}")`,
      `not id eq "${id}"`,
      `not id eq "${newId()}"`,
    ];
    for (const filter of filters) {
      const page = await we.get(`${path}?count=true${all}&filters=${encodeURIComponent(filter)}`).expect(200);
      expectNothingOfTheirs(page);
      expect([filter, Number(page.headers['x-total-count'])]).toEqual([filter, page.body.length]);
    }
    for (const query of ['', '&sorters=name', '&sorters=-name', '&limit=0']) {
      const { headers } = await we.get(`${path}?count=true${all}${query}`).expect(200);
      expect([query, headers['x-total-count']]).toEqual([query, String(own)]);
    }
  });

  it('asks for nothing of theirs by another way', async () => {
    const ways = [
      `/sources?for-subadmin=${theirs.owner.id}`,
      `/sources?filters=${encodeURIComponent(`owner.id eq "${theirs.owner.id}"`)}`,
      `/entitlements?account-id=${theirs.account.id}`,
      `/entitlements?filters=${encodeURIComponent(`source.id eq "${theirs.connector.id}"`)}`,
    ];
    for (const way of ways) expect((await we.get(way).expect(200)).body).toEqual([]);
  });
});

describe.each(['users', 'groups', 'principals'])('GET /api/v1/directory/%s', (kind) => {
  it('neither shows nor counts theirs, whatever is filtered', async () => {
    const theirId = kind === 'groups' ? theirs.groupId : theirs.user.id;
    const filters = ['', `filter[_id][EQ]=${theirId}`, `filter[_id][IN]=${theirId}`, 'filter[system][EQ]=false'];
    for (const filter of filters) {
      const page = await we.get(`/api/v1/directory/${kind}?${filter}`).expect(200);
      expectNothingOfTheirs(page);
      expect([filter, page.body.totalCount]).toEqual([filter, page.body.data.length]);
    }
  });
});

describe('users as owners of connectors', () => {
  it('are our own alone, whoever is looked for', async () => {
    expectNothingOfTheirs(await we.get('/api/v1/users?page_size=100').expect(200));
    const searches = [
      {},
      { ids: theirIds.slice(0, 250) },
      { query: 'only' },
      { displayName: 'only theirs' },
      { query: 'a' },
    ];
    for (const search of searches) {
      const sent = { ...search, pageSize: 100, expandMask: { paths: ['*'] } };
      expectNothingOfTheirs(await we.post('/api/v1/search/users').send(sent).expect(200));
    }
  });
});

describe('accounts as users of applications', () => {
  it('are our own alone, whatever is looked for', async () => {
    const appIds = [theirs.application.id, ours.application.id];
    const userIds = [theirs.user.id, ours.user.id];
    const searches = [{}, { appIds }, { userIds }, { appIds, userIds }, { query: 'only' }, { userIds, query: 'a' }];
    for (const search of searches) {
      const sent = { ...search, pageSize: 100, expandMask: { paths: ['*'] } };
      expectNothingOfTheirs(await we.post('/api/v1/search/app_users').send(sent).expect(200));
    }
  });
});

describe('GET /api/v1/owners', () => {
  it.each(['', 'search=ada', 'search=theirs', 'department=board', 'status=active', 'owner_type=human'])(
    'shows owners of our own for "%s"',
    async (query) => expectNothingOfTheirs(await we.get(`/api/v1/owners?${query}`).expect(200)),
  );

  it('pages through our own, even from a cursor of theirs', async () => {
    const first = await they.get('/api/v1/owners?first=1').expect(200);
    const after = encodeURIComponent(first.body.pageInfo.endCursor);
    const page = await we.get(`/api/v1/owners?first=250&after=${after}`);
    expect([200, 400]).toContain(page.status);
    expectNothingOfTheirs(page);
  });

  it('shows only our own accounts beneath an owner', async () => {
    const page = await we.get(`/api/v1/owners/${ours.owner.id}/accounts`).expect(200);
    expectNothingOfTheirs(page);
    expect(page.body.count).toBe(5);
  });

  it('counts orphans with the owner’s e-mail address among our own alone', async () => {
    await theirs.organization.account(theirs.connector, null, {
      name: 'x',
      native_identity: 'x',
      email: 'ada@example.com',
    });
    const { body } = await we.get(`/api/v1/owners/${ours.owner.id}/statistics`).expect(200);
    expect(body.compliance_metrics.accounts_no_owner).toBe('1');
    expect(body.account_statistics.total_accounts).toBe(5);
  });
});

describe('/api/v1/owners/account', () => {
  const path = '/api/v1/owners/account';

  it('is our own, read or written, whatever is named', async () => {
    expectNothingOfTheirs(await we.get(path).expect(200));
    await they
      .put(path)
      .send({ groups: [{ name: 'Only theirs', users: [{ user: 'only theirs' }] }] })
      .expect(200);
    theirIds = await everyIdOf(theirs.organization.id);
    const before = await everythingOf(theirs.organization.id);
    const named = { _id: theirs.accountGroupId, name: 'Ours', users: [{ user: 'only@example.com' }] };
    expectNothingOfTheirs(
      await we
        .put(path)
        .send({ groups: [named] })
        .expect(200),
    );
    await we
      .put(path)
      .send({ groups: [{ name: 'Ours', users: [{ user: 'only theirs' }] }] })
      .expect(400);
    expectNothingOfTheirs(
      await we
        .post(`${path}/groups`)
        .send([{ name: 'More', users: [] }])
        .expect(201),
    );
    expect(await everythingOf(theirs.organization.id)).toEqual(before);
  });
});

describe('GET /api/v1/apps', () => {
  it('pages through our own, even from a token of theirs', async () => {
    const seen: string[] = [];
    for (let token = ''; ;) {
      const page = await we.get(`/api/v1/apps?page_size=10&page_token=${encodeURIComponent(token)}`).expect(200);
      expectNothingOfTheirs(page);
      seen.push(...page.body.list.map(({ id }: { id: string }) => id));
      token = page.body.nextPageToken;
      if (token === '') break;
    }
    expect(new Set(seen).size).toBe(seen.length);

    const { nextPageToken } = (await they.get('/api/v1/apps?page_size=10').expect(200)).body;
    const page = await we.get(`/api/v1/apps?page_size=100&page_token=${encodeURIComponent(nextPageToken)}`);
    expect([200, 400]).toContain(page.status);
    expectNothingOfTheirs(page);
  });

  it('takes no page token of a list of theirs for one of ours', async () => {
    for (let i = 0; i < 12; i++) {
      const { id } = await theirs.organization.connector(theirs.application, { name: `Feed ${i}` });
      theirIds.push(id);
    }
    const other = await they.get(`/api/v1/apps/${theirs.application.id}/connectors?page_size=10`).expect(200);
    expect(other.body.nextPageToken).not.toBe('');
    const token = encodeURIComponent(other.body.nextPageToken);
    await we.get(`/api/v1/apps/${ours.application.id}/connectors?page_token=${token}`).expect(400);
  });

  it('counts the accounts of our own application', async () => {
    const { body } = await we.get(`/api/v1/apps/${ours.application.id}`).expect(200);
    expect(body.app.userCount).toBe('6');
  });
});

describe('GET /api/v1/reports/{name}', () => {
  it.each(['json', 'csv'])('lists accounts of our own alone as %s', async (format) => {
    for (const { organization, connector: feed } of [ours, theirs]) {
      const gone = await organization.owner({ name: 'Gone Girard', status: 'inactive' });
      await organization.account(feed, gone, { name: `gone ${format}`, native_identity: `gone ${format}` });
    }
    theirIds = await everyIdOf(theirs.organization.id);
    const report = await we.get(`/api/v1/reports/leavers?format=${format}`).expect(200);
    expect(report.text.split(`gone ${format}`)).toHaveLength(3);
    expectNothingOfTheirs(report);
  });
});

describe('GET /api/v1/audit-events', () => {
  it('tells of our own alone, whatever is filtered', async () => {
    await they.post('/api/v1/apps').send({ displayName: 'Only theirs too' }).expect(200);
    await we.post('/api/v1/apps').send({ displayName: 'Ours too' }).expect(200);
    const filters = [
      '',
      'filter[action][EQ]=application.created',
      `filter[actorId][EQ]=${they.user.id}`,
      `filter[subjectId][EQ]=${theirs.connector.id}`,
      `filter[onBehalfOfId][EQ]=${they.user.id}`,
      'filter[at][GT]=2000-01-01T00:00:00Z',
    ];
    for (const filter of filters) expectNothingOfTheirs(await we.get(`/api/v1/audit-events?${filter}`).expect(200));
    const created = 'filter[action][EQ]=application.created&page[limit]=1000';
    const { body } = await we.get(`/api/v1/audit-events?${created}`).expect(200);
    expect(body.totalCount).toBe(body.data.length);
    expect(body.data.map(({ actor }: { actor: { id: string } }) => actor.id)).toContain(we.user.id);
  });
});

describe('/api/v1/role-assignments', () => {
  it('lists our own alone, also for a user of theirs', async () => {
    for (const query of ['', `?principalId=${theirs.user.id}`, '?role=HELPDESK']) {
      expectNothingOfTheirs(await we.get(`/api/v1/role-assignments${query}`).expect(200));
    }
    const own = await we.get('/api/v1/role-assignments').expect(200);
    expect(own.body.totalCount).toBe(own.body.data.length);
  });

  it('gives no user of theirs a role', async () => {
    const before = await everythingOf(theirs.organization.id);
    const role = { role: 'AUDITOR' };
    const foreign = await we.post('/api/v1/role-assignments').send({ ...role, principalId: theirs.user.id });
    const unknown = await we.post('/api/v1/role-assignments').send({ ...role, principalId: newId() });
    expect(foreign.status).toBe(404);
    expect(told(foreign)).toEqual(told(unknown));
    expect(await everythingOf(theirs.organization.id)).toEqual(before);
  });
});

describe('names', () => {
  it('are taken in one organization only', async () => {
    await they.post('/api/v1/apps').send({ displayName: 'A new one' }).expect(200);
    await we.post('/api/v1/apps').send({ displayName: 'A new one' }).expect(200);
  });
});

describe('POST /api/v1/owners/sync', () => {
  it('starts runs of our own connectors alone', async () => {
    const before = await everythingOf(theirs.organization.id);
    await we.post('/api/v1/owners/sync').expect(202);
    expect(await everythingOf(theirs.organization.id)).toEqual(before);
  });
});

describe('a token', () => {
  it('whose organization is not its session’s opens nothing', async () => {
    const [session] = await api.given.sql<{ id: string }>('select id from session where user_id = $1', [they.user.id]);
    const { token } = await api.app
      .get(AccessTokens)
      .sign({ sub: they.user.id, sid: session!.id, org: ours.organization.id });
    await api.client(token).get('/accounts').expect(401);
  });
});
