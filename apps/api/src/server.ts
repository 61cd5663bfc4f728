import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { FirstStart } from '@app/auth';
import { PasswordPolicy } from '@app/directory';
import type { Configuration } from '@app/kernel';
import {
  Database,
  migrate,
  prepareDatabase,
  type PreparedDatabase,
  serverRoleOf,
  startFailureFrom,
} from '@app/persistence';
import { obtainSecretKey } from '@app/secrets';
import { migrations } from '../../../database/migrations/index.js';
import { AppModule } from './app.module.js';
import { createHttpApplication } from './http/configure-http.js';
import { requireFreeMetricsPath } from './metrics/free-path.js';
import { Metrics } from './metrics/metrics.js';
import { MetricsPort } from './metrics/metrics-port.js';
import { shutDown } from './http/shutdown.js';
import { urlAt } from './http/url-at.js';
import { WorkerProcess } from './worker-process.js';

/** The start cannot go on, for a reason that one sentence tells. */
export class ServerStartError extends Error {}

/** One api process: its database prepared, its first rows made, its worker beside it. */
export class Server {
  private constructor(
    private readonly app: NestFastifyApplication,
    private readonly database: PreparedDatabase,
    private readonly worker: WorkerProcess | undefined,
    private readonly metrics: MetricsPort | undefined,
    readonly url: string,
  ) {}

  static async start(configuration: Configuration): Promise<Server> {
    const database = await prepareDatabase(configuration);
    let app: NestFastifyApplication | undefined;
    let metrics: MetricsPort | undefined;
    try {
      if (database.ownerUrl) await migrate(database.ownerUrl, migrations, serverRoleOf(database.serverUrl));
      const serverKey = await obtainSecretKey(configuration.secretKey, configuration.dataDir);
      const root = AppModule.forRoot({ configuration, databaseUrl: database.serverUrl, serverKey });
      app = await createHttpApplication(root, { configuration });
      requireFreeMetricsPath(app, configuration);
      await requireMigrated(app.get(Database));
      await firstStart(app, configuration);
      await app.get(PasswordPolicy).prepare();
      await listen(app, configuration);
      metrics = await listenForMetrics(app, configuration);
    } catch (error) {
      await app?.close();
      await database.stop();
      throw startFailureFrom(error);
    }
    const worker = configuration.worker === 'child' ? new WorkerProcess() : undefined;
    const server = new Server(app, database, worker, metrics, urlAt(configuration.host, app.getHttpServer()));
    server.stopOnSignals(configuration.awaitSample);
    return server;
  }

  /** Where Prometheus asks, if not on the main port. */
  get metricsUrl(): string | undefined {
    return this.metrics?.url;
  }

  /** Finishes what is in flight, then lets go of the worker and of the database. */
  async stop(): Promise<void> {
    await Promise.all([shutDown(this.app), this.worker?.stop(), this.metrics?.close()]);
    await this.database.stop();
  }

  private stopOnSignals(withParent: boolean): void {
    let stopping = false;
    const stop = () => {
      if (stopping) return;
      stopping = true;
      this.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          process.stderr.write(`${String(error)}\n`);
          process.exit(1);
        },
      );
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
    if (!withParent) return;

    // The demo's server ends with the demo, however that ended.
    process.on('disconnect', stop);
    if (!process.connected) stop();
  }
}

async function requireMigrated(database: Database): Promise<void> {
  const pending = await database.pendingMigrations();
  if (pending.length === 0) return;
  throw new ServerStartError(
    `The database lacks ${pending.length} migration(s), first ${pending[0]}: run "npm run ostiary -- migrate" as the role that owns its tables.`,
  );
}

async function firstStart(app: NestFastifyApplication, configuration: Configuration): Promise<void> {
  const made = await app.get(FirstStart).ensure(configuration);
  if (!made) return;

  const { adminUser: userName, adminPassword } = configuration;
  const { randomPassword } = made;
  if (randomPassword !== undefined) {
    process.stdout.write(`first start: sign in as ${userName} with the password ${randomPassword} (shown only now)\n`);
  }
  const weakness = adminPassword && (await app.get(PasswordPolicy).refusal(adminPassword, { userName }));
  if (weakness) process.stderr.write(`OSTIARY_ADMIN_PASSWORD is weak: ${weakness}\n`);
}

async function listen(app: NestFastifyApplication, { port, host }: Configuration): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (error) {
    throw listenFailure(error, 'PORT', port, host);
  }
}

/** On a port of their own, if one is set. */
async function listenForMetrics(
  app: NestFastifyApplication,
  { metricsPath, metricsPort, host }: Configuration,
): Promise<MetricsPort | undefined> {
  if (metricsPath === undefined || metricsPort === undefined) return undefined;
  try {
    return await MetricsPort.listen(app.get(Metrics), metricsPath, metricsPort, host);
  } catch (error) {
    throw listenFailure(error, 'METRICS_PORT', metricsPort, host);
  }
}

function listenFailure(error: unknown, key: string, port: number, host: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return new ServerStartError(`${key} ${port} on ${host} is in use: stop what uses it or set ${key}.`);
  if (code === 'EACCES')
    return new ServerStartError(`${key} ${port} may not be used by this user: set ${key} above 1023.`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new ServerStartError(`HOST ${host} is no address of this machine.`);
  return error;
}
