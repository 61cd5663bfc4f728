import { createHash } from 'node:crypto';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import { PgBoss } from 'pg-boss';
import { newId } from '@app/kernel';
import { Database, systemStatement, type Transaction } from '@app/persistence';

/** A kind of job. Rows carry ids only; what users see of the work is kept in tables of its own. */
export interface Job<Data extends object> {
  readonly name: string;
  /** Five-field cron text, UTC: the job is also queued by the clock. */
  readonly cron?: string;
  /** How often one that failed is tried again, each time after a longer wait. Absent: three times. */
  readonly retries?: { readonly limit: number; readonly longestWaitSeconds: number };
  /** How many a worker does at the same time. Absent: one after another. */
  readonly concurrency?: number;
  /** Never set: it carries the type of the data. */
  readonly data?: Data;
}

export interface JobsOptions {
  /** `enqueue` in servers that only send; `work` in processes that run jobs too. */
  readonly mode: 'enqueue' | 'work';
  readonly jobs: readonly Job<object>[];
}

/** One of the tries a job is given. */
export interface JobAttempt {
  /** The same in each try. */
  readonly jobId: string;
  /** No other follows if this one fails. */
  readonly last: boolean;
}

/** What a job leaves to another: when that may begin. */
export interface Leaving {
  readonly jobId: string;
  readonly afterSeconds: number;
}

export interface QueueDepth {
  readonly queue: string;
  /** Not begun, or to be tried again. */
  readonly waiting: number;
  readonly active: number;
}

const depth = systemStatement<QueueDepth>(
  'jobs.depth',
  `select q.name as queue, coalesce(j.waiting, 0)::int as waiting, coalesce(j.active, 0)::int as active
     from pgboss.queue q
     left join (
       select name, count(*) filter (where state < 'active') as waiting, count(*) filter (where state = 'active') as active
         from pgboss.job where state < 'completed' group by name) j on j.name = q.name
    where not starts_with(q.name, '__pgboss') order by q.name`,
);

/** A letter takes as long as a mail server likes. Less than a server waits for its worker to stop. */
const graceMs = 10_000;

export const jobsOptions = Symbol('JobsOptions');

type Handler = (data: object, attempt: JobAttempt) => Promise<void>;

/** pg-boss on our own pool. Sending inside a transaction is the outbox: the job exists exactly if its cause does. */
@Injectable()
export class JobQueue implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(JobQueue.name);
  private readonly handlers = new Map<string, Handler>();
  private boss: PgBoss | undefined;

  constructor(
    private readonly database: Database,
    @Inject(jobsOptions) private readonly options: JobsOptions,
  ) {}

  handle<Data extends object>(job: Job<Data>, handler: (data: Data, attempt: JobAttempt) => Promise<void>): void {
    this.handlers.set(job.name, handler as Handler);
  }

  async enqueue<Data extends object>(tx: Transaction, job: Job<Data>, data: Data): Promise<void> {
    await tx.em.flush();
    await this.started().send(job.name, data, { db: within(tx) });
  }

  /** To go on later with what a job could not do yet: one job, however often that is done, for its id follows from the former's. */
  async leave<Data extends object>(tx: Transaction, job: Job<Data>, data: Data, to: Leaving): Promise<void> {
    await tx.em.flush();
    const next = { id: followingId(to.jobId), startAfter: to.afterSeconds };
    await this.started().send(job.name, data, { ...next, db: within(tx) });
  }

  /** Many jobs of a kind, by one statement. */
  async enqueueAll<Data extends object>(tx: Transaction, job: Job<Data>, all: readonly Data[]): Promise<void> {
    if (all.length === 0) return;
    await tx.em.flush();
    const sent = all.map((data) => ({ data }));
    await this.started().insert(job.name, sent, { db: within(tx) });
  }

  /** How much there is to do in each queue, of whatever organization. */
  async depth(): Promise<QueueDepth[]> {
    return this.database.asSystem('the depth of a queue is a question about the server', (system) =>
      system.query(depth),
    );
  }

  async onApplicationBootstrap(): Promise<void> {
    const works = this.options.mode === 'work';
    const boss = new PgBoss({
      db: {
        executeSql: (text, values) =>
          this.database.asSystem('the job queue keeps its own schema', (system) => system.run(text, values ?? [])),
      },
      schema: 'pgboss',
      createSchema: false,
      supervise: works,
      schedule: works,
      monitorVacuum: false,
      reindex: false,
    });
    boss.on('error', (error) => this.logger.warn(`job queue: ${error.message}`));
    await boss.start();
    for (const job of this.options.jobs) {
      await boss.createQueue(job.name, retriesOf(job));
      await knowQueue(boss, job.name);
    }
    this.boss = boss;
    if (works) await this.work(boss);
  }

  /** Before the pool is closed, which happens on shutdown proper. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.boss?.stop({ graceful: true, timeout: graceMs });
  }

  private async work(boss: PgBoss): Promise<void> {
    for (const job of this.options.jobs) {
      if (job.cron) await boss.schedule(job.name, job.cron);
      const { concurrency: localConcurrency = 1 } = job;
      await boss.work(
        job.name,
        { pollingIntervalSeconds: 0.5, includeMetadata: true, localConcurrency },
        async (jobs) => {
          for (const { id: jobId, data, retryCount, retryLimit } of jobs) {
            await this.handlers.get(job.name)?.(data as object, { jobId, last: retryCount >= retryLimit });
          }
        },
      );
    }
  }

  private started(): PgBoss {
    if (!this.boss) throw new Error('the job queue has not started');
    return this.boss;
  }
}

/**
 * The first job of a queue that is new would ask what the queue is, and on a connection of its own: a transaction that holds
 * what others wait for would wait for one of theirs.
 */
async function knowQueue(boss: PgBoss, name: string): Promise<void> {
  await boss.findJobs(name, { id: newId() });
}

function followingId(jobId: string): string {
  const hex = createHash('sha256').update(jobId).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

function within(tx: Transaction) {
  return {
    executeSql: async (text: string, values?: unknown[]) => ({ rows: (await tx.run(text, values ?? [])).rows }),
  };
}

function retriesOf({ retries }: Job<object>) {
  const backoff = { retryLimit: retries?.limit ?? 3, retryBackoff: true };
  return retries ? { ...backoff, retryDelayMax: retries.longestWaitSeconds } : backoff;
}
