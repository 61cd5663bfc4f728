import { Injectable } from '@nestjs/common';
import { AccountTally, wakeNext } from '@app/accounts';
import { SignInTidying } from '@app/auth';
import { DirectoryTally } from '@app/directory';
import { InsightsService } from '@app/insights';
import { type Job, JobQueue, Tasks } from '@app/jobs';
import { MailTidying } from '@app/mail';
import { Database, systemStatement } from '@app/persistence';
import { RunQueue, RunTidying, ScheduledRuns } from '@app/sync';

const refreshInsights: Job<object> = { name: 'insights.refresh', cron: '* * * * *' };
const foldTally: Job<object> = { name: 'accounts.fold-tally', cron: '*/5 * * * *' };
const foldDirectory: Job<object> = { name: 'directory.fold-tally', cron: '*/5 * * * *' };
const openAuditPartitions: Job<object> = { name: 'audit.open-partitions', cron: '7 3 * * *' };
const followRules: Job<object> = { name: 'sync.follow-rules', cron: '* * * * *' };
const startScheduled: Job<object> = { name: 'sync.scheduled', cron: '* * * * *' };
const tidyRuns: Job<object> = { name: 'sync.tidy', cron: '37 3 * * *' };
const tidySignIns: Job<object> = { name: 'auth.tidy', cron: '17 * * * *' };
const tidyTasks: Job<object> = { name: 'jobs.tidy-tasks', cron: '27 * * * *' };
const tidyMail: Job<object> = { name: 'mail.tidy', cron: '*/5 * * * *' };

export const maintenanceJobs = [
  refreshInsights,
  foldTally,
  foldDirectory,
  openAuditPartitions,
  followRules,
  startScheduled,
  tidyRuns,
  tidySignIns,
  tidyMail,
  tidyTasks,
];

const refreshedAtOnce = 5_000;

const preparePartitions = systemStatement<never>(undefined, `select prepare_audit_partitions(3)`);

/** What the clock asks for: scheduled runs, figures that time has changed, folded totals, room for next months' audit events, what runs, callers, mail and tasks leave behind. */
@Injectable()
export class Maintenance {
  constructor(
    queue: JobQueue,
    database: Database,
    insights: InsightsService,
    tally: AccountTally,
    directory: DirectoryTally,
    runs: RunTidying,
    runQueue: RunQueue,
    scheduled: ScheduledRuns,
    signIns: SignInTidying,
    mail: MailTidying,
    tasks: Tasks,
  ) {
    queue.handle(refreshInsights, async () => {
      await insights.refreshModel();
      while ((await insights.refreshDue(refreshedAtOnce)) === refreshedAtOnce);
    });
    queue.handle(foldTally, async () => tally.fold());
    queue.handle(foldDirectory, async () => directory.fold());
    queue.handle(followRules, async () => runQueue.followAllRules());
    queue.handle(startScheduled, async () => scheduled.startDue());
    queue.handle(tidySignIns, async () => signIns.tidy());
    queue.handle(tidyMail, async () => mail.tidy());
    queue.handle(tidyTasks, async () => tasks.tidy((tx, accountId) => wakeNext(tx, queue, accountId)));
    queue.handle(tidyRuns, async () => runs.tidy());
    queue.handle(openAuditPartitions, async () => {
      await database.asSystem('partitions belong to the server', (system) => system.query(preparePartitions));
    });
  }
}
