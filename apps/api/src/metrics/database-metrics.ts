import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import { Database } from '@app/persistence';
import { type DatabaseFigures, DatabaseFiguresReader } from './database-figures.js';

/** The pool of this process, and what the database says. When it says nothing there are no numbers: old ones would lie. */
@Injectable()
export class DatabaseMetrics {
  readonly registry = new Registry();

  private readonly connections = this.gauge(
    'ostiary_database_pool_connections',
    'Connections of this process to the database, by what they do.',
    'state',
  );
  private readonly most = this.gauge(
    'ostiary_database_pool_connections_max',
    'Connections this process opens at most.',
  );
  private readonly waiting = this.gauge(
    'ostiary_database_pool_waiting',
    'Work of this process that waits for a connection.',
  );
  private readonly up = this.gauge('ostiary_database_up', 'Whether the database answered this scrape.');
  private readonly workers = this.gauge('ostiary_workers', 'Workers seen within 30 seconds.');
  private readonly jobs = this.gauge(
    'ostiary_jobs',
    'Jobs by queue: waiting (retries too) or active.',
    'queue',
    'state',
  );
  private readonly runs = this.gauge('ostiary_runs', 'Runs that have not ended, by state.', 'state');
  private readonly speed = this.gauge(
    'ostiary_run_rows_per_second',
    'Rows read in a second: by the runs going now together, and by the run that succeeded last.',
    'runs',
  );
  private readonly ended = this.counter('ostiary_runs_total', 'Runs that have ended, by outcome.', 'outcome');
  private readonly rows = this.counter(
    'ostiary_run_rows_total',
    'Rows of runs that have ended, by what became of them.',
    'outcome',
    'rows',
  );

  constructor(
    private readonly database: Database,
    private readonly figures: DatabaseFiguresReader,
  ) {}

  async collect(): Promise<void> {
    const figures = await this.figures.latest();
    this.showPool();
    this.up.set(figures ? 1 : 0);
    for (const metric of [this.jobs, this.runs, this.speed, this.ended, this.rows]) metric.reset();
    if (figures) this.show(figures);
    else this.workers.remove();
  }

  private showPool(): void {
    const { open, idle, waiting, most } = this.database.poolFigures();
    this.connections.set({ state: 'idle' }, idle);
    this.connections.set({ state: 'busy' }, open - idle);
    this.most.set(most);
    this.waiting.set(waiting);
  }

  private show({ workers, queues, runs }: DatabaseFigures): void {
    this.workers.set(workers);
    for (const { queue, waiting, active } of queues) {
      this.jobs.set({ queue, state: 'waiting' }, waiting);
      this.jobs.set({ queue, state: 'active' }, active);
    }
    for (const [state, count] of Object.entries(runs.unfinished)) this.runs.set({ state }, count);
    for (const [which, speed] of Object.entries(runs.rowsPerSecond)) this.speed.set({ runs: which }, speed);
    for (const { outcome, runs: count, ...rows } of runs.finished) {
      this.ended.inc({ outcome }, count);
      for (const [what, amount] of Object.entries(rows)) this.rows.inc({ outcome, rows: what }, amount);
    }
  }

  private gauge<Label extends string>(name: string, help: string, ...labelNames: Label[]): Gauge<Label> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  /** Counted in the database, in full: set, not added to. */
  private counter<Label extends string>(name: string, help: string, ...labelNames: Label[]): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }
}
