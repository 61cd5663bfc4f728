import { resolve } from 'node:path';
import { DatabaseUnavailableError } from './embedded/database-unavailable-error.js';
import { hasEmbeddedDatabase, startEmbeddedPostgres } from './embedded/embedded-postgres.js';
import { probeDatabase } from './embedded/probe-database.js';

export interface PreparedDatabase {
  /** For the server: rows only. */
  readonly serverUrl: string;
  /** For migrations; only of the embedded database, elsewhere an operator migrates. */
  readonly ownerUrl: string | undefined;
  stop(): Promise<void>;
}

export interface DatabaseChoice {
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  readonly databaseOsUser: string | undefined;
}

/** The PostgreSQL of DATABASE_URL, or one of our own under the data directory. Rejects with DatabaseUnavailableError. */
export async function prepareDatabase(choice: DatabaseChoice): Promise<PreparedDatabase> {
  if (choice.databaseUrl !== undefined) {
    await probeDatabase(choice.databaseUrl);
    return { serverUrl: choice.databaseUrl, ownerUrl: undefined, stop: async () => undefined };
  }
  const { dataDir: dir, databaseOsUser: osUser } = choice;
  const embedded = await startEmbeddedPostgres(osUser === undefined ? { dir } : { dir, osUser });
  return { serverUrl: embedded.serverUrl, ownerUrl: embedded.ownerUrl, stop: () => embedded.stop() };
}

/** The same of a server that was started before. Where there is none, nothing is made. */
export async function findDatabase(choice: DatabaseChoice): Promise<PreparedDatabase> {
  if (choice.databaseUrl === undefined && !hasEmbeddedDatabase(choice.dataDir)) {
    throw new DatabaseUnavailableError(
      `There is no database in ${resolve(choice.dataDir)}: set OSTIARY_DATA_DIR or DATABASE_URL as the server has it, or start the server first.`,
    );
  }
  return prepareDatabase(choice);
}

/** Name of the role a connection URL signs in as. */
export function serverRoleOf(url: string): string {
  return decodeURIComponent(new URL(url).username);
}
