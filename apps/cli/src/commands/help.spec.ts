import { describe, expect, it } from 'vitest';
import { helpText } from './help.js';

const run = () => Promise.resolve();

describe('the help', () => {
  it('tells every command with its arguments and what it does', () => {
    const text = helpText({
      migrate: { usage: '[--grant-to <role>]', summary: 'First line.\nSecond line.', run },
      help: { usage: '', summary: 'Print this.', run },
    });
    expect(text.split('\n')).toEqual([
      'npm run ostiary -- <command>',
      '',
      '  migrate [--grant-to <role>]',
      '      First line.',
      '      Second line.',
      '  help',
      '      Print this.',
      '',
      'The settings are explained in .env.example.',
    ]);
  });
});
