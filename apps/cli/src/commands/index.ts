import type { Command } from '../command.js';
import { demo } from './demo.js';
import { helpOn } from './help.js';
import { migrate } from './migrate.js';
import { setPassword } from './set-password.js';

export const commands: Readonly<Record<string, Command>> = {
  demo,
  migrate,
  'set-password': setPassword,
  help: helpOn(() => commands),
};
