import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { InvalidError } from '@app/kernel';
import { MalformedBody, unsupported } from '../../http/bodies/body-parsers.js';
import { FormFields } from '../../http/bodies/form-text.js';
import { repeated } from '../../http/validation/modest-body.js';

/** What a handler reads of a request. */
interface Taken {
  readonly query: boolean;
  /** Undefined: it takes no body. */
  readonly types: readonly string[] | undefined;
}

/** Where the documentation of a handler says which types its body may have. */
const documentedTypes = 'swagger/apiConsumes';

/**
 * What a directory route does not read is refused, not looked past: whoever sends `?dryRun=true` believes that it is
 * one. After the guards, before every pipe.
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
  if (typeof path !== 'string' || !path.startsWith('api/v1/directory')) return undefined;
  const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler.name) as object | undefined;
  const kinds = new Set(Object.keys(parameters ?? {}).map((key) => Number.parseInt(key, 10)));
  const documented = Reflect.getMetadata(documentedTypes, handler) as string[] | undefined;
  return {
    query: kinds.has(RouteParamtypes.QUERY),
    types: kinds.has(RouteParamtypes.BODY) ? (documented ?? ['application/json']) : undefined,
  };
}

function requireOnly({ query, types }: Taken, request: FastifyRequest): void {
  const { body, headers } = request;
  const [parameter] = query ? [] : Object.keys(request.query as object);
  if (parameter !== undefined) throw InvalidError.field(repeated(parameter), 'No parameters are taken here.');
  if (body instanceof MalformedBody) throw body.error;
  if (body instanceof FormFields) throw unsupported();
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (body !== undefined && types && type !== undefined && !types.includes(type)) throw unsupported();
}
