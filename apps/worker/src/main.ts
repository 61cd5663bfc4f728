import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ConfigurationError, readConfiguration } from '@app/kernel';
import { DatabaseUnavailableError, prepareDatabase } from '@app/persistence';
import { obtainSecretKey, SecretKeyError } from '@app/secrets';
import { pino } from 'pino';
import { PinoNestLogger } from './pino-nest-logger.js';
import { WorkerModule } from './worker.module.js';

try {
  const configuration = readConfiguration(process.env);
  const database = await prepareDatabase(configuration);
  const logger = new PinoNestLogger(pino({ level: configuration.logLevel, base: { process: 'worker' } }));
  const serverKey = await obtainSecretKey(configuration.secretKey, configuration.dataDir);
  const root = WorkerModule.forRoot({ configuration, databaseUrl: database.serverUrl, serverKey });
  const app = await NestFactory.createApplicationContext(root, { logger, abortOnError: false });
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await app.close();
    await database.stop();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());
  // Started by the server, the worker ends with it, however the server ended.
  process.on('disconnect', () => void stop());
  // It may have ended while this one was starting, when nobody listened yet.
  if (process.send && !process.connected) await stop();
} catch (error) {
  const understood = [ConfigurationError, DatabaseUnavailableError, SecretKeyError].some(
    (kind) => error instanceof kind,
  );
  if (!understood) throw error;
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}
