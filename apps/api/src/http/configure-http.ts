import multipart from '@fastify/multipart';
import type { IncomingMessage } from 'node:http';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Logger as PinoLogger } from 'nestjs-pino';
import type { DestinationStream } from 'pino';
import type { Configuration } from '@app/kernel';
import { RequestMetrics } from '../metrics/request-metrics.js';
import { registerBodyParsers } from './bodies/body-parsers.js';
import { configTakesLargeJson, largeJsonBytes } from './bodies/large-json.js';
import { configTakesRows, rowsLimitBytes } from './bodies/rows-text.js';
import { UnreadablePipe } from './bodies/unreadable.pipe.js';
import { answerClientError } from './errors/client-error.js';
import { connectorOwnersErrors } from './errors/connector-owners-errors.js';
import { ErrorFilter } from './errors/error.filter.js';
import { refusalOf } from './errors/refusal.js';
import { sendRefusal } from './errors/send-refusal.js';
import { errorWriterFor } from './errors/surfaces.js';
import { loggingModule, QuietStartLogger } from './logging.js';
import { mountOpenApi } from './openapi.js';
import { requestIdOf } from './request-id.js';
import { RequestLog } from './request-log.js';
import { meantMethod } from './method-override.js';
import { listRoutes, requireAccessEverywhere } from './routes.js';
import { RouteTable } from './route-table.js';
import { protectAnswers } from './answer-headers.js';
import { keepWordsFromIds, noRoute } from './words-that-are-no-ids.js';

export interface HttpOptions {
  readonly configuration: Pick<Configuration, 'trustedProxies' | 'uploadLimitBytes' | 'logLevel'> &
    Partial<Pick<Configuration, 'metricsPath' | 'methodOverride'>>;
  /** Where log lines go; standard output if absent. */
  readonly logDestination?: DestinationStream;
}

const mebibyte = 1024 * 1024;

/** The server around a module, ready for `listen` (or, in tests, `init` and the adapter's `ready`). */
export async function createHttpApplication(
  module: Type | DynamicModule,
  options: HttpOptions,
): Promise<NestFastifyApplication> {
  const watch = { log: new RequestLog(options.configuration.metricsPath), metrics: new RequestMetrics() };
  const root = rootOf(module, options, watch.metrics);
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter(options, watch), {
    bodyParser: false,
    bufferLogs: true,
    abortOnError: false,
  });
  try {
    app.useLogger(new QuietStartLogger(app.get(PinoLogger)));
    await configureHttp(app, options, watch);
  } catch (error) {
    await app.close();
    throw error;
  }
  return app;
}

class HttpRoot {}

function rootOf(
  module: Type | DynamicModule,
  { configuration, logDestination }: HttpOptions,
  metrics: RequestMetrics,
): DynamicModule {
  return {
    module: HttpRoot,
    global: true,
    imports: [loggingModule(configuration.logLevel, logDestination), module],
    providers: [{ provide: RequestMetrics, useValue: metrics }],
    exports: [RequestMetrics],
  };
}

/** Who looks on while requests come and go. */
interface Watch {
  readonly log: RequestLog;
  readonly metrics: RequestMetrics;
}

function adapter({ configuration }: HttpOptions, { log, metrics }: Watch): FastifyAdapter {
  const { trustedProxies, methodOverride } = configuration;
  return new FastifyAdapter({
    // 64 KiB, so that a long filter is answered by our own limits and not by a bare 431.
    http: { maxHeaderSize: 64 * 1024, headersTimeout: 30_000 },
    // Reception of a whole request, uploads included; an idle socket ends much sooner.
    requestTimeout: 15 * 60_000,
    connectionTimeout: 120_000,
    keepAliveTimeout: 72_000,
    bodyLimit: mebibyte,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    genReqId: requestIdOf,
    requestIdHeader: false,
    ...(methodOverride && { rewriteUrl: withMeantMethod }),
    routerOptions: { maxParamLength: 500, ignoreTrailingSlash: false, ignoreDuplicateSlashes: false },
    clientErrorHandler: (error, socket) => {
      const status = answerClientError(error, socket);
      if (status !== undefined) metrics.countUnread(status);
    },
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      log.follow(request, reply);
      metrics.follow(request, reply);
      sendRefusal(request, reply, refusalOf(error));
    },
  });
}

/** The router asks for the URL before it looks at the method: the one moment at which either may be another. */
function withMeantMethod(request: IncomingMessage): string {
  const meant = meantMethod(request);
  if (meant) request.method = meant;
  return request.url ?? '/';
}

async function configureHttp(app: NestFastifyApplication, { configuration }: HttpOptions, { log, metrics }: Watch) {
  requireAccessEverywhere(app);
  const server: FastifyInstance = app.getHttpAdapter().getInstance();
  // Node answers 417 by itself; an expectation nobody knows may be passed over (RFC 9110, 10.1.1).
  server.server.on('checkExpectation', (request, response) => server.server.emit('request', request, response));
  const routes = new RouteTable();
  server.addHook('onRoute', (route) => {
    if (route.config !== noRoute) routes.add(route.url, route.method);
    if (errorWriterFor(route.url) === connectorOwnersErrors) route.bodyLimit = 4 * mebibyte;
    if (configTakesRows(route.config)) route.bodyLimit = rowsLimitBytes;
    if (configTakesLargeJson(route.config)) route.bodyLimit = largeJsonBytes;
  });
  server.addHook('onRequest', (request, reply, done) => {
    log.follow(request, reply);
    metrics.follow(request, reply);
    protectAnswers(request, reply);
    done();
  });

  registerBodyParsers(server);
  await app.register(multipart, { limits: { fileSize: configuration.uploadLimitBytes, fields: 50, parts: 60 } });
  app.useGlobalFilters(new ErrorFilter(routes));
  app.useGlobalPipes(new UnreadablePipe());
  mountOpenApi(app);
  keepWordsFromIds(server, listRoutes(app), routes);
}
