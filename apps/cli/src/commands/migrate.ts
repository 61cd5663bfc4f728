import { parseArgs } from 'node:util';
import { readDatabaseConfiguration } from '@app/kernel';
import { migrate as applyMigrations, postgresErrorIn, prepareDatabase, serverRoleOf } from '@app/persistence';
import { migrations } from '../../../../database/migrations/index.js';
import { type Command, CommandError } from '../command.js';

interface Target {
  /** Of the role that owns the tables. */
  readonly ownerUrl: string;
  /** Whom the server signs in as. */
  readonly serverRole: string;
}

export const migrate: Command = {
  usage: '[--grant-to <server role>]',
  summary:
    'Bring the database up to date. With DATABASE_URL: sign in there as the role that owns the tables, and name the\n' +
    'role the server signs in as with --grant-to. The embedded database needs neither.',
  run: async (args) => {
    const { values } = parseArgs({ args: [...args], options: { 'grant-to': { type: 'string' } } });
    const configuration = readDatabaseConfiguration(process.env);
    const grantTo = values['grant-to'];
    const { databaseUrl } = configuration;
    if (databaseUrl !== undefined) requireOtherRole(databaseUrl, grantTo);

    const database = await prepareDatabase(configuration);
    try {
      const { serverUrl, ownerUrl = serverUrl } = database;
      const applied = await bringUp({ ownerUrl, serverRole: grantTo ?? serverRoleOf(serverUrl) });
      for (const name of applied) console.log(`applied ${name}`);
      console.log(
        applied.length === 0
          ? 'The database was up to date.'
          : `The database is up to date: ${applied.length} applied.`,
      );
    } finally {
      await database.stop();
    }
  },
};

/** The server must not own its tables, or it could switch off the triggers that keep the audit trail. */
function requireOtherRole(ownerUrl: string, grantTo: string | undefined): void {
  if (grantTo === undefined) {
    throw new CommandError(
      'Name the role the server signs in as: npm run ostiary -- migrate --grant-to <server role>.',
    );
  }
  if (grantTo === serverRoleOf(ownerUrl)) {
    throw new CommandError(
      `The server needs a role of its own: --grant-to must not name "${grantTo}", which owns the tables.`,
    );
  }
}

async function bringUp({ ownerUrl, serverRole }: Target): Promise<string[]> {
  try {
    return await applyMigrations(ownerUrl, migrations, serverRole);
  } catch (error) {
    throw refusalOf(error, serverRole) ?? error;
  }
}

function refusalOf(error: unknown, serverRole: string): CommandError | undefined {
  switch (postgresErrorIn(error)?.code) {
    case '42704':
      return new CommandError(`The database server knows no role "${serverRole}": create it, then run this again.`);
    case '42501':
      return new CommandError(
        'The role of DATABASE_URL may not change these tables: sign in as the role that owns them and the database.',
      );
    case '55P03':
      return new CommandError(
        'A table was in use for too long: nothing of this migration was kept, try again in a quieter moment.',
      );
    default:
      return undefined;
  }
}
