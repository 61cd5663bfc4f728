import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { openApiDocument } from '../../apps/api/src/http/openapi.js';
import { Documented } from './documented.js';
import { repeatedMount } from './paths.js';

/** Of all servers of a test file the same. */
let documented: Documented | undefined;

/** Looks at each answer of a server and keeps what its document does not tell. */
export class AnswerWatch {
  private readonly found = new Set<string>();

  private constructor(private readonly app: NestFastifyApplication) {}

  /** Before its routes are made. */
  static over(app: NestFastifyApplication): AnswerWatch {
    const watch = new AnswerWatch(app);
    app
      .getHttpAdapter()
      .getInstance()
      .addHook('onSend', (request: FastifyRequest, reply: FastifyReply, payload, done) => {
        watch.look(request, reply, payload);
        done(null, payload);
      });
    return watch;
  }

  requireDocumented(): void {
    if (this.found.size > 0) throw new Error(`The document does not tell of:\n${[...this.found].join('\n')}`);
  }

  private look(request: FastifyRequest, reply: FastifyReply, payload: unknown): void {
    const { url } = request.routeOptions;
    if (url === undefined || repeatedMount.test(url) || !/^(?:GET|POST|PUT|PATCH|DELETE)$/.test(request.method)) return;
    documented ??= new Documented(openApiDocument(this.app));
    const route = `${request.method} ${url}`;
    // The document itself, and pages that show it.
    if (!documented.operation(route)) return;
    const headers = reply.getHeaders();
    const isJson =
      /json/.test(String(headers['content-type'])) && (typeof payload === 'string' || Buffer.isBuffer(payload));
    const answer = {
      status: reply.statusCode,
      headers,
      ...(isJson && { body: JSON.parse(payload.toString()) as unknown }),
    };
    for (const difference of documented.differences(route, answer)) this.found.add(difference);
  }
}
