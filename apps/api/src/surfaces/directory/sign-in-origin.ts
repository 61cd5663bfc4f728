import type { FastifyRequest } from 'fastify';
import type { SignInOrigin } from '@app/auth';

export function originOf(request: FastifyRequest): SignInOrigin {
  return { address: request.ip, userAgent: request.headers['user-agent'], requestId: request.id };
}
