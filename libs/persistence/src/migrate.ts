import { MikroORM } from '@mikro-orm/postgresql';
import { Client } from 'pg';
import { type MigrationEntry, ormOptions } from './orm-options.js';

/**
 * Brings the schema up to date, as the role that owns the tables, and lends the server's role what it needs: rows of
 * every table, but of the audit trail only reading and adding.
 * @returns names of the migrations applied
 */
export async function migrate(
  ownerUrl: string,
  migrations: readonly MigrationEntry[],
  serverRole: string,
): Promise<string[]> {
  const applied = await migrating(ownerUrl, migrations, (orm) => orm.migrator.up());
  await grant(ownerUrl, serverRole);
  return applied.map(({ name }) => name);
}

/** Undoes all migrations: for tests of the way back. */
export async function revertAll(ownerUrl: string, migrations: readonly MigrationEntry[]): Promise<void> {
  await migrating(ownerUrl, migrations, (orm) => orm.migrator.down({ to: 0 }));
}

async function migrating<T>(
  url: string,
  migrations: readonly MigrationEntry[],
  work: (orm: MikroORM) => Promise<T>,
): Promise<T> {
  const timeouts = { statementMs: 0, lockMs: 10_000 };
  const options = { url, entities: [], migrations, poolSize: 2, timeouts, applicationName: 'ostiary migrate' };
  const orm = await MikroORM.init({ ...ormOptions(options), discovery: { warnWhenNoEntities: false } });
  try {
    return await work(orm);
  } finally {
    await orm.close(true);
  }
}

async function grant(ownerUrl: string, serverRole: string): Promise<void> {
  const client = new Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const role = client.escapeIdentifier(serverRole);
    await client.query(`
      grant usage on schema public to ${role};
      grant select, insert, update, delete on all tables in schema public to ${role};
      grant usage, select on all sequences in schema public to ${role};
      grant execute on all functions in schema public to ${role};
      revoke insert, update, delete on schema_migration from ${role};
      grant usage, create on schema pgboss to ${role};
      do $$ declare part regclass; begin
        for part in select 'audit_event'::regclass union all select inhrelid::regclass from pg_inherits
          where inhparent = 'audit_event'::regclass loop
          execute format('revoke update, delete, truncate on %s from %I', part, ${client.escapeLiteral(serverRole)});
        end loop;
      end $$`);
  } finally {
    await client.end();
  }
}
