// Starts the built server in an empty folder, waits until it is ready, stops it, and looks what it left behind.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const readyWithinMs = 60_000;
const stopWithinMs = 40_000;
const ownSettings = /^(OSTIARY_|DATABASE_|PORT$|HOST$|UPLOAD_LIMIT_BYTES$|TRUSTED_PROXIES$)/;

/** What went wrong in one sentence, or undefined. */
export async function startOnce() {
  const dir = mkdtempSync(join(tmpdir(), 'ostiary-start-'));
  chmodSync(dir, 0o711); // Started by root, PostgreSQL has another user, who has to pass through.
  const server = spawn(process.execPath, ['dist/apps/api/src/main.js'], {
    env: { ...foreignSettings(), PORT: '0', OSTIARY_DATA_DIR: dir, LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = createInterface({ input: server.stdout });
  const exited = once(server, 'exit');
  let family = [];
  const giveUp = () => {
    kill([server.pid, ...family, ...descendantsOf(server.pid)]);
    process.exit(1);
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, giveUp);

  try {
    const url = await Promise.race([urlIn(output), exited, sleep(readyWithinMs, undefined, { ref: false })]);
    if (typeof url !== 'string') return 'The built server did not come to listen.';
    if (!(await ready(url))) return 'The built server was not ready within a minute.';

    family = descendantsOf(server.pid);
    server.kill('SIGTERM');
    const code = await Promise.race([exited.then(([status]) => status), sleep(stopWithinMs, 'none', { ref: false })]);
    if (code !== 0) return `The built server did not stop cleanly on SIGTERM: exit code ${code}.`;
    const left = family.filter(alive);
    return left.length > 0 ? `The built server left ${left.length} processes running.` : undefined;
  } finally {
    if (server.exitCode === null && server.signalCode === null) kill([server.pid, ...descendantsOf(server.pid)]);
    kill(family.filter(alive));
    removeData(dir);
    for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, giveUp);
  }
}

/** The environment without what may configure another server of ours. */
function foreignSettings() {
  return Object.fromEntries(Object.entries(process.env).filter(([key]) => !ownSettings.test(key)));
}

function urlIn(output) {
  return new Promise((resolve) => {
    output.on('line', (line) => {
      const url = /^listening on (\S+)$/.exec(line)?.[1];
      if (url) resolve(url);
    });
  });
}

async function ready(url) {
  for (const end = Date.now() + readyWithinMs; Date.now() < end; await sleep(250)) {
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
    if (answer?.status === 200) return true;
  }
  return false;
}

/** Children, their children and so on, by Linux's own list of processes; elsewhere none are known. */
function descendantsOf(pid) {
  if (!existsSync('/proc/self/stat')) return [];
  const parents = readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .map((name) => [Number(name), parentOf(name)]);
  const below = (parent) => parents.filter(([, of]) => of === parent).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

function parentOf(pid) {
  return Number(statusOf(pid)[1]);
}

/** One that has ended and that nobody has asked about yet is not left running. */
function alive(pid) {
  const [state = 'Z'] = statusOf(pid);
  return state !== 'Z';
}

/** State, parent and the rest, which follow the program's name; nothing when there is no such process. */
function statusOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

function kill(pids) {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It is gone already.
    }
  }
}

/** The database may lie elsewhere, where PostgreSQL's own user can reach it; the access file says where. */
function removeData(dir) {
  const access = join(dir, 'database.json');
  const home = existsSync(access) ? JSON.parse(readFileSync(access, 'utf8')).home : undefined;
  for (const folder of [home, dir]) if (folder) rmSync(folder, { recursive: true, force: true });
}
