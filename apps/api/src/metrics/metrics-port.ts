import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { urlAt } from '../http/url-at.js';
import type { Metrics } from './metrics.js';

type Told = Pick<Metrics, 'contentType' | 'text'>;

/** Metrics on a port of their own, so that a firewall can tell them from the API. Nothing else is answered there. */
export class MetricsPort {
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async listen(metrics: Told, path: string, port: number, host: string): Promise<MetricsPort> {
    const server = createServer((request, response) => {
      answer(metrics, path, request, response).catch(() => response.destroy());
    });
    server.listen(port, host);
    await once(server, 'listening');
    return new MetricsPort(server, urlAt(host, server) + path);
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}

async function answer(metrics: Told, path: string, request: IncomingMessage, response: ServerResponse) {
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('cache-control', 'no-store');
  response.setHeader('content-type', metrics.contentType);
  if (request.url?.replace(/\?.*$/s, '') !== path) {
    response.writeHead(404).end('There is nothing at this path.\n');
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end('This path answers GET, HEAD.\n');
  } else {
    response.end(await metrics.text());
  }
}
