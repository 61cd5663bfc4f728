import { isStorable } from '@app/kernel';
import { CommandError } from '../command.js';

const shortest = 15;
const longest = 256;

/** NIST SP 800-63B: length is what counts where a password is all there is. */
export function requireAcceptable(password: string): void {
  const length = Array.from(password).length;
  if (length < shortest || length > longest) {
    throw new CommandError(`A password needs ${shortest} to ${longest} characters; this one has ${length}.`);
  }
  if (!isStorable(password)) throw new CommandError('The password holds a character that cannot be stored.');
}
