import { Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

const longestPath = 500;

/** One line a request: never a query string, header or body, since any of them may hold a secret. */
export class RequestLog {
  private readonly logger = new Logger('requests');

  /** Machines that ask every few seconds, at `/health/` and here, would drown everything else. */
  constructor(private readonly metricsPath?: string) {}

  follow(request: FastifyRequest, reply: FastifyReply): void {
    const began = performance.now();
    reply.raw.once('close', () => this.write(request, reply, performance.now() - began));
  }

  private write(request: FastifyRequest, { raw }: FastifyReply, durationMs: number): void {
    const line = {
      requestId: request.id,
      method: request.method,
      route: request.is404 ? undefined : request.routeOptions?.url,
      path: (request.raw.url ?? '').replace(/[?#].*$/s, '').slice(0, longestPath),
      status: raw.statusCode,
      durationMs: Math.round(durationMs * 10) / 10,
      ...(!raw.writableFinished && { aborted: true }),
    };
    if ((line.path.startsWith('/health/') || line.path === this.metricsPath) && line.status < 500)
      this.logger.debug(line);
    else this.logger.log(line);
  }
}
