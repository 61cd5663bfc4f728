import type supertest from 'supertest';
import { parseConnectorConfig } from '@app/connectors';
import { newId } from '@app/kernel';
import type { Client, TestApi } from './api.js';
import { accountMounts, mountsOf, pathTo } from './paths.js';
import type { SampleOrganization } from './sample-organization.js';

/** Who asks, and the records he asks about. */
export interface Desk {
  readonly api: TestApi;
  readonly sample: SampleOrganization;
  readonly admin: Client;
}

type Fields = Readonly<Record<string, unknown>>;

/** One call that succeeds and holds nothing the route does not know. Absent parts: the administrator, the sample's records, no body. */
interface Call {
  readonly client?: Pick<Client, 'post' | 'put' | 'patch' | 'delete'>;
  readonly records?: Partial<SampleOrganization>;
  readonly json?: Fields;
  /** A body that is a list of operations. */
  readonly operations?: readonly Fields[];
  readonly form?: Readonly<Record<string, string>>;
  readonly file?: string;
}

export interface ValidRequest extends Call {
  readonly send: (changed?: Pick<Call, 'json' | 'form' | 'operations'>) => supertest.Test;
}

const goodPassword = 'orbit velvet quarry mango plinth';
const connector = '/api/v1/apps/:app_id/connectors/:id';
const ownership = '/api/v2/apps/:app_id/connectors/:connector_id/owners/users/:role_slug/:user_ref_id';
const feed = { kind: 'delimited-file', mapping: { login: 'nativeIdentity' } };
const nobody = ({ api }: Desk) => api.client();

