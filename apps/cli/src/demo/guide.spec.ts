import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { directoryGuide, guide, openable, quoted } from './guide.js';

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

  it('ask the directory at the right places, whatever the shell makes of brackets', () => {
    const login = { user: "o'neil", password: 'p' };
    const lines = directoryGuide('http://0.0.0.0:3000', login, 'group-id').filter((line) => line.startsWith('curl'));
    const fake = `curl() { for word; do case $word in http*) echo "$word";; esac; done; }; DESK=t`;
    const asked = execFileSync('sh', ['-c', [fake, ...lines].join('\n')], { encoding: 'utf8' });
    const directory = 'http://127.0.0.1:3000/api/v1/directory';
    expect(asked.trim().split('\n')).toEqual([
      `${directory}/users?filter[active][EQ]=true&fields=userName,email&sort=userName&page[limit]=5`,
      `${directory}/groups/group-id/members`,
      `${directory}/users`,
    ]);
    expect(lines.every((line) => line.startsWith('curl -sg'))).toBe(true);
  });

  it('leave the prompt on a line of its own', () => {
    const login = { user: 'admin', password: 'p' };
    const address = 'http://127.0.0.1:3000';
    const lines = [...guide(address, login), ...directoryGuide(address, login, 'group-id')];
    const calls = lines.filter((line) => line.startsWith('curl'));
    expect(calls).toHaveLength(4);
    expect(calls.filter((line) => !/^curl -sg?w '(?:\\n%\{http_code\})?\\n' /.test(line))).toEqual([]);
  });

  it('name an address that a browser can open', () => {
    expect(openable('http://0.0.0.0:8080')).toBe('http://127.0.0.1:8080');
    expect(openable('http://[::]:8080')).toBe('http://[::1]:8080');
    expect(openable('http://[::1]:8080')).toBe('http://[::1]:8080');
  });
});
