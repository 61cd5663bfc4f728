import { describe, expect, it } from 'vitest';
import { CommandError } from '../command.js';
import { requireAcceptable } from './acceptable-password.js';

describe('a password set by command', () => {
  it('has 15 to 256 characters, however many bytes they take', () => {
    expect(() => requireAcceptable('abcdefghijklmno')).not.toThrow();
    expect(() => requireAcceptable('🔑'.repeat(256))).not.toThrow();
  });

  it.each(['abcdefghijklmn', '🔑'.repeat(14), 'a'.repeat(257), `abcdefghijklmnop${String.fromCodePoint(0)}`])(
    'is refused as %j, and not repeated',
    (password) => {
      expect(() => requireAcceptable(password)).toThrow(CommandError);
      expect(() => requireAcceptable(password)).not.toThrow(password);
    },
  );

  it('is never empty', () => {
    expect(() => requireAcceptable('')).toThrow(CommandError);
  });
});
