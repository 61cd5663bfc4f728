import type { DatabaseConfiguration } from '@app/kernel';
import {
  type Database,
  findDatabase,
  type OrmOptions,
  requestTimeouts,
  startFailureFrom,
  withDatabase,
} from '@app/persistence';
import { migrations } from '../../../database/migrations/index.js';
import { CommandError } from './command.js';

interface Work {
  /** As the database server shows who is connected. */
  readonly command: string;
  readonly entities: OrmOptions['entities'];
}

/** Work on the database of a server that was started before: none is made, and none is migrated. */
export async function onServersDatabase<T>(
  configuration: DatabaseConfiguration,
  { command, entities }: Work,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const found = await findDatabase(configuration);
  const options = { url: found.serverUrl, entities, migrations, poolSize: 2, timeouts: requestTimeouts };
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

async function requireMigrated(database: Database): Promise<void> {
  const pending = await database.pendingMigrations();
  if (pending.length > 0)
    throw new CommandError('The database is not up to date: run "npm run ostiary -- migrate" first.');
}
