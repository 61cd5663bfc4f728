import { spawn } from 'node:child_process';
import { closeSync, constants, readFileSync, renameSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { cannotRun } from './cluster.js';
import { type DatabaseHome, openOwn } from './database-home.js';
import { DatabaseUnavailableError } from './database-unavailable-error.js';
import { explainOutput } from './explain-failure.js';
import { spawnOptionsFor } from './os-user.js';
import { livePostmaster, type Postmaster, removeMisleadingFile } from './postmaster-file.js';
import { program, type Programs } from './programs.js';
import { serverArguments } from './server-settings.js';

export interface ServerOptions {
  durable: boolean;
  settings: readonly string[];
}

/** How long a starting server may be silent; recovery after a crash may last longer and says so in its log. */
export const startupPatienceMs = 60_000;
const shutdownPatienceMs = 60_000;
const logLimitBytes = 16 * 1024 * 1024;
/** Another process can take the free port between our asking and PostgreSQL's binding; killed backends need a moment to leave. */
const passing = /could not bind|could not create any TCP|pre-existing shared memory block/;

export async function startPostmaster(
  home: DatabaseHome,
  programs: Programs,
  options: ServerOptions,
): Promise<Postmaster> {
  const deadline = Date.now() + startupPatienceMs;
  for (;;) {
    removeMisleadingFile(home.cluster);
    const { running, output } = await tryStart(home, programs, options);
    if (running) return running;
    if (!passing.test(output) || Date.now() > deadline) {
      throw new DatabaseUnavailableError(explainOutput(output, home.folder, programs.package));
    }
    await sleep(200);
  }
}

async function tryStart(
  home: DatabaseHome,
  programs: Programs,
  { durable, settings }: ServerOptions,
): Promise<{ running?: Postmaster; output: string }> {
  const log = openLog(home);
  const before = statSync(home.log).size;
  const output = (): string => readFileSync(home.log).subarray(before).toString().slice(-16_000);

  // Its own process group: Ctrl-C in a terminal must reach our server only, which then stops PostgreSQL last.
  const child = spawn(
    program(programs, 'postgres'),
    serverArguments(home.cluster, await freePort(), durable, settings),
    {
      ...spawnOptionsFor(home.user),
      stdio: ['ignore', log, log],
      detached: true,
    },
  );
  closeSync(log);
  let ended = false;
  let failed = false;
  child.once('exit', () => (ended = true));
  child.once('error', () => (failed = true));
  child.unref();

  const running = await untilReady(home, () => ended || failed);
  if (failed) throw cannotRun(programs);
  return { ...(running && { running }), output: output() };
}

/** Waits for a server that starts, or for one found while it stops; undefined when it is gone. */
export async function untilReady(home: DatabaseHome, ended: () => boolean): Promise<Postmaster | undefined> {
  let heard = statSync(home.log, { throwIfNoEntry: false })?.size ?? 0;
  let silentSince = Date.now();
  while (!ended()) {
    const found = livePostmaster(home.cluster);
    if (found?.ready) return found;

    const size = statSync(home.log, { throwIfNoEntry: false })?.size ?? 0;
    if (size !== heard) silentSince = Date.now();
    heard = size;
    if (Date.now() - silentSince > startupPatienceMs) {
      throw new DatabaseUnavailableError(
        `PostgreSQL was not ready within ${startupPatienceMs / 1000} seconds: look into ${home.log}, then start again.`,
      );
    }
    await sleep(20);
  }
  return undefined;
}

/** Fast shutdown: open transactions are rolled back, everything committed is written. A server that does not obey is cut off and recovers later. */
export async function stopPostmaster(cluster: string): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    signalPostmaster(cluster, signal);
    const deadline = Date.now() + shutdownPatienceMs;
    while (Date.now() < deadline) {
      if (!livePostmaster(cluster)) return;
      await sleep(20);
    }
  }
  throw new DatabaseUnavailableError(`PostgreSQL in ${cluster} does not stop: end its process by hand.`);
}

export function signalPostmaster(cluster: string, signal: 'SIGINT' | 'SIGQUIT'): void {
  const running = livePostmaster(cluster);
  try {
    if (running) process.kill(running.pid, signal);
  } catch {
    // Gone between the look and the signal, which is what was wanted.
  }
}

/** A file and no pipe: the server must be able to write after its parent was killed. */
function openLog(home: DatabaseHome): number {
  if ((statSync(home.log, { throwIfNoEntry: false })?.size ?? 0) > logLimitBytes)
    renameSync(home.log, `${home.log}.old`);
  return openOwn(home.log, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, home.user);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
