import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ExecutionContext } from '@nestjs/common';
import { PolicyGuard } from '@app/access';
import { AuthenticationGuard } from '@app/auth';
import { NotFoundError } from '@app/kernel';
import { listRoutes } from '../../apps/api/src/http/routes.js';
import { TestApi } from '../support/api.js';
import { rawRequest } from '../support/http/raw-request.js';
import { accountMounts, mountsOf, pathTo } from '../support/paths.js';
import { type SampleOrganization, sampleOrganization } from '../support/sample-organization.js';

/** Which handler of which controller, and so which surface, answers: written down by hand, and asked of the server. */
const handlers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  OwnersController: {
    'GET /api/v1/owners': 'list',
    'POST /api/v1/owners/search': 'search',
    'POST /api/v1/owners/sync': 'sync',
    'GET /api/v1/owners/:id': 'get',
    'GET /api/v1/owners/:id/statistics': 'statistics',
  },
  AccountController: {
    'GET /api/v1/owners/account': 'get',
    'PUT /api/v1/owners/account': 'change',
  },
  AccountGroupsController: {
    'POST /api/v1/owners/account/groups': 'create',
    'PUT /api/v1/owners/account/groups/:id': 'change',
    'DELETE /api/v1/owners/account/groups/:id': 'delete',
  },
  UsageController: {
    'GET /api/v1/owners/account/usage': 'get',
  },
  ManagedOrganizationsController: {
    'GET /api/v1/managed-organizations': 'list',
    'POST /api/v1/managed-organizations': 'create',
    'GET /api/v1/managed-organizations/:id': 'get',
    'PATCH /api/v1/managed-organizations/:id': 'change',
    'POST /api/v1/managed-organizations/:id/token': 'token',
  },
  ProfilePageController: {
    'GET /activate-profile': 'page',
  },
  RiskController: {
    'GET /api/v1/owners/:id/risk-assessment': 'assess',
    'POST /api/v1/owners/:id/risk-assessment/what-if': 'whatIf',
  },
  OwnedAccountsController: {
    'GET /api/v1/owners/:id/accounts': 'accountsOf',
    'POST /api/v1/owners/accounts': 'accountsOfOwners',
  },
  OwnerRelationsController: {
    'GET /api/v1/owners/:id/manager': 'managerOf',
    'GET /api/v1/owners/:id/direct-reports': 'directReportsOf',
    'GET /api/v1/owners/:id/roles': 'rolesOf',
    'GET /api/v1/owners/:id/audit-trail': 'auditTrailOf',
  },
  OwnerWritesController: {
    'POST /api/v1/owners': 'create',
    'PUT /api/v1/owners/:id': 'change',
    'DELETE /api/v1/owners/:id': 'delete',
    'POST /api/v1/owners/:id/restore': 'restore',
  },
  AccountsController: Object.fromEntries(
    accountMounts.flatMap((path) => [
      [`GET ${path}`, 'list'],
      [`GET ${path}/:id`, 'get'],
    ]),
  ),
  AccountWritesController: mounted('accounts', {
    'POST ': 'create',
    'PATCH /:id': 'patch',
    'PUT /:id': 'replace',
    'DELETE /:id': 'delete',
    'POST /:id/remove': 'remove',
  }),
  AccountStateController: mounted('accounts', {
    'POST /:id/reload': 'reload',
    'POST /:id/enable': 'enable',
    'POST /:id/disable': 'disable',
    'POST /:id/unlock': 'unlock',
  }),
  CorrelationController: mounted('accounts', {
    'GET /:id/correlation-candidates': 'candidates',
    'POST /correlate': 'correlate',
  }),
  IdentitiesAccountsController: mounted('identities-accounts', {
    'POST /enable': 'enableAll',
    'POST /disable': 'disableAll',
    'POST /:id/enable': 'enable',
    'POST /:id/disable': 'disable',
  }),
  TaskStatusController: mounted('task-status', { 'GET /:id': 'get' }),
  SourcesController: mounted('sources', { 'GET ': 'list', 'GET /:id': 'get' }),
  LoadAccountsController: mounted('sources', { 'POST /:id/load-accounts': 'load' }),
  AccountEntitlementsController: mounted('accounts', { 'GET /:id/entitlements': 'list' }),
  EntitlementsController: mounted('entitlements', { 'GET ': 'list', 'GET /:id': 'get' }),
  IdentitiesController: mounted('identities', { 'GET ': 'list', 'GET /:id': 'get' }),
  PublicIdentitiesController: mounted('public-identities', { 'GET ': 'list' }),
  AuditEventsController: {
    'GET /api/v1/audit-events': 'list',
  },
  AppUsersController: {
    'GET /api/v1/apps/:app_id/app_users': 'list',
    'GET /api/v1/apps/:app_id/users/:user_id/app_users': 'listOfUser',
    'POST /api/v1/search/app_users': 'search',
  },
  IntrospectionController: {
    'GET /api/v1/auth/introspect': 'introspect',
  },
  PeopleController: {
    'GET /api/v1/users': 'list',
    'GET /api/v1/users/:userId': 'get',
    'POST /api/v1/search/users': 'search',
  },
  AppsController: {
    'GET /api/v1/apps': 'list',
    'POST /api/v1/apps': 'create',
    'GET /api/v1/apps/:id': 'get',
    'POST /api/v1/apps/:id': 'update',
    'DELETE /api/v1/apps/:id': 'remove',
  },
  AppOwnersController: {
    'GET /api/v1/apps/:app_id/owners': 'list',
    'PUT /api/v1/apps/:app_id/owners': 'set',
    'DELETE /api/v1/apps/:app_id/owners': 'clear',
    'POST /api/v1/apps/:app_id/owners/:user_id': 'add',
    'DELETE /api/v1/apps/:app_id/owners/:user_id': 'remove',
    'GET /api/v1/apps/:app_id/ownerids': 'ids',
  },
  DirectoriesController: {
    'GET /api/v1/directories': 'list',
    'POST /api/v1/directories': 'create',
    'GET /api/v1/directories/:app_id': 'get',
    'PUT /api/v1/directories/:app_id': 'update',
    'DELETE /api/v1/directories/:app_id': 'remove',
  },
  ConnectorsController: {
    'GET /api/v1/apps/:app_id/connectors': 'list',
    'POST /api/v1/apps/:app_id/connectors/create': 'create',
    'GET /api/v1/apps/:app_id/connectors/:id': 'get',
    'POST /api/v1/apps/:app_id/connectors/:id': 'update',
    'DELETE /api/v1/apps/:app_id/connectors/:id': 'remove',
  },
  ConnectorUserOwnersController: {
    'GET /api/v2/apps/:app_id/connectors/:connector_id/owners/users/:role_slug/:user_ref_id': 'get',
    'POST /api/v2/apps/:app_id/connectors/:connector_id/owners/users/:role_slug/:user_ref_id': 'create',
    'DELETE /api/v2/apps/:app_id/connectors/:connector_id/owners/users/:role_slug/:user_ref_id': 'remove',
  },
  CorrelationRulesController: {
    'POST /api/v1/apps/:app_id/connectors/:id/correlation-rules/dry-run': 'dryRun',
  },
  FilesController: {
    'POST /api/v1/apps/:app_id/connectors/:id/files': 'upload',
    'POST /api/v1/apps/:app_id/connectors/:id/validate': 'validate',
  },
  ConnectorOwnersController: {
    'GET /api/v2/apps/:app_id/connectors/:connector_id/owners/users': 'searchUsers',
    'GET /api/v2/apps/:app_id/connectors/:connector_id/owners/entitlements': 'searchEntitlements',
    'PUT /api/v2/apps/:app_id/connectors/:connector_id/owners': 'set',
  },
  ConnectorEntitlementOwnersController: {
    'GET /api/v2/apps/:app_id/connectors/:connector_id/owners/entitlements/:role_slug/:app_entitlement_ref_app_id/:app_entitlement_ref_id':
      'get',
    'POST /api/v2/apps/:app_id/connectors/:connector_id/owners/entitlements/:role_slug/:app_entitlement_ref_app_id/:app_entitlement_ref_id':
      'create',
    'DELETE /api/v2/apps/:app_id/connectors/:connector_id/owners/entitlements/:role_slug/:app_entitlement_ref_app_id/:app_entitlement_ref_id':
      'remove',
  },
  ConnectorSyncController: {
    'POST /api/v1/apps/:app_id/connectors/:id/force_sync': 'forceSync',
    'POST /api/v1/apps/:app_id/connectors/:id/pause': 'pause',
    'POST /api/v1/apps/:app_id/connectors/:id/resume': 'resume',
    'POST /api/v1/apps/:app_id/connectors/:id/schedule': 'schedule',
    'POST /api/v1/apps/:app_id/connectors/:id/confirm_sync_valid/:run_id': 'confirmSyncValid',
  },
  RunsController: {
    'POST /api/v1/apps/:app_id/connectors/:id/runs': 'start',
    'GET /api/v1/apps/:app_id/connectors/:id/runs': 'list',
    'GET /api/v1/apps/:app_id/connectors/:id/runs/:run_id': 'get',
    'GET /api/v1/apps/:app_id/connectors/:id/runs/:run_id/rows': 'rows',
    'GET /api/v1/apps/:app_id/connectors/:id/runs/:run_id/changes': 'changes',
    'POST /api/v1/apps/:app_id/connectors/:id/runs/:run_id/confirm': 'confirm',
    'POST /api/v1/apps/:app_id/connectors/:id/runs/:run_id/pause': 'pause',
    'POST /api/v1/apps/:app_id/connectors/:id/runs/:run_id/resume': 'resume',
    'POST /api/v1/apps/:app_id/connectors/:id/runs/:run_id/cancel': 'cancel',
  },
  LoginController: {
    'POST /api/v1/auth/login': 'login',
  },
  SessionsController: {
    'POST /api/v1/auth/refresh': 'refresh',
    'POST /api/v1/auth/logout': 'logOut',
    'GET /api/v1/auth/sessions': 'list',
    'DELETE /api/v1/auth/sessions': 'endAll',
    'DELETE /api/v1/auth/sessions/:id': 'endOne',
  },
  ImpersonationController: {
    'POST /api/v1/auth/impersonate': 'begin',
  },
  PasswordDoorsController: {
    'POST /api/v1/auth/change-password': 'change',
    'POST /api/v1/auth/password/validate': 'validate',
  },
  UsersController: {
    'GET /api/v1/directory/users': 'list',
    'POST /api/v1/directory/users': 'create',
    'GET /api/v1/directory/users/me': 'me',
    'GET /api/v1/directory/users/:userId': 'get',
    'PUT /api/v1/directory/users/:userId': 'replace',
    'PATCH /api/v1/directory/users/:userId': 'patch',
    'DELETE /api/v1/directory/users/:userId': 'delete',
    'POST /api/v1/directory/users/:userId/restore': 'restore',
    'GET /api/v1/directory/users/:userId/os-user': 'osUser',
  },
  UserPasswordsController: {
    'POST /api/v1/directory/users/me/password': 'changeOwn',
    'POST /api/v1/directory/users/me/password/validate': 'validateOwn',
    'POST /api/v1/directory/users/:userId/password': 'reset',
    'POST /api/v1/directory/users/:userId/password/validate': 'validate',
    'DELETE /api/v1/directory/users/:userId/logon-failures': 'clearFailures',
  },
  InvitationsController: {
    'POST /api/v1/directory/invitations': 'invite',
    'POST /api/v1/directory/users/:userId/invitation': 'inviteAgain',
    'POST /api/v1/directory/invitations/accept': 'accept',
    'POST /api/v1/directory/invitations/user-name-available': 'isAvailable',
  },
  UserSessionsController: {
    'GET /api/v1/directory/users/:userId/sessions': 'list',
    'DELETE /api/v1/directory/users/:userId/sessions': 'endAll',
  },
  GroupsController: {
    'GET /api/v1/directory/groups': 'list',
    'POST /api/v1/directory/groups': 'create',
    'GET /api/v1/directory/groups/:groupId': 'get',
    'PUT /api/v1/directory/groups/:groupId': 'replace',
    'PATCH /api/v1/directory/groups/:groupId': 'patch',
    'DELETE /api/v1/directory/groups/:groupId': 'delete',
  },
  MembershipsController: {
    'GET /api/v1/directory/groups/:groupId/members': 'members',
    'PATCH /api/v1/directory/groups/:groupId/members': 'change',
    'GET /api/v1/directory/groups/:groupId/groups': 'groupsOfGroup',
    'GET /api/v1/directory/users/:userId/groups': 'groupsOfUser',
    'GET /api/v1/directory/principals/:principalId/groups': 'groupsOfPrincipal',
  },
  PrincipalsController: {
    'GET /api/v1/directory/principals': 'list',
  },
  SignInElsewhereController: {
    'GET /api/v1/auth/oidc/:provider/login': 'begin',
    'GET /api/v1/auth/oidc/:provider/callback': 'complete',
  },
  ExternalIdentitiesController: {
    'GET /api/v1/directory/users/:userId/external-identities': 'list',
    'PUT /api/v1/directory/users/:userId/external-identities': 'replace',
  },
  OwnerLinkController: {
    'PUT /api/v1/directory/users/:userId/owner': 'link',
  },
  ClientsController: {
    'POST /api/v1/oauth-clients': 'create',
    'GET /api/v1/oauth-clients': 'list',
    'GET /api/v1/oauth-clients/:id': 'get',
    'POST /api/v1/oauth-clients/:id/rotate': 'rotate',
    'DELETE /api/v1/oauth-clients/:id': 'delete',
  },
  OwnClientsController: {
    'GET /api/v1/auth/oauth-clients': 'list',
    'DELETE /api/v1/auth/oauth-clients/:id': 'delete',
  },
  ApiKeysController: {
    'POST /api/v1/api-keys': 'create',
    'GET /api/v1/api-keys': 'list',
    'GET /api/v1/api-keys/:id': 'get',
    'DELETE /api/v1/api-keys/:id': 'revoke',
  },
  OAuthController: {
    'POST /oauth/token': 'token',
    'POST /auth/v1/token': 'assertedToken',
    'GET /oauth/info': 'info',
  },
  KeysController: {
    'GET /.well-known/jwks.json': 'list',
  },
  ReportsController: {
    'GET /api/v1/reports/:name': 'read',
  },
  RoleAssignmentsController: {
    'GET /api/v1/role-assignments': 'list',
    'POST /api/v1/role-assignments': 'grant',
    'GET /api/v1/role-assignments/:id': 'get',
    'DELETE /api/v1/role-assignments/:id': 'revoke',
  },
  MetricsController: {
    'GET /metrics': 'read',
  },
  HealthController: {
    'GET /health/live': 'live',
    'GET /health/ready': 'ready',
  },
};
/** Routes of the accounts surface, by their ends. */
function mounted(noun: string, ends: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    mountsOf(noun).flatMap((path) =>
      Object.entries(ends).map(([end, handler]) => [end.replace(' ', ` ${path}`), handler]),
    ),
  );
}

