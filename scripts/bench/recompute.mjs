// A process of its own that judges every owner anew, as the worker does after an upgrade of the risk model.
import { NestFactory } from '@nestjs/core';

const { Application, Connector } = await import('../../dist/libs/connectors/src/index.js');
const { InsightsModule, InsightsService } = await import('../../dist/libs/insights/src/index.js');
const { PersistenceModule, workerTimeouts } = await import('../../dist/libs/persistence/src/index.js');

class Recomputing {}

const persistence = PersistenceModule.forRoot({
  url: process.env.DATABASE_URL,
  entities: [Connector, Application],
  migrations: [],
  poolSize: 4,
  timeouts: workerTimeouts,
  applicationName: 'ostiary bench',
});
const root = { module: Recomputing, imports: [persistence, InsightsModule] };
const app = await NestFactory.createApplicationContext(root, { logger: ['error', 'warn'] });
const began = performance.now();
const owners = await app.get(InsightsService, { strict: false }).refreshModel();
const seconds = (performance.now() - began) / 1000;
await app.close();
process.send({ owners, seconds });
process.disconnect();