/** Each route that may change something. What is good only once is made anew for each call. */
const calls: Readonly<Record<string, (desk: Desk) => Call | Promise<Call>>> = {
  'POST /api/v1/auth/login': async (desk) => ({ client: nobody(desk), json: await passwordOf(desk) }),
  'POST /api/v1/auth/refresh': async (desk) => {
    const answer = await nobody(desk)
      .post('/api/v1/auth/login')
      .send(await passwordOf(desk))
      .expect(200);
    return { client: nobody(desk), json: { refreshToken: answer.body.refreshToken } };
  },
  'POST /api/v1/auth/change-password': async (desk) => {
    const { username, password, organization } = await passwordOf(desk);
    const json = { username, currentPassword: password, newPassword: `${goodPassword} 2`, organization };
    return { client: nobody(desk), json };
  },
  'POST /api/v1/auth/password/validate': (desk) => ({
    client: nobody(desk),
    json: { password: goodPassword, username: 'ada', displayName: 'Ada', email: 'a@example.com', organization: 'x' },
  }),
  'POST /api/v1/auth/logout': async ({ api }) => ({ client: await api.as('Administrator') }),
  'POST /api/v1/auth/impersonate': ({ sample }) => ({ json: { userId: sample.user.id, reason: 'A question' } }),
  'POST /oauth/token': async (desk) => ({ client: nobody(desk), form: await clientGrant(desk) }),
  'POST /auth/v1/token': async (desk) => ({ client: nobody(desk), form: await clientGrant(desk) }),
  'POST /api/v1/oauth-clients': ({ sample }) => ({
    json: {
      name: 'Nightly',
      roles: ['AUDITOR'],
      userId: sample.user.id,
      expiresAt: '2098-01-01T00:00:00Z',
      sourceNetworks: ['10.0.0.0/8'],
    },
  }),
  'POST /api/v1/oauth-clients/:id/rotate': () => ({}),
  'POST /api/v1/api-keys': () => ({ json: { name: 'Page', level: 'ACCOUNT', permission: 'VIEW' } }),
  'POST /api/v1/directory/users/me/password': async ({ api }) => {
    const client = await api.as([]);
    await api.givePassword(api.organization, client.user, goodPassword);
    return { client, json: { currentPassword: goodPassword, newPassword: `${goodPassword} 2` } };
  },
  'POST /api/v1/directory/users/me/password/validate': () => ({ json: { password: goodPassword } }),
  'POST /api/v1/directory/users/:userId/password': () => ({ json: { password: goodPassword, mustChange: true } }),
  'POST /api/v1/directory/users/:userId/password/validate': () => ({ json: { password: goodPassword } }),
  'POST /api/v1/directory/users/:userId/invitation': async (desk) => ({
    records: { user: { ...desk.sample.user, id: (await invited(desk))._id } },
    json: { expiresInSeconds: 3_600 },
  }),
  'POST /api/v1/directory/invitations': () => ({ json: guest() }),
  'POST /api/v1/directory/invitations/accept': async (desk) => {
    const { token, userName, displayName } = await invited(desk);
    return { client: nobody(desk), json: { token, userName, displayName, password: goodPassword } };
  },
  'POST /api/v1/directory/invitations/user-name-available': async (desk) => {
    const { token, userName } = await invited(desk);
    return { client: nobody(desk), json: { token, userName } };
  },
  'POST /api/v1/directory/users': () => ({
    json: { ...somebody(), password: goodPassword, mustChange: true, active: true, externalId: 'x' },
  }),
  'PUT /api/v1/directory/users/:userId': async (desk) => ({ ...(await userThatIs(desk)), json: somebody() }),
  'PUT /api/v1/directory/users/:userId/owner': async (desk) => ({
    ...(await userThatIs(desk)),
    json: { ownerId: (await desk.sample.organization.owner()).id },
  }),
  'PUT /api/v1/directory/users/:userId/external-identities': async (desk) => ({
    ...(await userThatIs(desk)),
    json: { externalIdentities: [] },
  }),
  'PATCH /api/v1/directory/users/:userId': async (desk) => ({
    ...(await userThatIs(desk)),
    operations: [{ op: 'replace', path: '/displayName', value: 'Ada' }],
  }),
  'POST /api/v1/directory/users/:userId/restore': async (desk) => userThatIs(desk, { deleted_at: new Date() }),
  'POST /api/v1/directory/groups': () => ({ json: { name: `Group ${newId()}`, externalId: 'g' } }),
  'PUT /api/v1/directory/groups/:groupId': () => ({ json: { name: `Group ${newId()}`, externalId: 'g' } }),
  'PATCH /api/v1/directory/groups/:groupId': () => ({ operations: [{ op: 'add', path: '/externalId', value: 'g' }] }),
  'PATCH /api/v1/directory/groups/:groupId/members': ({ sample }) => ({
    operations: [{ op: 'add', id: sample.user.id, principalType: 'User' }],
  }),
  'POST /api/v1/role-assignments': async ({ api }) => ({
    json: { principalId: (await api.organization.user()).id, role: 'AUDITOR' },
  }),
  'PUT /api/v1/owners/account': async (desk) => ({
    ...(await ownAccount(desk)),
    json: {
      accountName: 'Acme',
      administrators: [{ user: 'new@example.com', name: { first: 'New', last: 'User' } }],
      groups: [{ name: 'Engineers', users: [{ user: 'new@example.com', phone: '+61000000001' }] }],
    },
  }),
  'POST /api/v1/owners/account/groups': () => ({
    operations: [{ name: `Group ${newId()}`, users: [{ user: 'new@example.com', name: { first: 'New' } }] }],
  }),
  'PUT /api/v1/owners/account/groups/:id': () => ({
    json: { name: `Group ${newId()}`, users: [{ user: 'new@example.com', timezone: 'UTC' }] },
  }),
  'POST /api/v1/managed-organizations': () => ({
    json: {
      accountName: 'Acme',
      accountType: 'TRIAL',
      slug: `s${newId().slice(-12)}`,
      accountOwner: { user: 'new@example.com', name: { first: 'New', last: 'User' } },
    },
  }),
  'PATCH /api/v1/managed-organizations/:id': () => ({ json: { accountName: 'Acme', accountType: 'TRIAL' } }),
  'POST /api/v1/managed-organizations/:id/token': () => ({}),
  'POST /api/v1/owners': ({ sample }) => ({ json: { name: 'Ada', ...ownerFields(sample.owner.id) } }),
  'PUT /api/v1/owners/:id': async (desk) => ({ ...(await ownerThatIs(desk)), json: ownerFields(desk.sample.owner.id) }),
  'POST /api/v1/owners/:id/restore': async (desk) => ownerThatIs(desk, { deleted_at: new Date() }),
  'POST /api/v1/owners/search': () => ({ json: { search_terms: ['a'], limit: 5 } }),
  'POST /api/v1/owners/accounts': ({ sample }) => ({ json: { owner_ids: [sample.owner.id] } }),
  'POST /api/v1/owners/:id/risk-assessment/what-if': () => ({ json: { remedies: [{ category: 'MFA Gaps' }] } }),
  'POST /api/v1/owners/sync': () => ({}),
  ...accountCalls(),
  'POST /api/v1/search/app_users': ({ sample }) => ({
    json: {
      appIds: [sample.application.id],
      userIds: [sample.user.id],
      query: 'ada',
      pageSize: 10,
      pageToken: '',
      expandMask: { paths: ['*'] },
    },
  }),
  'POST /api/v1/search/users': ({ sample }) => ({
    json: {
      email: 'ada@example.com',
      displayName: 'Ada',
      query: 'ada',
      ids: [sample.user.id],
      pageSize: 10,
      pageToken: '',
      expandMask: { paths: ['*'] },
    },
  }),
  'POST /api/v1/apps': ({ sample }) => ({
    json: { displayName: `Payroll ${newId()}`, description: 'Wages', owners: [sample.user.id] },
  }),
  'POST /api/v1/apps/:id': () => ({
    json: { app: { displayName: 'Payroll', description: 'Wages' }, updateMask: 'displayName,description' },
  }),
  'DELETE /api/v1/apps/:id': async (desk) => ({ ...(await applicationThatIs(desk)), json: {} }),
  'PUT /api/v1/apps/:app_id/owners': ({ sample }) => ({ json: { userIds: [sample.user.id] } }),
  'DELETE /api/v1/apps/:app_id/owners': async (desk) => ({ ...(await applicationThatIs(desk)), json: {} }),
  'POST /api/v1/apps/:app_id/owners/:user_id': () => ({ json: {} }),
  'DELETE /api/v1/apps/:app_id/owners/:user_id': async (desk) => {
    const user = await desk.sample.organization.user();
    await desk.sample.organization.applicationOwner(desk.sample.application, user);
    return { records: { user }, json: {} };
  },
  'POST /api/v1/directories': ({ sample }) => ({
    json: { appId: sample.application.id, all: {}, expandMask: { paths: ['*'] } },
  }),
  'PUT /api/v1/directories/:app_id': () => ({ json: { all: {}, expandMask: { paths: ['*'] } } }),
  'DELETE /api/v1/directories/:app_id': async (desk) => ({ ...(await applicationThatIs(desk)), json: {} }),
  'POST /api/v1/apps/:app_id/connectors/create': () => ({
    json: { displayName: `Export ${newId()}`, description: 'Nightly', config: feed, catalogId: feed.kind },
  }),
  [`POST ${connector}`]: () => ({
    json: { connector: { displayName: 'Payroll export', description: 'Nightly', config: feed } },
  }),
  [`DELETE ${connector}`]: async (desk) => ({ ...(await runThatIs(desk, 'queued')), json: {} }),
  [`POST ${connector}/files`]: () => ({ file: 'login\nada\n' }),
  [`POST ${connector}/validate`]: () => ({ json: { config: feed } }),
  [`POST ${connector}/correlation-rules/dry-run`]: () => ({
    json: { correlationRules: [{ account: 'email', owner: 'email' }] },
  }),
  [`POST ${connector}/force_sync`]: async (desk) => ({ ...(await runThatIs(desk)), json: {} }),
  [`POST ${connector}/pause`]: () => ({ json: {} }),
  [`POST ${connector}/resume`]: () => ({ json: {} }),
  [`POST ${connector}/schedule`]: () => ({ json: { cronSpec: '30 2 * * *', timezone: 'UTC' } }),
  [`POST ${connector}/confirm_sync_valid/:run_id`]: async (desk) => ({
    ...(await runThatIs(desk, 'needs_confirmation')),
    json: {},
  }),
  [`POST ${connector}/runs`]: async (desk) => ({ ...(await runThatIs(desk)), json: { dryRun: true } }),
  [`POST ${connector}/runs/:run_id/confirm`]: async (desk) => runThatIs(desk, 'needs_confirmation'),
  [`POST ${connector}/runs/:run_id/pause`]: async (desk) => runThatIs(desk, 'queued'),
  [`POST ${connector}/runs/:run_id/resume`]: async (desk) => runThatIs(desk, 'paused'),
  [`POST ${connector}/runs/:run_id/cancel`]: async (desk) => runThatIs(desk, 'queued'),
  ...Object.fromEntries(
    mountsOf('sources').map((path) => [
      `POST ${path}/:id/load-accounts`,
      async (desk: Desk) => ({ ...(await runThatIs(desk)), file: 'login\nada\n' }),
    ]),
  ),
  'PUT /api/v2/apps/:app_id/connectors/:connector_id/owners': ({ sample }) => ({
    json: {
      roleSlug: 'backup_owner',
      userRefs: [{ id: sample.user.id }],
      appEntitlementRefs: [{ appId: sample.application.id, id: sample.entitlement.id }],
    },
  }),
  'POST /api/v2/apps/:app_id/connectors/:connector_id/owners/entitlements/:role_slug/:app_entitlement_ref_app_id/:app_entitlement_ref_id':
    ({ sample }) => ({
      json: { appEntitlementRef: { appId: sample.application.id, id: sample.entitlement.id } },
    }),
  'DELETE /api/v2/apps/:app_id/connectors/:connector_id/owners/entitlements/:role_slug/:app_entitlement_ref_app_id/:app_entitlement_ref_id':
    async (desk) => {
      const entitlement = await desk.sample.organization.entitlement(desk.sample.connector);
      await desk.sample.organization.entitlementOwner(desk.sample.connector, entitlement);
      return { records: { entitlement }, json: { appEntitlementRef: { id: entitlement.id } } };
    },
  [`POST ${ownership}`]: ({ sample }) => ({ json: { userRef: { id: sample.user.id } } }),
  [`DELETE ${ownership}`]: async (desk) => {
    const user = await desk.sample.organization.user();
    await desk.sample.organization.connectorOwner(desk.sample.connector, user);
    return { records: { user }, json: { userRef: { id: user.id } } };
  },
};

