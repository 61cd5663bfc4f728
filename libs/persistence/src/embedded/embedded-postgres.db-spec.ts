import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { EmbeddedPostgres } from './embedded-postgres.js';
import { ask, DataFolder } from './testing/data-folder.js';

describe('the embedded database', () => {
  let folder: DataFolder;
  let server: EmbeddedPostgres;

  beforeAll(async () => {
    folder = DataFolder.open();
    server = await folder.start({ durable: true });
  });
  afterAll(async () => {
    await server.stop();
    await folder.remove();
  });

  it('is a new server on the first start, in UTF-8, sorting by code point, on the clock of UTC', async () => {
    expect(server.adopted).toBe(false);
    expect(
      await ask(
        server.ownerUrl,
        `select pg_encoding_to_char(encoding) as encoding, datcollate, current_setting('timezone') as zone,
                current_setting('jit') as jit, current_setting('fsync') as fsync
           from pg_database where datname = current_database()`,
      ),
    ).toEqual([{ encoding: 'UTF8', datcollate: 'C', zone: 'UTC', jit: 'off', fsync: 'on' }]);
  });

  it('lets nobody in without a password', async () => {
    expect(readFileSync(join(folder.cluster, 'pg_hba.conf'), 'utf8')).not.toContain('trust');
    const wrong = server.ownerUrl.replace(/:[^:@]+@/, ':wrong@');
    await expect(ask(wrong, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    const [{ stored } = {}] = await askAsSuperuser(
      folder,
      server,
      `select bool_and(rolpassword like 'SCRAM-SHA-256$%') as stored from pg_authid where rolcanlogin`,
    );
    expect(stored).toBe(true);
  });

  it('keeps its passwords in a file that only its user reads', () => {
    expect(statSync(join(folder.dir, 'database.json')).mode & 0o777).toBe(0o600);
    expect(statSync(folder.home).mode & 0o777).toBe(0o700);
  });

  it('listens on the loopback address only and on no socket file', async () => {
    const [row] = await askAsSuperuser(
      folder,
      server,
      `select current_setting('listen_addresses') as addresses, current_setting('unix_socket_directories') as sockets`,
    );
    expect(row).toEqual({ addresses: '127.0.0.1', sockets: '' });
  });

  it('lets the owner change the schema and add trusted extensions, and nothing above that', async () => {
    await ask(server.ownerUrl, 'create table made_by_owner (id int)');
    await ask(server.ownerUrl, 'create extension pg_trgm; create extension btree_gin');
    await expect(ask(server.ownerUrl, 'create role another')).rejects.toMatchObject({ code: '42501' });
    await expect(ask(server.ownerUrl, 'create database another')).rejects.toMatchObject({ code: '42501' });
    await expect(ask(server.ownerUrl, `select pg_read_file('/etc/passwd')`)).rejects.toMatchObject({ code: '42501' });
  });

  it.each([
    ['make a table', 'create table public.made_by_server (id int)'],
    ['make a schema', 'create schema made_by_server'],
    ['make a temporary table', 'create temp table made_by_server (id int)'],
    ['read a table that was not granted', 'select * from made_by_owner'],
  ])('does not let the server role %s', async (_, statement) => {
    await expect(ask(server.serverUrl, statement)).rejects.toMatchObject({ code: '42501' });
  });

  it('keeps the two roles out of every other database', async () => {
    for (const url of [server.ownerUrl, server.serverUrl]) {
      await expect(ask(url.replace(/[^/]+$/, 'postgres'), 'select 1')).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('offers no role that may create databases', () => {
    expect(server.adminUrl).toBeUndefined();
  });

  it('writes no statement and no value of one into its log', async () => {
    const twice = `create table people (name text unique); insert into people values ('Very Private'), ('Very Private')`;
    await expect(ask(server.ownerUrl, twice)).rejects.toMatchObject({ code: '23505' });
    const log = readFileSync(join(folder.home, 'postgres.log'), 'utf8');
    expect(log).toContain('duplicate key');
    expect(log).not.toContain('Very Private');
  });
});

describe('restarting the embedded database', () => {
  const folder = DataFolder.open();
  afterEach(() => folder.remove());

  it('keeps data and passwords, and leaves no process behind when it stops', async () => {
    const first = await folder.start();
    const pid = folder.postmasterPid;
    expect(pid).toBeGreaterThan(0);
    await ask(first.ownerUrl, 'create table kept as select 42 as answer');
    await Promise.all([first.stop(), first.stop()]);
    expect(folder.postmasterPid).toBeUndefined();
    // Its number is free once whoever took it over has noticed its end.
    await vi.waitFor(() => expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH'), { timeout: 5_000, interval: 50 });

    const second = await folder.start();
    expect(second.adopted).toBe(false);
    expect(new URL(second.ownerUrl).password).toBe(new URL(first.ownerUrl).password);
    expect(await ask(second.ownerUrl, 'select answer from kept')).toEqual([{ answer: 42 }]);
    await second.stop();
  });
});

describe('a data folder that is not as it was left', () => {
  let folder: DataFolder;
  afterEach(() => folder.remove());

  it('is refused in one sentence when another PostgreSQL version made the cluster', async () => {
    folder = DataFolder.open();
    await (await folder.start()).stop();
    writeFileSync(join(folder.cluster, 'PG_VERSION'), '15\n');
    await expect(folder.start()).rejects.toMatchObject({
      name: 'DatabaseUnavailableError',
      message: expect.stringMatching(/was made by PostgreSQL 15 and this version brings PostgreSQL \d+:/) as string,
    });
  });

  it('is refused when the passwords are gone, also on the next try', async () => {
    folder = DataFolder.open();
    await (await folder.start()).stop();
    const file = join(folder.dir, 'database.json');
    const kept = readFileSync(file);
    rmSync(file);
    await expect(folder.start()).rejects.toThrow('its passwords are gone');
    await expect(folder.start()).rejects.toThrow('its passwords are gone');
    writeFileSync(file, kept, { mode: 0o600 });
    await (await folder.start()).stop();
  });

  it('is refused when the database is gone, rather than started empty', async () => {
    folder = DataFolder.open();
    await (await folder.start()).stop();
    rmSync(folder.cluster, { recursive: true });
    await expect(folder.start()).rejects.toThrow('is gone from');
  });

  it('is refused when it is a file', async () => {
    folder = DataFolder.open();
    writeFileSync(folder.dir, '');
    await expect(folder.start()).rejects.toThrow('is no folder: move it away');
  });
});

async function askAsSuperuser(folder: DataFolder, server: EmbeddedPostgres, statement: string) {
  const { passwords } = JSON.parse(readFileSync(join(folder.dir, 'database.json'), 'utf8')) as {
    passwords: { postgres: string };
  };
  const url = new URL(server.ownerUrl);
  return ask(`postgres://postgres:${passwords.postgres}@${url.host}/postgres`, statement);
}
