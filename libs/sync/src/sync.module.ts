import { Module } from '@nestjs/common';
import { AuditTrail } from '@app/audit';
import { ConnectorsModule } from '@app/connectors';
import { InsightsModule } from '@app/insights';
import { RunExecutor } from './run-executor.js';
import { RunService } from './run.service.js';
import { RunWorker } from './run-worker.js';

/** Starting and watching runs. */
@Module({ imports: [ConnectorsModule], providers: [AuditTrail, RunService], exports: [RunService] })
export class SyncModule {}

/** Doing them. */
@Module({ imports: [ConnectorsModule, InsightsModule], providers: [RunExecutor, RunWorker], exports: [RunWorker] })
export class SyncWorkerModule {}
