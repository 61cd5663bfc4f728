import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestApi } from '../support/api.js';
import { createEmptyDatabase, createTestDatabase } from '../support/test-database.js';

const commands = [
  ['rotate-signing-key', []],
  ['set-password', ['admin']],
  ['purge', ['01890a5d-ac96-774b-bcce-0bad0bad0bad']],
] as const;
const serverKey = (byte: number) => Buffer.alloc(32, byte).toString('base64url');

let parent: string;
let dataDir: string;

beforeAll(() => {
  execFileSync(process.execPath, ['--eval', `import('./scripts/ensure-built.mjs').then((m) => m.ensureBuilt())`]);
  parent = mkdtempSync(join(tmpdir(), 'ostiary-commands-'));
});
afterAll(() => rmSync(parent, { recursive: true }));
beforeEach(() => {
  dataDir = join(mkdtempSync(join(parent, 'case-')), 'data');
});

/** A command of the built program, as an operator types it: how it ended and what it said. */
function run(command: string, args: readonly string[], settings: Record<string, string>) {
  const env = { ...process.env, OSTIARY_DATA_DIR: dataDir, ...settings };
  const ended = spawnSync(process.execPath, ['dist/apps/cli/src/main.js', command, ...args], {
    env,
    input: 'a password that is long enough\n',
    encoding: 'utf8',
  });
  return { status: ended.status, stdout: ended.stdout, stderr: ended.stderr };
}

const oneSentence = (text: string) => ({
  status: 1,
  stdout: '',
  stderr: expect.stringMatching(new RegExp(`^[^\\n]*${text}[^\\n]*\\n$`)),
});

describe.each(commands)('ostiary %s', (command, args) => {
  it('makes no server where there is none, and says so in one sentence', () => {
    expect(run(command, args, {})).toEqual(oneSentence(`There is no database in ${dataDir}: `));
    expect(existsSync(dataDir)).toBe(false);

    mkdirSync(dataDir);
    expect(run(command, args, {})).toEqual(oneSentence(`There is no database in ${dataDir}: `));
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('says in one sentence that the data directory is a file, or has lost what it held', () => {
    writeFileSync(dataDir, '');
    expect(run(command, args, {})).toEqual(oneSentence('is no folder'));
    rmSync(dataDir);
    mkdirSync(join(dataDir, 'postgres', 'cluster'), { recursive: true });
    expect(run(command, args, {})).toEqual(oneSentence('its passwords are gone'));
    writeFileSync(join(dataDir, 'database.json'), '{');
    expect(run(command, args, {})).toEqual(oneSentence('is damaged'));
  });

  it('says in one sentence that a database was never migrated, or never had a server', async () => {
    for (const [make, sentence] of [
      [createEmptyDatabase, 'not up to date'],
      [createTestDatabase, 'first start of the server'],
    ] as const) {
      const database = await make();
      const settings = { DATABASE_URL: database.serverUrl, OSTIARY_SECRET_KEY: serverKey(1) };
      expect(run(command, args, settings)).toEqual(oneSentence(sentence));
      await database.drop();
    }
    expect(existsSync(dataDir)).toBe(false);
  });
});

describe('ostiary rotate-signing-key', () => {
  it('says in one sentence that the servers have another secret key, and rotates nothing', async () => {
    const api = await TestApi.start();
    const settings = { DATABASE_URL: api.database.serverUrl, OSTIARY_SECRET_KEY: serverKey(8) };
    expect(run('rotate-signing-key', [], settings)).toEqual(oneSentence('OSTIARY_SECRET_KEY has changed'));
    expect(await api.given.sql('select 1 from signing_key')).toHaveLength(1);
    expect(run('rotate-signing-key', [], { ...settings, OSTIARY_SECRET_KEY: serverKey(9) }).status).toBe(0);
    await api.close();
  });
});
