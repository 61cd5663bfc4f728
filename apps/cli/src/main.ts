import 'reflect-metadata';
import { ConfigurationError } from '@app/kernel';
import { DatabaseUnavailableError } from '@app/persistence';
import { SecretKeyError } from '@app/secrets';
import { CommandError } from './command.js';
import { commands } from './commands/index.js';

const helpWords = ['help', '--help', '-h'];

try {
  const [word = 'help', ...args] = process.argv.slice(2);
  const name = helpWords.includes(word) ? 'help' : word;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    process.stderr.write(`There is no command ${JSON.stringify(name)}.\n\n`);
    await commands['help']?.run([]);
    process.exit(1);
  }
  await command.run(args);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${sentenceFor(error)}\n`);
  process.exit(1);
}

function sentenceFor(error: unknown): string {
  const { message, stack, code } = error as NodeJS.ErrnoException;
  const understood = [CommandError, ConfigurationError, DatabaseUnavailableError, SecretKeyError].some(
    (kind) => error instanceof kind,
  );
  if (understood) return message;
  if (code?.startsWith('ERR_PARSE_ARGS_'))
    return `${message}\n"npm run ostiary -- help" tells the commands and their arguments.`;
  return stack ?? String(error);
}
