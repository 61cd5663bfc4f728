import { Module } from '@nestjs/common';
import { AuditTrail } from '@app/audit';
import { ConnectorsModule } from '@app/connectors';
import { InsightsModule } from '@app/insights';
import { ConnectorSyncs } from './connector-syncs.js';
import { RunExecutor } from './run-executor.js';
import { RunNotices } from './run-notices.js';
import { RunQueue } from './run-queue.js';
import { RunService } from './run.service.js';
import { RunTidying } from './run-tidying.js';
import { RunTotals } from './run-totals.js';
import { RunWorker } from './run-worker.js';
import { ScheduledRuns } from './scheduled-runs.js';

@Module({ providers: [AuditTrail, RunQueue], exports: [RunQueue] })
class RunQueueModule {}

/** Starting and watching runs. */
@Module({
  imports: [ConnectorsModule, RunQueueModule],
  providers: [AuditTrail, ConnectorSyncs, RunService, RunTotals],
  exports: [ConnectorSyncs, RunService, RunTotals],
})
export class SyncModule {}

/** Doing them. */
@Module({
  imports: [ConnectorsModule, InsightsModule, RunQueueModule],
  providers: [RunExecutor, RunNotices, RunTidying, RunWorker, ScheduledRuns],
  exports: [RunQueueModule, RunTidying, RunWorker, ScheduledRuns],
})
export class SyncWorkerModule {}
