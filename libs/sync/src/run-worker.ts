import { Injectable, Logger, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import { JobQueue } from '@app/jobs';
import { newId } from '@app/kernel';
import { Database } from '@app/persistence';
import { runQueued } from './jobs.js';
import { LeasedRun } from './leased-run.js';
import { RunExecutor } from './run-executor.js';
import { RunQueue } from './run-queue.js';

const heartbeatMs = 10_000;
const lookMs = 5_000;

/** Takes runs one after another. The queue only wakes it; it also looks by itself, for runs whose worker died. */
@Injectable()
export class RunWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RunWorker.name);
  private readonly holder = newId();
  private working: Promise<void> | undefined;
  private current: LeasedRun | undefined;
  private again = false;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly executor: RunExecutor,
    private readonly runs: RunQueue,
    queue: JobQueue,
  ) {
    queue.handle(runQueued, async () => this.wake());
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.wake(), lookMs);
    this.wake();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    this.current?.abandon();
    await this.working;
  }

  /** Resolves when no run is left to take. */
  async idle(): Promise<void> {
    while (this.working) await this.working;
  }

  wake(): void {
    this.again = true;
    this.working ??= this.workOff().finally(() => {
      this.working = undefined;
    });
  }

  private async workOff(): Promise<void> {
    while (this.again && !this.stopped) {
      this.again = false;
      try {
        for (let run = await this.next(); run; run = await this.next()) await this.executing(run);
      } catch (error) {
        this.logger.error({ err: error }, 'looking for runs failed');
        return;
      }
    }
  }

  private async next(): Promise<LeasedRun | undefined> {
    return this.stopped ? undefined : LeasedRun.claim(this.database, this.holder);
  }

  private async executing(run: LeasedRun): Promise<void> {
    this.current = run;
    const beat = setInterval(() => void run.heartbeat().catch(() => undefined), heartbeatMs);
    try {
      await this.executor.execute(run);
      await this.runs.followRules(run);
    } finally {
      clearInterval(beat);
      this.current = undefined;
    }
  }
}