/** The accounts surface under each of its prefixes. */
function accountCalls(): Record<string, (desk: Desk) => Call | Promise<Call>> {
  const toggle = { externalVerificationId: 'T-1', forceProvisioning: false };
  const operations = [{ op: 'replace', path: '/attributes/city', value: 'Cairo' }];
  const ends: Record<string, (desk: Desk) => Call | Promise<Call>> = {
    'POST accounts': ({ sample }) => ({ json: { attributes: { sourceId: sample.connector.id, login: newId() } } }),
    'PATCH accounts/:id': async (desk) => ({ ...(await accountThatIs(desk)), operations }),
    'PUT accounts/:id': async (desk) => ({ ...(await accountThatIs(desk)), json: { attributes: { city: 'Cairo' } } }),
    'POST accounts/:id/remove': async (desk) => accountThatIs(desk),
    'POST accounts/:id/reload': () => ({}),
    'POST accounts/:id/enable': () => ({ json: toggle }),
    'POST accounts/:id/disable': () => ({ json: toggle }),
    'POST accounts/:id/unlock': () => ({ json: { ...toggle, unlockIDNAccount: false } }),
    'POST accounts/correlate': async (desk) => {
      const accountId = (await accountThatIs(desk)).records!.account!.id;
      return { operations: [{ accountId, identityId: desk.sample.owner.id }] };
    },
    'POST identities-accounts/enable': ({ sample }) => ({ json: { identityIds: [sample.owner.id] } }),
    'POST identities-accounts/disable': ({ sample }) => ({ json: { identityIds: [sample.owner.id] } }),
    'POST identities-accounts/:id/enable': () => ({}),
    'POST identities-accounts/:id/disable': () => ({}),
  };
  const mounts = accountMounts.map((path) => path.replace(/accounts$/, ''));
  return Object.fromEntries(
    mounts.flatMap((mount) => Object.entries(ends).map(([end, make]) => [end.replace(' ', ` ${mount}`), make])),
  );
}

