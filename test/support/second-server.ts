import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import supertest from 'supertest';
import { readConfiguration } from '@app/kernel';
import { AppModule } from '../../apps/api/src/app.module.js';
import { createHttpApplication } from '../../apps/api/src/http/configure-http.js';
import type { TestApi } from './api.js';

/** One more server on the database of the first: they share nothing else, so what one keeps in memory the other does not see. */
export async function secondServer(
  { database }: TestApi,
  environment: Record<string, string> = {},
): Promise<NestFastifyApplication> {
  const configuration = readConfiguration({
    LOG_LEVEL: 'silent',
    RATE_LIMIT: 'off',
    DATABASE_POOL_SIZE: '4',
    PORT: '0',
    OSTIARY_WORKER: 'none',
    ...environment,
  });
  const root = AppModule.forRoot({ configuration, databaseUrl: database.serverUrl, serverKey: Buffer.alloc(32, 9) });
  const app = await createHttpApplication(root, { configuration });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

/** Reads at that server with these headers, and answers the status. */
export async function statusAt(app: NestFastifyApplication, path: string, headers: Record<string, string>) {
  return (await supertest(app.getHttpServer()).get(path).set(headers)).status;
}
