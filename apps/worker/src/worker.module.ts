import { type DynamicModule, Module } from '@nestjs/common';
import { accountJobs, AccountsModule, AccountsWorkerModule } from '@app/accounts';
import { SignInTidying } from '@app/auth';
import { Application, Connector } from '@app/connectors';
import { DirectoryTally } from '@app/directory';
import { InsightsModule } from '@app/insights';
import { JobsModule } from '@app/jobs';
import type { Configuration } from '@app/kernel';
import { MailWorkerModule, sendMail } from '@app/mail';
import { endpointOf } from '@app/outbound';
import { PersistenceModule, workerTimeouts } from '@app/persistence';
import { runQueued, SyncWorkerModule } from '@app/sync';
import { migrations } from '../../../database/migrations/index.js';
import { Heartbeat } from './heartbeat.js';
import { Maintenance, maintenanceJobs } from './maintenance.js';

export interface WorkerOptions {
  readonly configuration: Configuration;
  readonly databaseUrl: string;
  readonly serverKey: Buffer;
}

/** Everything that runs without a request: runs, refreshes, housekeeping. */
@Module({})
export class WorkerModule {
  static forRoot({ configuration, databaseUrl, serverKey }: WorkerOptions): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        PersistenceModule.forRoot({
          url: databaseUrl,
          entities: [Application, Connector],
          migrations,
          poolSize: configuration.databasePoolSize,
          timeouts: workerTimeouts,
          applicationName: 'ostiary worker',
        }),
        JobsModule.forRoot({ mode: 'work', jobs: [runQueued, sendMail, ...accountJobs, ...maintenanceJobs] }),
        MailWorkerModule.forRoot({
          mail: configuration.mail,
          outbound: { allow: configuration.outboundAllow, database: endpointOf(databaseUrl) },
          serverKey,
        }),
        AccountsModule,
        AccountsWorkerModule,
        InsightsModule,
        SyncWorkerModule,
      ],
      providers: [DirectoryTally, Heartbeat, Maintenance, SignInTidying],
    };
  }
}