export const routesWithValidRequest = Object.keys(calls);

/** A request of this route that it takes; `send` sends it, or the same with another body. */
export async function validRequest(route: string, desk: Desk): Promise<ValidRequest> {
  const make = calls[route];
  if (!make) throw new Error(`no valid request for ${route}: say in test/support/valid-requests.ts what it takes`);
  const call = await make(desk);
  const [method = '', template = ''] = route.split(' ');
  const ask = (call.client ?? desk.admin)[method.toLowerCase() as 'post' | 'put' | 'patch' | 'delete'];
  const path = pathTo(template, { ...desk.sample, ...call.records });
  return { ...call, send: (changed = {}) => withBody(ask(path), { ...call, ...changed }) };
}

function withBody(test: supertest.Test, { json, form, file, operations }: Call): supertest.Test {
  if (file !== undefined) {
    for (const [name, value] of Object.entries(form ?? {})) void test.field(name, value);
    return test.attach('file', Buffer.from(file), 'export.csv');
  }
  if (form) return test.type('form').send(new URLSearchParams(form).toString());
  // As text, for an object with an own `__proto__` is copied without it.
  const body = operations ?? json;
  return body ? test.type('json').send(JSON.stringify(body)) : test;
}

async function passwordOf({ api }: Desk) {
  const user = await api.organization.user();
  await api.givePassword(api.organization, user, goodPassword);
  return { username: user.name, password: goodPassword, organization: await api.slugOf() };
}

