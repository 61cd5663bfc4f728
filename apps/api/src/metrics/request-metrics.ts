import type { FastifyReply, FastifyRequest } from 'fastify';
import { Counter, Histogram, Registry } from 'prom-client';

/** Anything else is `other`: a label must not be what a caller makes up. */
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const unmatched = 'unmatched';
/** Of uploads and reports too, which take minutes. */
const buckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

/** Requests by method, route template and status: as many series as there are routes, whatever is asked for. */
export class RequestMetrics {
  readonly registry = new Registry();

  private readonly requests = new Counter({
    name: 'ostiary_http_requests_total',
    help: 'Requests that came to an end, by method, route template and status.',
    labelNames: ['method', 'route', 'status'] as const,
    registers: [this.registry],
  });
  private readonly durations = new Histogram({
    name: 'ostiary_http_request_duration_seconds',
    help: 'From the head of a request to the end of its answer.',
    labelNames: ['method', 'route'] as const,
    buckets,
    registers: [this.registry],
  });

  follow(request: FastifyRequest, { raw }: FastifyReply): void {
    const began = performance.now();
    raw.once('close', () => {
      const labels = { method: methodOf(request.method), route: routeOf(request) };
      // A status that was never or not wholly delivered says nothing about how the request ended.
      const status = raw.writableFinished ? raw.statusCode : 'aborted';
      this.requests.inc({ ...labels, status });
      this.durations.observe(labels, (performance.now() - began) / 1000);
    });
  }

  /** What was refused before it became a request: bytes that are no HTTP, headers too large or too slow. */
  countUnread(status: number): void {
    this.requests.inc({ method: 'other', route: unmatched, status });
  }
}

function methodOf(method: string): string {
  return methods.has(method) ? method : 'other';
}

function routeOf(request: FastifyRequest): string {
  return (request.is404 ? undefined : request.routeOptions.url) ?? unmatched;
}
