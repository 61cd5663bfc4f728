import { Module } from '@nestjs/common';
import { AuditTrail } from '@app/audit';
import { ConnectorsModule } from '@app/connectors';
import { InsightsModule } from '@app/insights';
import { RunExecutor } from './run-executor.js';
import { RunQueue } from './run-queue.js';
import { RunService } from './run.service.js';
import { RunTidying } from './run-tidying.js';
import { RunTotals } from './run-totals.js';
import { RunWorker } from './run-worker.js';

@Module({ providers: [AuditTrail, RunQueue], exports: [RunQueue] })
class RunQueueModule {}

/** Starting and watching runs. */
@Module({
  imports: [ConnectorsModule, RunQueueModule],
  providers: [AuditTrail, RunService, RunTotals],
  exports: [RunService, RunTotals],
})
export class SyncModule {}

/** Doing them. */
@Module({
  imports: [ConnectorsModule, InsightsModule, RunQueueModule],
  providers: [RunExecutor, RunTidying, RunWorker],
  exports: [RunQueueModule, RunTidying, RunWorker],
})
export class SyncWorkerModule {}
