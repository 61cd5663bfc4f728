import 'reflect-metadata';
import type { INestApplicationContext, Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AccountsModule } from '@app/accounts';
import { type ConnectorConfig, ConnectorFileService, ConnectorsModule, parseConnectorConfig } from '@app/connectors';
import { InsightsModule } from '@app/insights';
import { JobsModule, type JobsOptions } from '@app/jobs';
import { MailWorkerModule } from '@app/mail';
import { serverCaller } from '@app/access';
import { newId } from '@app/kernel';
import { endpointOf } from '@app/outbound';
import { Database, PersistenceModule, workerTimeouts } from '@app/persistence';
import { Given, type GivenOrganization, type Row } from './given.js';
import { productEntities } from './product-entities.js';
import { createTestDatabase } from './test-database.js';

/** What a worker stands on, without one: tests take runs themselves, step by step. */
export class Workbench {
  private constructor(
    private readonly app: INestApplicationContext,
    readonly given: Given,
    readonly ownerUrl: string,
    private readonly drop: () => Promise<void>,
  ) {}

  static async open(
    providers: Provider[],
    jobs: JobsOptions['jobs'] = [],
    timeouts = workerTimeouts,
  ): Promise<Workbench> {
    const file = await createTestDatabase();
    const persistence = PersistenceModule.forRoot({
      url: file.serverUrl,
      entities: productEntities,
      migrations: [],
      poolSize: 6,
      timeouts,
      applicationName: 'ostiary test',
    });
    const outbound = { allow: [], database: endpointOf(file.serverUrl) };
    class Bench {}
    const module = {
      module: Bench,
      imports: [
        persistence,
        MailWorkerModule.forRoot({ mail: undefined, outbound, serverKey: Buffer.alloc(32, 5) }),
        JobsModule.forRoot({ mode: 'enqueue', jobs }),
        AccountsModule,
        ConnectorsModule,
        InsightsModule,
      ],
      providers,
    };
    const app = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
    return new Workbench(app, await Given.on(file.ownerUrl), file.ownerUrl, () => file.drop());
  }

  get database(): Database {
    return this.app.get(Database);
  }

  get<T>(type: new (...args: never[]) => T): T {
    return this.app.get<T>(type, { strict: false });
  }

  /** A connector with this configuration as its users write it. */
  async connector(organization: GivenOrganization, name: string, config: object): Promise<Row> {
    const parsed: ConnectorConfig = parseConnectorConfig(config);
    const { authoritative, priority } = parsed;
    const application = await organization.application({ name });
    return organization.connector(application, { name, authoritative, priority, config: parsed });
  }

  /** Uploads the text and queues a run of it; answers the run's id. */
  async queue(organization: GivenOrganization, connector: Row, text: string, columns: object = {}): Promise<string> {
    const file = await this.upload(organization, connector, text);
    const id = newId();
    const run = { organization_id: organization.id, id, connector_id: connector.id, file_id: file };
    await this.given.insert('sync_run', { ...run, requested_by: 'test', ...columns });
    return id;
  }

  /** Answers the file's id. */
  async upload(
    organization: GivenOrganization,
    connector: Row,
    text: string,
    takenAt = new Date('2026-01-01T00:00:00Z'),
  ): Promise<string> {
    const caller = serverCaller(organization.id, 'system', 'test', null);
    const upload = { name: 'export.csv', content: contentOf(text), limitBytes: 1e9, takenAt };
    const config = connector['config'] as ConnectorConfig;
    return (await this.get(ConnectorFileService).store(caller, connector.id, config, upload)).id;
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.given.close();
    await this.drop();
  }
}

async function* contentOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