async function clientGrant({ admin }: Desk) {
  const { body } = await admin.post('/api/v1/oauth-clients').send({ name: 'c', roles: [] }).expect(201);
  return { grant_type: 'client_credentials', client_id: body.clientId, client_secret: body.clientSecret };
}

/** An account of this call's own. */
async function accountThatIs({ sample }: Desk): Promise<Call> {
  return { records: { account: await sample.organization.account(sample.connector) } };
}

/** An application of this call's own, raised to a directory. */
async function applicationThatIs({ sample }: Desk): Promise<Call> {
  return { records: { application: await sample.organization.application({ is_directory: true }) } };
}

/** An organization of this call's own: the administrators of the others stay. */
async function ownAccount({ api }: Desk): Promise<Call> {
  return { client: await api.as('Administrator', await accountWithOwner(api)) };
}

/** Somebody else answers for its account, so whoever calls is not the last Administrator. */
async function accountWithOwner(api: TestApi) {
  const organization = await api.given.organization();
  await api.as('Administrator', organization);
  const owner =
    'update organization set account_owner_user_id = (select user_id from role_assignment where organization_id = $1) where id = $1';
  await api.given.sql(owner, [organization.id]);
  return organization;
}

/** A user of this call's own. */
async function userThatIs({ sample }: Desk, columns: Fields = {}): Promise<Call> {
  return { records: { user: await sample.organization.user(columns) } };
}

/** An owner of this call's own. */
async function ownerThatIs({ sample }: Desk, columns: Fields = {}): Promise<Call> {
  return { records: { owner: await sample.organization.owner(columns) } };
}

function ownerFields(managerId: string) {
  const job = { department: 'Finance', title: 'Analyst', location: 'Cairo', employment_type: 'Employee' };
  const reached = { email: `${newId()}@example.com`, alt_email: 'ada@home.example', phone: '1', mobile_phone: '2' };
  const dates = { start_date: '2020-01-01', end_date: '2030-01-01' };
  const kind = { owner_type: 'human', status: 'active', identity_id: newId(), metadata: { grade: 7 } };
  return { ...job, ...reached, ...dates, ...kind, manager_id: managerId };
}

function somebody() {
  const name = newId();
  const unix = { unixHomeDirectory: '/home/a', unixUserName: 'a', userPrincipalName: 'a@b' };
  return { userName: name, displayName: 'Ada', email: `${name}@example.com`, ...unix };
}

function guest() {
  const userName = `guest ${newId()}`;
  return { userName, displayName: 'A guest', email: `${userName.slice(6)}@example.com`, expiresInSeconds: 3_600 };
}

async function invited({ admin }: Desk) {
  const { body } = await admin.post('/api/v1/directory/invitations').send(guest()).expect(201);
  return body as { _id: string; token: string; userName: string; displayName: string };
}

/** A connector of its own with a file, and a run in this state; none: no run at all. */
async function runThatIs({ api, sample }: Desk, state?: string): Promise<Call> {
  const { application, organization } = sample;
  const home = { organization_id: organization.id };
  const feeding = await organization.connector(application, { config: parseConnectorConfig(feed) });
  const [fileId, runId] = [newId(), newId()];
  const file = { ...home, id: fileId, connector_id: feeding.id, name: 'export.csv', size_bytes: 10, sha256: '' };
  await api.given.insert('connector_file', { ...file, uploaded_by: 'Ada', taken_at: new Date(), complete: true });
  if (state !== undefined) {
    const run = { ...home, id: runId, connector_id: feeding.id, file_id: fileId, requested_by: 'Ada' };
    await api.given.insert('sync_run', { ...run, state });
  }
  return { records: { connector: feeding, runId } };
}
