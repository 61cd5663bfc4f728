import { Injectable, Logger } from '@nestjs/common';
import { serverCaller } from '@app/access';
import { nextRunOf } from '@app/connectors';
import { Database, statement, systemStatement, type Transaction, violatedUnique } from '@app/persistence';
import { RunQueue } from './run-queue.js';

interface DueConnector {
  readonly organization_id: string;
  readonly connector_id: string;
}

interface HeldSchedule {
  readonly cron: string;
  readonly time_zone: string;
  readonly starts_at: string | null;
  /** The newest file, if a run may start. */
  readonly file_id: string | null;
}

const due = systemStatement<DueConnector>(
  undefined,
  `select organization_id, connector_id from schedule where next_run_at <= $1 order by next_run_at limit 1000`,
);
/** Another worker may be at it, or somebody has just changed it. */
const holdDue = statement<HeldSchedule>(
  undefined,
  `select s.cron, s.time_zone, s.starts_at, (
      select f.id from connector_file f
        join connector c on c.organization_id = $1 and c.id = $2 and c.sync_disabled_at is null
       where f.organization_id = $1 and f.connector_id = $2 and f.complete
         and not exists (select from sync_run r where r.organization_id = $1 and r.connector_id = $2
                          and r.state in ('queued', 'running', 'paused'))
       order by f.created_at desc, f.id desc limit 1) as file_id
     from schedule s where s.organization_id = $1 and s.connector_id = $2 and s.next_run_at <= $3
      for update of s skip locked`,
);
const setNext = statement<never>(
  undefined,
  `update schedule set next_run_at = $3 where organization_id = $1 and connector_id = $2`,
);
const forget = statement<never>(undefined, `delete from schedule where organization_id = $1 and connector_id = $2`);

/** Runs that the clock asks for. However many times were missed, a connector is read once. */
@Injectable()
export class ScheduledRuns {
  private readonly logger = new Logger(ScheduledRuns.name);

  constructor(
    private readonly database: Database,
    private readonly runs: RunQueue,
  ) {}

  async startDue(now = new Date()): Promise<void> {
    const reason = 'connectors of every organization have schedules';
    const found = await this.database.asSystem(reason, (system) => system.query(due, [now]));
    for (const { organization_id, connector_id } of found) {
      const caller = serverCaller(organization_id, 'system', 'schedule', null);
      try {
        await this.database.inTransaction(caller, (tx) => this.startOne(tx, connector_id, now));
      } catch (error) {
        // Somebody has started a run at this very moment: the next minute finds it under way.
        if (!violatedUnique(error)) this.logger.error({ err: error }, 'a scheduled run did not start');
      }
    }
  }

  /** One that is paused, being read, or without a file waits for its next time. */
  private async startOne(tx: Transaction, connectorId: string, now: Date): Promise<void> {
    const [held] = await tx.query(holdDue, [connectorId, now]);
    if (!held) return;
    const startsAt = held.starts_at === null ? null : new Date(held.starts_at);
    const next = nextRunOf({ cron: held.cron, timeZone: held.time_zone, startsAt }, now);
    await (next ? tx.query(setNext, [connectorId, next]) : tx.query(forget, [connectorId]));
    if (held.file_id !== null) await this.runs.queue(tx, connectorId, held.file_id, false);
  }
}