const expected = new Map(
  Object.entries(handlers).flatMap(([controller, routes]) =>
    Object.entries(routes).map(([route, handler]) => [route, `${controller}.${handler}`] as const),
  ),
);
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

let api: TestApi;
let sample: SampleOrganization;
let reached: string | undefined;

beforeAll(async () => {
  // Everybody comes as far as the last guard, which notes where he was going and lets nobody on.
  vi.spyOn(AuthenticationGuard.prototype, 'canActivate').mockResolvedValue(true);
  vi.spyOn(PolicyGuard.prototype, 'canActivate').mockImplementation((context: ExecutionContext) => {
    reached = `${context.getClass().name}.${context.getHandler().name}`;
    throw new NotFoundError('way on');
  });
  api = await TestApi.start();
  sample = await sampleOrganization(api);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await api.close();
});

async function handlerOf(method: string, target: string): Promise<string | undefined> {
  reached = undefined;
  const head = [`${method} ${target} HTTP/1.1`, 'host: x', 'connection: close', 'content-length: 0'];
  await rawRequest(api.server, `${head.join('\r\n')}\r\n\r\n`);
  return reached;
}

/** Words that stand where an id may stand: to a method that has no route for the word, it is an id. `account` is none to any. */
const reserved: readonly (readonly [word: RegExp, place: string])[] = [
  [/^\/api\/v1\/directory\/users\/me(?=\/|$)/, '/api/v1/directory/users/:userId'],
  [/^\/api\/v1\/owners\/(?:accounts|search|sync)$/, '/api/v1/owners/:id'],
  [/(?<=\/accounts)\/correlate$/, '/:id'],
  [/^\/api\/v1\/apps\/:app_id\/connectors\/create$/, '/api/v1/apps/:app_id/connectors/:id'],
];

function expectedAt(method: string, template: string): string | undefined {
  const asked = method === 'HEAD' ? 'GET' : method;
  const word = reserved.find(([pattern]) => pattern.test(template));
  return expected.get(`${asked} ${template}`) ?? (word && expected.get(`${asked} ${template.replace(...word)}`));
}

const templates = [...new Set([...expected.keys()].map((route) => route.split(' ')[1]!))];

describe('the handlers', () => {
  it('are those written here, each of them, and none that is gone', () => {
    const routes = listRoutes(api.app).map(
      ({ method, path, controller, handler }) => [`${method} ${path}`, `${controller}.${handler}`] as const,
    );
    expect(Object.fromEntries(routes)).toEqual(Object.fromEntries(expected));
    expect(routes).toHaveLength(expected.size);
  });

  it.each(templates)('answer at %s, for every method', async (template) => {
    const found = [];
    for (const method of methods) found.push([method, await handlerOf(method, pathTo(template, sample))]);
    expect(found).toEqual(methods.map((method) => [method, expectedAt(method, template)]));
  });
});
