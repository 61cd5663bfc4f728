import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RouteTable } from '../route-table.js';
import { trackingIdOf } from './accounts-errors.js';
import { type Refusal, refusalOf } from './refusal.js';
import { sendRefusal } from './send-refusal.js';
import { plainPath } from './surfaces.js';

/** The one place where an error becomes an answer: from guards, pipes, handlers, and from requests no handler saw. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('errors');

  constructor(private readonly routes: RouteTable) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const refusal = this.refusalFor(error, request);
    if (refusal.code === 'internal') this.report(error, request);

    if (reply.sent || reply.raw.headersSent) reply.raw.destroy();
    else sendRefusal(request, reply, refusal);
  }

  /** The router says 404 for a path it knows under other methods too. */
  private refusalFor(error: unknown, request: FastifyRequest): Refusal {
    const refusal = refusalOf(error);
    if (!request.is404 || refusal.code !== 'not_found') return refusal;

    const allow = this.routes.methodsAt(plainPath(request.raw.url ?? '/'));
    if (allow.length === 0 || allow.includes(request.method)) return refusal;
    return { code: 'method_not_allowed', message: `This path answers ${allow.join(', ')}.`, details: [], allow };
  }

  private report(error: unknown, request: FastifyRequest): void {
    this.logger.error({
      requestId: request.id,
      trackingId: trackingIdOf(request.id),
      method: request.method,
      route: request.routeOptions?.url,
      error: described(error),
    });
  }
}

/** Named fields only: what drivers hang on their errors may hold values of people. */
function described(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { message: typeof error };
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === 'string' && { code }),
    stack: error.stack,
    ...(error.cause !== undefined && depth < 3 && { cause: described(error.cause, depth + 1) }),
  };
}
