import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { InvalidError } from '@app/kernel';
import { MalformedBody, unsupported } from '../bodies/body-parsers.js';
import { FormFields } from '../bodies/form-text.js';
import { repeated } from './modest-body.js';

/** What a handler reads of a request. */
interface Taken {
  readonly query: boolean;
  /** Undefined: it takes no body. */
  readonly types: readonly string[] | undefined;
}

/** Where the documentation of a handler says which types its body may have, and which parameters it reads by itself. */
const documentedTypes = 'swagger/apiConsumes';
const documentedParameters = 'swagger/apiParameters';

/** The surfaces that are ours to define. Published clients of the others send what nobody reads. */
const strict = [
  'api/v1/directory',
  'api/v1/auth',
  'api/v1/oauth-clients',
  'api/v1/api-keys',
  'api/v1/role-assignments',
  'api/v1/managed-organizations',
];

/** Beneath one of them, and yet a vendor's. */
const published = 'api/v1/auth/introspect';

/**
 * What a route of these does not read is refused, not looked past: whoever sends `?dryRun=true` believes that it is one.
 * After the guards, before every pipe.
 */
@Injectable()
export class OnlyWhatIsTaken implements NestInterceptor {
  private readonly known = new Map<unknown, Taken | undefined>();

  intercept(context: ExecutionContext, next: CallHandler) {
    const taken = this.takenBy(context);
    if (taken) requireOnly(taken, context.switchToHttp().getRequest<FastifyRequest>());
    return next.handle();
  }

  private takenBy(context: ExecutionContext): Taken | undefined {
    const handler = context.getHandler();
    if (!this.known.has(handler)) this.known.set(handler, takenBy(context.getClass(), handler));
    return this.known.get(handler);
  }
}

/** Undefined for routes of other surfaces. */
function takenBy(controller: object, handler: { readonly name: string }): Taken | undefined {
  const path: unknown = Reflect.getMetadata(PATH_METADATA, controller);
  if (typeof path !== 'string' || path === published || !strict.some((base) => `${path}/`.startsWith(`${base}/`)))
    return undefined;
  const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler.name) as object | undefined;
  const kinds = new Set(Object.keys(parameters ?? {}).map((key) => Number.parseInt(key, 10)));
  const documented = Reflect.getMetadata(documentedTypes, handler) as string[] | undefined;
  return {
    query: kinds.has(RouteParamtypes.QUERY) || readsQuery(handler),
    types: kinds.has(RouteParamtypes.BODY) ? (documented ?? ['application/json']) : undefined,
  };
}

function readsQuery(handler: object): boolean {
  const documented = (Reflect.getMetadata(documentedParameters, handler) ?? []) as readonly { readonly in?: string }[];
  return documented.some((parameter) => parameter.in === 'query');
}

function requireOnly({ query, types }: Taken, request: FastifyRequest): void {
  const { body, headers } = request;
  const [parameter] = query ? [] : Object.keys(request.query as object);
  if (parameter !== undefined) throw InvalidError.field(repeated(parameter), 'No parameters are taken here.');
  if (body instanceof MalformedBody) throw body.error;
  if (body instanceof FormFields) throw unsupported();
  if (types === undefined && !isEmpty(body)) throw new InvalidError('No body is taken here.');
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (body !== undefined && types && type !== undefined && !types.includes(type)) throw unsupported();
}

/** Some clients send an object with nothing in it where they have nothing to say. */
function isEmpty(body: unknown): boolean {
  if (body === undefined || body === null) return true;
  return typeof body === 'object' && !Array.isArray(body) && Object.keys(body).length === 0;
}
