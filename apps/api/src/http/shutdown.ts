import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

const graceMs = 10_000;
const sweepMs = 50;
/** Of the whole shutdown; hooks that hang do not hold the process. */
const deadlineMs = 20_000;
const signals = ['SIGTERM', 'SIGINT'] as const;

/** No new connections; requests in flight may finish within the grace; then the hooks run (database last). */
export async function shutDown(app: NestFastifyApplication, grace = graceMs): Promise<void> {
  const server: Server = app.getHttpServer();
  const drained = new Promise<void>((resolve) => server.close(() => resolve()));
  const sweep = setInterval(() => server.closeIdleConnections(), sweepMs);
  await Promise.race([drained, sleep(grace, undefined, { ref: false })]);
  clearInterval(sweep);
  server.closeAllConnections();
  await app.close();
}

/** On SIGTERM or SIGINT: shut down, then exit 0. A second signal ends the process at once. */
export function shutDownOnSignals(
  app: NestFastifyApplication,
  exit: (code: number) => void = (code) => process.exit(code),
): void {
  const logger = new Logger('shutdown');
  const stop = (signal: NodeJS.Signals) => {
    for (const other of signals) process.removeListener(other, stop);
    logger.log(`${signal}: shutting down`);
    setTimeout(() => exit(1), deadlineMs).unref();
    shutDown(app).then(
      () => exit(0),
      (error: unknown) => {
        logger.error(error);
        exit(1);
      },
    );
  };
  for (const signal of signals) process.on(signal, stop);
}
