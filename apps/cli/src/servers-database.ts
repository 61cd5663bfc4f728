import type { DatabaseConfiguration } from '@app/kernel';
import {
  type Database,
  findDatabase,
  type OrmOptions,
  type PreparedDatabase,
  requestTimeouts,
  startFailureFrom,
  withDatabase,
  workerTimeouts,
} from '@app/persistence';
import { migrations } from '../../../database/migrations/index.js';
import { CommandError } from './command.js';

interface Work {
  /** As the database server shows who is connected. */
  readonly command: string;
  readonly entities: OrmOptions['entities'];
  /** As the role that owns the tables, without the haste of a request. With DATABASE_URL, that names it. */
  readonly asOwner?: boolean;
}

/** Work on the database of a server that was started before: none is made, and none is migrated. */
export async function onServersDatabase<T>(
  configuration: DatabaseConfiguration,
  { command, entities, asOwner = false }: Work,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const found = await findDatabase(configuration);
  const timeouts = asOwner ? workerTimeouts : requestTimeouts;
  const options = { url: urlFor(found, asOwner), entities, migrations, poolSize: 2, timeouts };
  try {
    return await withDatabase({ ...options, applicationName: `ostiary ${command}` }, async (database) => {
      await requireMigrated(database);
      return work(database);
    });
  } catch (error) {
    throw startFailureFrom(error);
  } finally {
    await found.stop();
  }
}

function urlFor({ serverUrl, ownerUrl = serverUrl }: PreparedDatabase, asOwner: boolean): string {
  return asOwner ? ownerUrl : serverUrl;
}

async function requireMigrated(database: Database): Promise<void> {
  const pending = await database.pendingMigrations();
  if (pending.length > 0)
    throw new CommandError('The database is not up to date: run "npm run ostiary -- migrate" first.');
}
