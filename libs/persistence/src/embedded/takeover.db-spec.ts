import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { osUserForPostgres } from './os-user.js';
import { ask, DataFolder, light } from './testing/data-folder.js';
import { startInOtherProcess } from './testing/other-process.js';

let folder: DataFolder;
beforeEach(() => {
  folder = DataFolder.open();
});
afterEach(() => folder.remove());

const elsewhere = (onEnd: 'stop' | 'exit' = 'stop') => startInOtherProcess({ dir: folder.dir, ...light }, { onEnd });

async function until(fact: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!fact() && Date.now() < deadline) await sleep(25);
  expect(fact()).toBe(true);
}

describe('after the Node process was killed', () => {
  it('the next start takes over the running server and stops it at its own end', async () => {
    const killed = elsewhere();
    const { ownerUrl } = await killed.told;
    await ask(ownerUrl, 'create table kept as select 1 as answer');
    await killed.kill();
    const pid = folder.postmasterPid;
    expect(pid).toBeDefined();

    const server = await folder.start();
    expect(server.adopted).toBe(true);
    expect(folder.postmasterPid).toBe(pid);
    expect(await ask(server.ownerUrl, 'select answer from kept')).toEqual([{ answer: 1 }]);
    await server.stop();
    expect(folder.postmasterPid).toBeUndefined();
  });

  it('a lock it held does not keep the next start waiting', async () => {
    await (await folder.start()).stop();
    writeFileSync(join(folder.dir, 'database.lock'), JSON.stringify({ pid: process.pid, birth: 'another life' }));
    await (await folder.start()).stop();
  });

  it('a server that is just going down is waited for and then started anew', async () => {
    const first = elsewhere('exit');
    await first.told;
    await first.end();
    const server = await folder.start();
    expect(await ask(server.serverUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    await server.stop();
  });
});

describe('after PostgreSQL was killed', () => {
  it('the next start recovers what was committed', async () => {
    const first = await folder.start({ durable: true });
    await ask(first.ownerUrl, 'create table kept as select 7 as answer');
    process.kill(folder.postmasterPid ?? 0, 'SIGKILL');
    await until(() => folder.postmasterPid === undefined);

    const second = await folder.start({ durable: true });
    expect(second.adopted).toBe(false);
    expect(await ask(second.ownerUrl, 'select answer from kept')).toEqual([{ answer: 7 }]);
    await first.stop();
    expect(await ask(second.ownerUrl, 'select answer from kept')).toEqual([{ answer: 7 }]);
    await second.stop();
  });

  it('together with Node, the next start recovers too', async () => {
    const killed = startInOtherProcess({ dir: folder.dir });
    const { ownerUrl } = await killed.told;
    await ask(ownerUrl, 'create table kept as select 8 as answer');
    process.kill(folder.postmasterPid ?? 0, 'SIGKILL');
    await killed.kill();

    const server = await folder.start();
    expect(await ask(server.ownerUrl, 'select answer from kept')).toEqual([{ answer: 8 }]);
    await server.stop();
  });

  describe('and its number went to a stranger', () => {
    let stranger: ChildProcess;
    beforeEach(() => {
      const user = osUserForPostgres();
      stranger = spawn('sleep', ['60'], { stdio: 'ignore', ...(user && { uid: user.uid, gid: user.gid }) });
    });
    afterEach(() => stranger.kill());

    it('the next start neither adopts nor ends the stranger', async () => {
      const first = await folder.start({ durable: true });
      await ask(first.ownerUrl, 'create table kept as select 9 as answer');
      const file = join(folder.cluster, 'postmaster.pid');
      const left = readFileSync(file, 'utf8').replace(/^\d+/, String(stranger.pid));
      process.kill(folder.postmasterPid ?? 0, 'SIGKILL');
      await until(() => folder.postmasterPid === undefined);
      writeFileSync(file, left);

      const second = await folder.start();
      expect(second.adopted).toBe(false);
      expect(await ask(second.ownerUrl, 'select answer from kept')).toEqual([{ answer: 9 }]);
      await second.stop();
      await first.stop();
      expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    });
  });

  it('a file it left empty does not stop the next start', async () => {
    await (await folder.start()).stop();
    writeFileSync(join(folder.cluster, 'postmaster.pid'), '');
    await (await folder.start()).stop();
  });
});

describe('several processes on one data folder', () => {
  it('started at once make one server, which stops with the last of them', async () => {
    const processes = [elsewhere(), elsewhere(), elsewhere()];
    const told = await Promise.all(processes.map((one) => one.told));
    expect(told.map(({ message }) => message)).toEqual([undefined, undefined, undefined]);
    expect(told.filter(({ adopted }) => adopted)).toHaveLength(2);
    expect(new Set(told.map(({ serverUrl }) => serverUrl)).size).toBe(1);

    const starter = told.findIndex(({ adopted }) => !adopted);
    const rest = processes.filter((_, index) => index !== starter);
    await processes[starter]?.end();
    expect(await ask(told[0]?.serverUrl ?? '', 'select 1 as one')).toEqual([{ one: 1 }]);
    await rest[0]?.kill();
    expect(folder.postmasterPid).toBeDefined();
    await rest[1]?.end();
    expect(folder.postmasterPid).toBeUndefined();
  });

  it('do not lose the server to one that leaves without a word', async () => {
    const server = await folder.start();
    const leaving = elsewhere('exit');
    expect((await leaving.told).adopted).toBe(true);
    await leaving.end();
    expect(await ask(server.serverUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    await server.stop();
  });

  it('may be two starts of one process', async () => {
    const [one, two] = await Promise.all([folder.start(), folder.start()]);
    expect(one.adopted).not.toBe(two.adopted);
    await one.stop();
    expect(await ask(two.serverUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    await two.stop();
    expect(folder.postmasterPid).toBeUndefined();
  });
});

describe('a process that exits without stopping its server', () => {
  it('takes the server with it', async () => {
    const leaving = elsewhere('exit');
    await leaving.told;
    await leaving.end();
    await until(() => folder.postmasterPid === undefined);
  });
});
