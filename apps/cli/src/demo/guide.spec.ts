import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { guide, openable, quoted } from './guide.js';

describe('the lines to paste', () => {
  it('survive a shell, whatever the password holds', () => {
    const password = `it's "quoted" $HOME \\ \`id\` %s ž`;
    const word = quoted(JSON.stringify({ username: 'admin', password }));
    const seen = execFileSync('sh', ['-c', `printf %s ${word}`], { encoding: 'utf8' });
    expect(JSON.parse(seen)).toEqual({ username: 'admin', password });
  });

  it('take the token out of the answer to a login', () => {
    const line = guide('http://127.0.0.1:3000', { user: 'admin', password: 'p' }).find((text) =>
      text.startsWith('TOKEN='),
    );
    const filter = /\| (sed .*)\)$/.exec(line ?? '')?.[1];
    const input = '{"token":"eyJ.a-b_c.d","expiresIn":3600}';
    expect(execFileSync('sh', ['-c', filter ?? ''], { input, encoding: 'utf8' }).trim()).toBe('eyJ.a-b_c.d');
  });

  it('name an address that a browser can open', () => {
    expect(openable('http://0.0.0.0:8080')).toBe('http://127.0.0.1:8080');
    expect(openable('http://[::]:8080')).toBe('http://[::1]:8080');
    expect(openable('http://[::1]:8080')).toBe('http://[::1]:8080');
  });
});
