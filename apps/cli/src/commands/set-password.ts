import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { User } from '@app/directory';
import { readDatabaseConfiguration, readPasswordConfiguration } from '@app/kernel';
import { type Command, CommandError } from '../command.js';
import { PasswordReset } from '../passwords/password-reset.js';
import { onServersDatabase } from '../servers-database.js';

export const setPassword: Command = {
  usage: '<user name or e-mail> [--organization <slug>]',
  summary:
    'Give a user a new password and end their sessions. It is read from standard input; from a terminal, or when\n' +
    'there is nothing to read, a random one is made and printed once. Without --organization: the first one.',
  run: async (args) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { organization: { type: 'string' } },
    });
    const [userName, ...more] = positionals;
    if (userName === undefined || more.length > 0)
      throw new CommandError('Name one user: npm run ostiary -- set-password <user>.');

    const work = { command: 'set-password', entities: [User] };
    await onServersDatabase(readDatabaseConfiguration(process.env), work, async (database) => {
      const given = await passwordFromInput();
      const password = given ?? randomBytes(18).toString('base64url');
      const reset = new PasswordReset(database, readPasswordConfiguration(process.env));
      const name = await reset.apply({ userName, password, organization: values.organization });
      console.log(`${name} has a new password, and every session of theirs has ended.`);
      if (given === undefined) console.log(`The password is ${password} (shown only now).`);
    });
  },
};

/** The first line of standard input; undefined from a terminal or when there is none. */
async function passwordFromInput(): Promise<string | undefined> {
  if (process.stdin.isTTY) return undefined;

  const [line = ''] = (await text(process.stdin)).split(/\r?\n/);
  return line === '' ? undefined : line;
}
