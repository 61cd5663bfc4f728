import type { FastifyReply, FastifyRequest } from 'fastify';

const documentation = /^\/(?:docs(?:\/|$)|openapi\.json$)/;

/** The page runs its own scripts from its own origin and styles itself inline. */
const pagePolicy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/** Answers name people and rights: nothing of them stays in a cache. */
export function protectAnswers(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', request.id);
  reply.header('x-content-type-options', 'nosniff');
  if (documentation.test(request.routeOptions.url ?? '')) reply.header('content-security-policy', pagePolicy);
  else reply.header('cache-control', 'no-store');
}
