import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerTo } from './refusal-answer.js';
import type { Refusal } from './refusal.js';
import { plainPath } from './surfaces.js';

const readableRest = 1024 * 1024;

/** Answers in the shape of the surface the request was for. */
export function sendRefusal(request: FastifyRequest, reply: FastifyReply, refusal: Refusal): void {
  const { status, headers, body } = answerTo(refusal, surfacePathOf(request), {
    requestId: request.id,
    namesLanguages: request.headers['accept-language'] !== undefined,
  });

  if (leavesTooMuchUnread(request)) reply.header('connection', 'close');
  reply.code(status).headers(headers).send(body);
}

/** The matched route where there is one, so that another spelling of a path does not change the shape. */
function surfacePathOf(request: FastifyRequest): string {
  return request.is404
    ? plainPath(request.raw.url ?? '/')
    : (request.routeOptions?.url ?? plainPath(request.raw.url ?? '/'));
}

/** An upload nobody will read: rather than swallow gigabytes of it, the connection ends. */
function leavesTooMuchUnread({ raw }: FastifyRequest): boolean {
  if (raw.readableEnded || !raw.headers['content-type']?.toLowerCase().startsWith('multipart/')) return false;
  return !(Number(raw.headers['content-length']) <= readableRest);
}
