import 'reflect-metadata';
import { ConfigurationError, readConfiguration } from '@app/kernel';
import { DatabaseUnavailableError } from '@app/persistence';
import { SecretKeyError } from '@app/secrets';
import { Server, ServerStartError } from './server.js';

try {
  const configuration = readConfiguration(process.env);
  const server = await Server.start(configuration);
  if (server.metricsUrl) process.stdout.write(`metrics at ${server.metricsUrl}\n`);
  process.stdout.write(`listening on ${server.url}\n`);
} catch (error) {
  const understood = [ConfigurationError, DatabaseUnavailableError, SecretKeyError, ServerStartError].some(
    (kind) => error instanceof kind,
  );
  process.stderr.write(`${understood ? (error as Error).message : String((error as Error).stack ?? error)}\n`);
  process.exit(1);
}
