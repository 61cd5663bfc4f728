import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DemoLogin } from './demo-login.js';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'ostiary-demo-'));
});
afterEach(() => {
  rmSync(dataDir, { recursive: true });
});

const login = (settings: { adminPassword?: string; databaseUrl?: string } = {}) =>
  new DemoLogin({ dataDir, databaseUrl: undefined, adminUser: 'admin', adminPassword: undefined, ...settings });

describe('the login of the demo', () => {
  it('is random at first and the same in the next run, for nobody else to read', () => {
    const first = login();
    first.keep();
    const second = login();
    expect(first.password).toMatch(/^[\w-]{16}$/);
    expect([first.known, second.known]).toEqual([false, true]);
    expect(second.password).toBe(first.password);
    expect(statSync(first.file).mode & 0o777).toBe(0o600);
  });

  it('makes the folder it is kept in', () => {
    dataDir = join(dataDir, 'a', 'b');
    login().keep();
    expect(login().known).toBe(true);
    dataDir = join(dataDir, '..', '..');
  });

  it('can be given, and is then kept', () => {
    login().keep();
    login({ adminPassword: 'my own' }).keep();
    expect(login().password).toBe('my own');
  });

  it('is not guessed for a database that the demo did not make', () => {
    writeFileSync(join(dataDir, 'database.json'), '{}');
    expect(() => login()).toThrow(/was not made by the demo: set OSTIARY_DATA_DIR/);
    expect(login({ databaseUrl: 'postgres://db/x' }).known).toBe(false);
  });

  it('asks for help when its file is damaged or its folder is none', () => {
    writeFileSync(join(dataDir, 'demo.json'), '{"user": 1}');
    expect(() => login()).toThrow(/demo\.json is damaged/);
    writeFileSync(join(dataDir, 'file'), '');
    const nowhere = join(dataDir, 'file', 'below');
    expect(() =>
      new DemoLogin({ dataDir: nowhere, databaseUrl: undefined, adminUser: 'a', adminPassword: 'b' }).keep(),
    ).toThrow(/cannot be used \(ENOTDIR\): set OSTIARY_DATA_DIR/);
    expect(readFileSync(join(dataDir, 'file'), 'utf8')).toBe('');
  });
});
