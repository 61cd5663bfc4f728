import { MikroORM } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import type { Pool, PoolClient, QueryResult } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { pipeline } from 'node:stream/promises';
import type { Caller } from '@app/access';
import { Announcements } from './announcements.js';
import { domainErrorFrom, isRetryable } from './database-errors.js';
import { type CompletePiece, streamLimits, StreamSlots, streamSnapshot } from './snapshot-stream.js';
import { PreparedStatements } from './prepared-query.js';
import { type Statement, type SystemStatement, systemStatement } from './statement.js';
import { tenantFilter } from './tenant-locks.js';
import { Transaction } from './transaction.js';

const attempts = 4;

// The migrator itself would make its table when it looks, which the server's role may not.
const migrationTable = systemStatement<{ exists: boolean }>(
  undefined,
  `select to_regclass('public.schema_migration') is not null as exists`,
);
const appliedMigrations = systemStatement<{ name: string }>(undefined, `select name from schema_migration`);

/** Work that belongs to no tenant, or to all: named with its reason, and its callers are listed in one test. */
export interface SystemScope {
  query<Row>(statement: SystemStatement<Row>, values?: readonly unknown[]): Promise<Row[]>;
  execute(statement: SystemStatement<never>, values?: readonly unknown[]): Promise<number>;
  /** COPY ... FROM STDIN; `rows` yields text in COPY's own format. */
  copyIn(statement: SystemStatement<never>, rows: AsyncIterable<string>): Promise<void>;
  /** Text that another library brings along, for its own tables (the job queue). */
  run(text: string, values: readonly unknown[]): Promise<{ rows: unknown[] }>;
}

/** The connections of this process at this moment. */
export interface PoolFigures {
  readonly open: number;
  readonly idle: number;
  readonly most: number;
  /** Work that waits for one. */
  readonly waiting: number;
}

/** The door to PostgreSQL. Reads are statements in a caller's organization; writes happen in `inTransaction`. */
@Injectable()
export class Database {
  private pool: Pool | undefined;
  private readonly streams = new StreamSlots();
  private readonly prepared = new PreparedStatements();

  constructor(
    private readonly orm: MikroORM,
    readonly announcements: Announcements,
  ) {}

  async query<Row>(caller: Pick<Caller, 'organizationId'>, statement: Statement<Row>, values: readonly unknown[] = []) {
    return this.send<Row>(statement, [caller.organizationId, ...values]);
  }

  /** An answer too long for memory, in pieces and all of one moment. Whoever stops reading loses it: see `streamLimits`. */
  async *stream<Row>(
    caller: Pick<Caller, 'organizationId'>,
    statement: Statement<Row>,
    values: readonly unknown[] = [],
    limits = streamLimits,
  ): AsyncGenerator<Row[]> {
    yield* this.streamWhole<Row, Row>(caller, statement, values, async (rows) => [...rows], limits);
  }

  /** Likewise, with what further statements tell of each piece. */
  async *streamWhole<Row, Whole>(
    { organizationId }: Pick<Caller, 'organizationId'>,
    { text }: Statement<Row>,
    values: readonly unknown[],
    complete: CompletePiece<Row, Whole>,
    limits = streamLimits,
  ): AsyncGenerator<Whole[]> {
    const lease = await this.leased();
    yield* streamSnapshot(lease, { organizationId, text, values }, complete, limits);
  }

  /** Runs `work` in one transaction; what it announced is delivered before commit. Begins again on a deadlock. */
  async inTransaction<T>(caller: Caller, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return againOnDeadlock(async () => this.attempt(caller, work));
  }

  /** A write that is a transaction by itself, for one journey instead of three. Nothing can be announced in it. */
  async inOneStatement<Row>(
    { organizationId }: Pick<Caller, 'organizationId'>,
    statement: Statement<Row>,
    values: readonly unknown[],
  ): Promise<Row[]> {
    return againOnDeadlock(async () => this.send<Row>(statement, [organizationId, ...values]));
  }

  /** The only way around the tenant. `reason` says why, for the reader and for the test that lists every caller. */
  async asSystem<T>(reason: string, work: (system: SystemScope) => Promise<T>): Promise<T> {
    if (reason.length === 0) throw new Error('work as the system needs a reason');
    return work({
      query: (statement, values = []) => this.send(statement, values),
      execute: async (statement, values = []) => (await this.run(statement.text, values)).rowCount ?? 0,
      copyIn: (statement, rows) => this.copyIn(statement.text, rows),
      run: (text, values) => this.run(text, values),
    });
  }

  /** Names of migrations this program knows and the database lacks. */
  async pendingMigrations(): Promise<string[]> {
    const known = (this.orm.config.get('migrations').migrationsList ?? []) as readonly { readonly name: string }[];
    const reason = 'the schema belongs to the server';
    const applied = await this.asSystem(reason, async (system) => {
      const [found] = await system.query(migrationTable);
      return found?.exists ? system.query(appliedMigrations) : [];
    });
    return known.map(({ name }) => name).filter((name) => !applied.some((row) => row.name === name));
  }

  poolFigures(): PoolFigures {
    const { pool } = this;
    const most = pool?.options.max ?? this.orm.config.get('pool').max ?? 0;
    return { open: pool?.totalCount ?? 0, idle: pool?.idleCount ?? 0, most, waiting: pool?.waitingCount ?? 0 };
  }

  private async attempt<T>(caller: Caller, work: (tx: Transaction) => Promise<T>): Promise<T> {
    // From the ORM itself, not from a transaction that happens to be under way around this call.
    const em = this.orm.em.fork({ clear: true, disableContextResolution: true });
    em.setFilterParams(tenantFilter, { id: caller.organizationId });
    let finished: Transaction | undefined;
    const result = await em.transactional(async (inner) => {
      const tx = new Transaction(inner, caller);
      const value = await work(tx);
      await inner.flush();
      await this.announcements.deliver(tx, tx.announced);
      await tx.finish();
      finished = tx;
      return value;
    });
    for (const hook of finished?.afterCommit ?? []) hook();
    return result;
  }

  private async send<Row>(
    statement: Statement<Row> | SystemStatement<Row>,
    values: readonly unknown[],
  ): Promise<Row[]> {
    const { name, text } = statement;
    const { rows } = await this.run(text, values, name);
    return rows as Row[];
  }

  /** Only a named statement is prepared and kept by the connection. */
  private async run(text: string, values: readonly unknown[], name?: string): Promise<QueryResult> {
    try {
      const pool = await this.connection();
      if (name !== undefined) return await this.prepared.run(pool, name, text, values);
      return await pool.query({ text, values: [...values] });
    } catch (error) {
      throw domainErrorFrom(error);
    }
  }

  private async copyIn(text: string, rows: AsyncIterable<string>): Promise<void> {
    const client = await this.client();
    let failure: Error | undefined;
    try {
      await pipeline(rows, client.query(copyFrom(text)));
    } catch (error) {
      failure = error as Error;
      throw domainErrorFrom(error);
    } finally {
      client.release(failure);
    }
  }

  private async leased() {
    try {
      return await this.streams.lease(await this.connection());
    } catch (error) {
      throw domainErrorFrom(error);
    }
  }

  private async client(): Promise<PoolClient> {
    try {
      return await (await this.connection()).connect();
    } catch (error) {
      throw domainErrorFrom(error);
    }
  }

  private async connection(): Promise<Pool> {
    this.pool ??= await this.orm.em.getConnection().getNativeClient();
    return this.pool;
  }
}

async function againOnDeadlock<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt < attempts && isRetryable(error)) continue;
      throw domainErrorFrom(error);
    }
  }
}
