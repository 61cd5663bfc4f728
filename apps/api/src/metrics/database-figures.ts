import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { JobQueue, type QueueDepth } from '@app/jobs';
import { Database, systemStatement } from '@app/persistence';
import { type RunFigures, RunTotals } from '@app/sync';

const reason = 'metrics are about the whole server';
const keptMs = 5_000;
const waitMs = 2_000;
const givenUpMs = 30_000;

const workersSeen = systemStatement<{ workers: number }>(
  'metrics.workers',
  `select count(*)::int as workers from worker where seen_at > now() - interval '30 seconds'`,
);

export interface DatabaseFigures {
  readonly workers: number;
  readonly queues: readonly QueueDepth[];
  readonly runs: RunFigures;
}

/** What only the database knows, the same for every process. Asked once in five seconds, however often it is scraped. */
@Injectable()
export class DatabaseFiguresReader {
  private readonly logger = new Logger('metrics');
  private asked: Promise<DatabaseFigures | undefined> | undefined;
  private askAgainAt = 0;

  constructor(
    private readonly database: Database,
    private readonly queue: JobQueue,
    private readonly runs: RunTotals,
  ) {}

  /** Undefined when the database does not answer in time. A question that hangs is not asked again at every scrape. */
  async latest(): Promise<DatabaseFigures | undefined> {
    if (!this.asked || performance.now() >= this.askAgainAt) this.asked = this.ask();
    return Promise.race([this.asked, sleep(waitMs, undefined, { ref: false })]);
  }

  private async ask(): Promise<DatabaseFigures | undefined> {
    this.askAgainAt = performance.now() + givenUpMs;
    try {
      const [workers, queues, runs] = await Promise.all([this.workers(), this.queue.depth(), this.runs.figures()]);
      return { workers, queues, runs };
    } catch (error) {
      this.logger.warn(`the database does not tell its figures: ${(error as Error).message}`);
      return undefined;
    } finally {
      this.askAgainAt = performance.now() + keptMs;
    }
  }

  private async workers(): Promise<number> {
    const [row] = await this.database.asSystem(reason, (system) => system.query(workersSeen));
    return row?.workers ?? 0;
  }
}
