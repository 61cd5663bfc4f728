import { parseArgs } from 'node:util';
import { readDatabaseConfiguration } from '@app/kernel';
import { type Command, CommandError } from '../command.js';
import { PersonPurge, type Purged } from '../purge/person-purge.js';
import { onServersDatabase } from '../servers-database.js';

export const purge: Command = {
  usage: '<id of a user or an owner> [--organization <slug>]',
  summary:
    'Erase a person for good, names and values in the audit trail included. A user is deleted before. With\n' +
    'DATABASE_URL: sign in there as the role that owns the tables. Without --organization: the first one.',
  run: async (args) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { organization: { type: 'string' } },
    });
    const [id, ...more] = positionals;
    if (id === undefined || more.length > 0) throw new CommandError('Name one id: npm run ostiary -- purge <id>.');

    const work = { command: 'purge', entities: [], asOwner: true };
    await onServersDatabase(readDatabaseConfiguration(process.env), work, async (database) => {
      const purged = await new PersonPurge(database).apply({ id, organization: values.organization });
      for (const line of linesOf(id, purged)) console.log(line);
    });
  },
};

function linesOf(id: string, { type, counts, events, other }: Purged): string[] {
  const lines = Object.entries(counts).filter(([, count]) => count > 0);
  const again = lines.length === 0;
  return [
    again ? `The ${type} ${id} was purged before.` : `The ${type} ${id} is purged.`,
    ...lines.map(([what, count]) => `  ${what}: ${count}`),
    `  events about the ${type} without values: ${events.about}`,
    `  other events without the names: ${events.naming}`,
    `  events without the name of who acted: ${events.acted}`,
    ...(other === null ? [] : [`The ${type === 'user' ? 'owner' : 'user'} ${other} is the same person, and stays.`]),
    ...(type === 'owner' && !again
      ? ['Accounts and files hold what the connected systems say; a run may bring the person back while they do.']
      : []),
  ];
}
