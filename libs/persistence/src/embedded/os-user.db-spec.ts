import {
  cpSync,
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeDataDir, openHome } from './database-home.js';
import { osUserForPostgres, spawnOptionsFor } from './os-user.js';
import { locatePrograms, program, reachablePrograms } from './programs.js';
import { ask, DataFolder, light } from './testing/data-folder.js';
import { startInOtherProcess } from './testing/other-process.js';

const isRoot = process.getuid?.() === 0;
const daemon = 1;
let folder: DataFolder;
afterEach(() => folder.remove());

describe('started by root', () => {
  it.runIf(isRoot)('runs PostgreSQL as nobody, inside an open data folder', async () => {
    folder = DataFolder.open();
    const server = await folder.start();
    const nobody = osUserForPostgres();
    expect(folder.home).toBe(join(folder.dir, 'postgres'));
    expect(statSync(folder.cluster).uid).toBe(nobody?.uid);
    expect(readFileSync(`/proc/${folder.postmasterPid}/status`, 'utf8')).toContain(`Uid:\t${nobody?.uid}`);
    expect(readFileSync(`/proc/${folder.postmasterPid}/environ`, 'utf8')).not.toContain('NODE_ENV');
    await server.stop();
  });

  it.runIf(isRoot)(
    'puts the database elsewhere when the data folder lies under a closed one, and finds it again',
    async () => {
      folder = DataFolder.closed();
      const first = await folder.start();
      expect(folder.home).toMatch(/^\/var\/lib\/ostiary-[0-9a-f]{12}-[0-9a-f]{8}$/);
      const home = lstatSync(folder.home);
      expect([home.uid, home.mode & 0o777]).toEqual([osUserForPostgres()?.uid, 0o700]);
      await ask(first.ownerUrl, 'create table kept as select 5 as answer');
      await first.stop();

      const second = await folder.start();
      expect(await ask(second.ownerUrl, 'select answer from kept')).toEqual([{ answer: 5 }]);
      await second.stop();
    },
  );

  it.runIf(isRoot)('refuses a folder elsewhere that belongs to somebody else', async () => {
    folder = DataFolder.closed();
    await (await folder.start()).stop();
    chownSync(folder.home, daemon, daemon);
    await expect(folder.start()).rejects.toThrow(`belongs to user ${daemon}, not to "nobody"`);
  });

  it.runIf(isRoot)('does not start an empty database when the folder elsewhere is gone', async () => {
    folder = DataFolder.closed();
    await (await folder.start()).stop();
    rmSync(folder.home, { recursive: true });
    await expect(folder.start()).rejects.toThrow('is gone from');
  });

  it.runIf(isRoot)('never follows a link that waits in the place of its own folder', async () => {
    folder = DataFolder.open();
    const precious = join(folder.parent, 'precious');
    mkdirSync(precious);
    writeFileSync(join(precious, 'file'), '');
    mkdirSync(folder.dir);
    spawnSync('ln', ['-s', precious, join(folder.dir, 'postgres')]);
    await expect(folder.start()).rejects.toThrow('belongs to user 0');
    expect(statSync(join(precious, 'file')).uid).toBe(0);
  });

  it.runIf(isRoot)(
    'copies the programs when they lie in a closed folder, and drops the copy when they do not',
    async () => {
      folder = DataFolder.open();
      const user = osUserForPostgres();
      const home = openHome(makeDataDir(folder.dir, user), undefined, user);
      const installed = locatePrograms();
      const closed = join(folder.parent, 'closed');
      mkdirSync(closed, { mode: 0o700 });
      cpSync(installed.folder, join(closed, 'native'), { recursive: true, verbatimSymlinks: true });
      chmodSync(join(closed, 'native', 'bin', 'postgres'), 0o700);

      const copy = await reachablePrograms({ ...installed, folder: join(closed, 'native') }, home);
      expect(copy.folder).toBe(join(home.folder, `programs-${installed.version}`));
      const version = spawnSync(program(copy, 'postgres'), ['--version'], {
        ...spawnOptionsFor(user),
        encoding: 'utf8',
      });
      expect(version.stdout).toContain(`PostgreSQL) ${installed.major}`);
      expect(await reachablePrograms({ ...installed, version: 'newer' }, home)).toMatchObject({
        folder: installed.folder,
      });
      expect(existsSync(copy.folder)).toBe(false);
    },
  );

  it.runIf(isRoot).each([
    ['no-such-user', 'has no user "no-such-user"'],
    ['-u', 'has no user "-u"'],
    ['root', 'is root'],
  ])('refuses to run PostgreSQL as %s', async (osUser, reason) => {
    folder = DataFolder.open();
    await expect(folder.start({ osUser })).rejects.toThrow(reason);
  });

  it.runIf(isRoot)('runs the database of an ordinary user as that user, who can use it again afterwards', async () => {
    folder = DataFolder.open(daemon);
    const ordinary = startInOtherProcess({ dir: folder.dir, ...light }, { uid: daemon });
    expect((await ordinary.told).message).toBeUndefined();
    await ordinary.end();

    const server = await folder.start();
    expect(readFileSync(`/proc/${folder.postmasterPid}/status`, 'utf8')).toContain(`Uid:\t${daemon}`);
    await server.stop();

    const again = startInOtherProcess({ dir: folder.dir, ...light }, { uid: daemon });
    expect((await again.told).message).toBeUndefined();
    await again.end();
  });
});

describe('started by an ordinary user', () => {
  const uid = isRoot ? daemon : undefined;
  const asOrdinary = () => startInOtherProcess({ dir: folder.dir, ...light }, uid === undefined ? {} : { uid });

  it('runs PostgreSQL as that user in a folder closed to all others', async () => {
    folder = DataFolder.open(uid);
    const ordinary = asOrdinary();
    const { serverUrl, message } = await ordinary.told;
    expect(message).toBeUndefined();
    expect(await ask(serverUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(statSync(folder.dir).mode & 0o777).toBe(0o700);
    expect(statSync(folder.cluster).uid).toBe(uid ?? process.getuid?.());
    await ordinary.end();
    expect(folder.postmasterPid).toBeUndefined();
  });

  it.runIf(isRoot)('says so when it may not write the data folder', async () => {
    folder = DataFolder.open();
    const ordinary = asOrdinary();
    expect(await ordinary.told).toEqual({
      error: 'DatabaseUnavailableError',
      message: `No permission to write ${folder.dir}: give this user the folder, or set OSTIARY_DATA_DIR to another one.`,
    });
    await ordinary.end();
  });
});
