import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DemoPasswords } from './demo-passwords.js';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'ostiary-demo-'));
});
afterEach(() => {
  rmSync(dataDir, { recursive: true });
});

describe('the passwords of the demo’s users', () => {
  it('are random, one each, and the same in the next run, for nobody else to read', () => {
    const first = new DemoPasswords(dataDir);
    first.make(['ada', 'bo']);
    const second = new DemoPasswords(dataDir);
    second.make(['ada', 'cleo']);
    expect(second.of('ada')).toMatch(/^[\w-]{16}$/);
    expect([second.of('ada'), second.of('bo')]).toEqual([first.of('ada'), first.of('bo')]);
    expect(new Set(['ada', 'bo', 'cleo'].map((name) => second.of(name))).size).toBe(3);
    expect(statSync(second.file).mode & 0o777).toBe(0o600);
  });

  it('are unknown of users whom the demo did not make', () => {
    expect(new DemoPasswords(dataDir).of('ada')).toBeUndefined();
  });

  it.each(['', 'not json', '[]', 'null', '{"ada": 1}'])('are not made up anew over a damaged file: %j', (text) => {
    const { file } = new DemoPasswords(dataDir);
    writeFileSync(file, text);
    expect(() => new DemoPasswords(dataDir)).toThrow(/demo-users\.json is damaged: repair it, or delete it/);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});
