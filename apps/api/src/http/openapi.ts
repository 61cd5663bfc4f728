import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { type Permission, permissionsFor, roles, ruleOf } from '@app/access';
import { describeAnswers } from './openapi-answers.js';
import { showExamples } from './openapi-examples.js';
import { listRoutes, type RouteDescription } from './routes.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']> & {
  'x-required-permission'?: string;
  'x-roles'?: readonly string[];
};
type Components = NonNullable<OpenAPIObject['components']>;

const methods = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** Further mounts of controllers that the document shows once. */
const repeated =
  /^\/(?:v2024|v2025|beta|api\/v1\/(?:accounts|identities-accounts|sources|identities|public-identities|entitlements|task-status))(?:\/|$)/;

const description = `Who owns which account, on which system, with what risk, and who may change that.

Accounts and what is read with them (accounts, identities-accounts, sources, identities, public-identities, entitlements, task-status) are the same without a prefix and under \`/v3\`, \`/v2024\`, \`/v2025\`, \`/beta\` and \`/api/v1\`. This document lists them without a prefix and under \`/v3\`.`;

/** The document at `/openapi.json` and the page to try it at `/docs`. */
export function mountOpenApi(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Ostiary API',
    swaggerOptions: { validatorUrl: null, displayRequestDuration: true },
  });
}

/** What every operation takes and answers, with who may call it. */
export function openApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Ostiary')
    .setDescription(description)
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, 'bearer')
    .addBasicAuth({ type: 'http', scheme: 'basic', description: 'An OAuth client’s id and secret.' }, 'client')
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-Api-Key' }, 'apiKey')
    .build();
  const document = SwaggerModule.createDocument(app, config);
  const routes = new Map(listRoutes(app).map((route) => [`${route.method} ${templateOf(route.path)}`, route]));
  const components = (document.components ??= {});

  for (const [path, item] of Object.entries(document.paths)) {
    if (repeated.test(path)) {
      delete document.paths[path];
      continue;
    }
    for (const method of methods) {
      const operation = item[method];
      const route = routes.get(`${method.toUpperCase()} ${path}`);
      if (operation && route) describe(operation, route, components);
    }
  }
  return document;
}

function describe(operation: Operation, { access, method, path }: RouteDescription, components: Components): void {
  const open = access === undefined || 'public' in access;
  operation.operationId = operationIdOf(operation.operationId!, path);
  if (open) operation.security ??= [];
  else describeAccess(operation, access.permission);
  describeAnswers(operation, { path, open, changes: method !== 'GET' }, components);
  showExamples(operation, path, components);
}

/** The framework counts the mounts of a controller in brackets, which are no letters of a name in any client. */
function operationIdOf(counted: string, path: string): string {
  const [, name = counted, mount = '0'] = /^(.*)\[(\d+)\]$/.exec(counted) ?? [];
  const [, version] = /^\/(v\d+)\//.exec(path) ?? [];
  const suffix = version ?? (mount === '0' ? undefined : mount);
  return suffix === undefined ? name : `${name}_${suffix}`;
}

/** Taken from the policy table, so that the document cannot promise what the guard does not keep. */
function describeAccess(operation: Operation, permission: Permission): void {
  const { everyUser, ownRecord, keys, closedTo } = ruleOf(permission);
  const allowed = roles.filter((role) => permissionsFor([role]).has(permission));
  const words = [
    `Permission \`${permission}\`.`,
    everyUser
      ? `Any user${permission.startsWith('self:') ? ', for himself' : ''}.`
      : `Roles: ${allowed.join(', ')}${ownRecord ? '; any user for the own record' : ''}.`,
    ...(keys ? [`API keys: ${keys.join(', ')}.`] : []),
    ...(closedTo ? [`Not with the token of ${closedTo.map((kind) => tokenNames[kind]).join(' or of ')}.`] : []),
  ].join(' ');
  operation.description = operation.description ? `${operation.description}\n\n${words}` : words;
  operation.security = [{ bearer: [] }, ...(keys ? [{ apiKey: [] }] : [])];
  operation['x-required-permission'] = permission;
  operation['x-roles'] = allowed;
}

const tokenNames = {
  impersonation: 'an impersonation',
  client: 'an OAuth client',
  managing: 'somebody from the managing organization',
} as const;

function templateOf(path: string): string {
  return path.replace(/:([^/]+)/g, '{$1}');
}
