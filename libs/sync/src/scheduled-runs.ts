import { Injectable, Logger } from '@nestjs/common';
import { serverCaller } from '@app/access';
import { nextRunOf } from '@app/connectors';
import { Database, statement, systemStatement, type Transaction } from '@app/persistence';
import { RunQueue } from './run-queue.js';

interface DueConnector {
  readonly organization_id: string;
  readonly connector_id: string;
}

interface HeldSchedule {
  readonly cron: string;
  readonly time_zone: string;
  readonly starts_at: string | null;
}

const dayMs = 86_400_000;

/** Nothing of an organization that is suspended: what was missed meanwhile is read once, as ever. */
const due = systemStatement<DueConnector>(
  undefined,
  `select s.organization_id, s.connector_id from schedule s
     join organization g on g.id = s.organization_id and g.account_type <> 'DISABLED'
    where s.next_run_at <= $1 order by s.next_run_at limit 1000`,
);
/** Another worker may be at it, or somebody has just changed it. */
const holdDue = statement<HeldSchedule>(
  undefined,
  `select cron, time_zone, starts_at from schedule
    where organization_id = $1 and connector_id = $2 and next_run_at <= $3 for update`,
);
const setNext = statement<never>(
  undefined,
  `update schedule set next_run_at = $3 where organization_id = $1 and connector_id = $2`,
);
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
        this.logger.error({ err: error, connectorId: connector_id }, 'a scheduled run did not start');
      }
    }
  }

  /** One that is paused, being read, held back or without a file waits for its next time. */
  private async startOne(tx: Transaction, connectorId: string, now: Date): Promise<void> {
    // Before its schedule, as whoever changes that does.
    await this.runs.hold(tx, connectorId);
    const [held] = await tx.query(holdDue, [connectorId, now]);
    if (!held) return;
    const startsAt = held.starts_at === null ? null : new Date(held.starts_at);
    const next = nextRunOf({ cron: held.cron, timeZone: held.time_zone, startsAt }, now);
    if (!next) {
      // A time zone that this worker's runtime lacks: another may know it, so it is asked again tomorrow.
      this.logger.error({ connectorId }, `no time follows from the schedule ${held.cron} in ${held.time_zone}`);
    }
    await tx.query(setNext, [connectorId, next ?? new Date(now.getTime() + dayMs)]);
    if (next) await this.runs.queueUnasked(tx, connectorId);
  }
}
