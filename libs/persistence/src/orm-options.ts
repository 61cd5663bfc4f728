import { defineConfig, type EntityClass } from '@mikro-orm/postgresql';
import { Migrator } from '@mikro-orm/migrations';
import type { Pool } from 'pg';
import { setColumnTypes } from './column-types.js';
import { giveBackLostConnections } from './lost-connections.js';
import { tenantFilterDefinition, TenantSubscriber } from './tenant-locks.js';

export interface DatabaseTimeouts {
  /** A request is stopped for its cost after this; work of a run may take long. 0 = no limit. */
  readonly statementMs: number;
  readonly lockMs: number;
}

export const requestTimeouts: DatabaseTimeouts = { statementMs: 5_000, lockMs: 3_000 };
export const workerTimeouts: DatabaseTimeouts = { statementMs: 600_000, lockMs: 60_000 };

export interface MigrationEntry {
  readonly name: string;
  readonly class: new (...args: never[]) => object;
}

/** Opening one anew costs as much as hundreds of requests: a slow hash on both sides, and a plan for every statement. */
const idleConnectionMs = 300_000;

export interface OrmOptions {
  readonly url: string;
  readonly entities: readonly EntityClass[];
  readonly migrations: readonly MigrationEntry[];
  readonly poolSize: number;
  readonly timeouts: DatabaseTimeouts;
  readonly applicationName: string;
}

/** One place for how this project talks to PostgreSQL: timeouts on every connection, UTC, the tenant locks. */
export function ormOptions(options: OrmOptions) {
  return defineConfig({
    clientUrl: options.url,
    entities: [...options.entities],
    // Some commands need the statement door only.
    discovery: { warnWhenNoEntities: false },
    extensions: [Migrator],
    subscribers: [new TenantSubscriber()],
    filters: { [tenantFilterDefinition.name]: tenantFilterDefinition },
    autoJoinRefsForFilters: false,
    pool: { min: 0, max: options.poolSize, idleTimeoutMillis: idleConnectionMs },
    driverOptions: {
      application_name: options.applicationName,
      connectionTimeoutMillis: 10_000,
      statement_timeout: options.timeouts.statementMs,
      lock_timeout: options.timeouts.lockMs,
      idle_in_transaction_session_timeout: 120_000,
      options: '-c timezone=UTC -c jit=off',
      onPoolCreated: (pool: Pool) => {
        pool.on('connect', setColumnTypes);
        giveBackLostConnections(pool);
      },
    },
    migrations: {
      migrationsList: [...options.migrations] as never,
      snapshot: false,
      transactional: true,
      allOrNothing: true,
      tableName: 'schema_migration',
    },
    schemaGenerator: { skipTables: [/.*/] },
    debug: false,
    logger: () => undefined,
  });
}
