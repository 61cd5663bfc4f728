import type { Command } from '../command.js';
import { demo } from './demo.js';
import { helpOn } from './help.js';
import { migrate } from './migrate.js';
import { purge } from './purge.js';
import { rotateSigningKey } from './rotate-signing-key.js';
import { setPassword } from './set-password.js';

export const commands: Readonly<Record<string, Command>> = {
  demo,
  migrate,
  'set-password': setPassword,
  'rotate-signing-key': rotateSigningKey,
  purge,
  help: helpOn(() => commands),
};
