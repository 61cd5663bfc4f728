import { parseArgs } from 'node:util';
import { SigningKeys } from '@app/auth';
import { PolicyError, readConfiguration, secondsOf } from '@app/kernel';
import { existingSecretKey, SecretBox } from '@app/secrets';
import { type Command, CommandError } from '../command.js';
import { onServersDatabase } from '../servers-database.js';

export const rotateSigningKey: Command = {
  usage: '[--overlap <duration> | --now]',
  summary:
    'Sign tokens with a new key. It is published at once and signs after the overlap (5m); the old ones verify until\n' +
    'their last token has run out. --now, for a key that leaked: every access token so far is worth nothing.',
  run: async (args) => {
    const { values } = parseArgs({
      args: [...args],
      options: { overlap: { type: 'string' }, now: { type: 'boolean', default: false } },
    });
    if (values.now && values.overlap !== undefined)
      throw new CommandError('--now leaves no overlap: name one or the other.');
    const overlap = values.overlap ?? '5m';
    const overlapSeconds = overlapIn(overlap);
    const configuration = readConfiguration(process.env);
    const work = { command: 'rotate-signing-key', entities: [] };
    const kid = await onServersDatabase(configuration, work, async (database) => {
      const serverKey = await existingSecretKey(configuration.secretKey, configuration.dataDir);
      const keys = new SigningKeys(database, new SecretBox(serverKey));
      if ((await keys.published()).length === 0)
        throw new CommandError('There is no signing key yet: the first start of the server makes one.');
      return keys.rotate('ostiary rotate-signing-key', overlapSeconds, values.now ? 'at once' : 'run out');
    });
    console.log(
      values.now
        ? `The key ${kid} signs from now on, and no older one is believed.`
        : `The key ${kid} signs in ${overlap}; older ones are believed until their tokens run out.`,
    );
  },
};

/** Shorter than the minute for which others may keep what we published, a new key could meet somebody who has not heard of it. */
function overlapIn(text: string): number {
  try {
    const seconds = secondsOf(text);
    if (seconds >= 60) return seconds;
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
  }
  throw new CommandError('--overlap must be a duration of a minute or more, such as 5m or 1h.');
}
