import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { descendantsOf, killNow, processes, processesOf } from './processes.js';

export const victims = ['worker', 'server', 'database', 'everything'] as const;
export type Victim = (typeof victims)[number];

const password = 'a password for this test';
const ownSettings = /^(OSTIARY_|DATABASE_|PORT$|HOST$|TEST_SERVER$)/;

/** The built server with its worker and its PostgreSQL, each a process of its own, on a data directory. */
export class RealServer {
  private constructor(
    private readonly dir: string,
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(dir: string): Promise<RealServer> {
    const kept = Object.entries(process.env).filter(([key]) => !ownSettings.test(key));
    const child = spawn(process.execPath, ['dist/apps/api/src/main.js'], {
      env: {
        ...Object.fromEntries(kept),
        PORT: '0',
        OSTIARY_DATA_DIR: dir,
        OSTIARY_ADMIN_PASSWORD: password,
        LOG_LEVEL: process.env['OSTIARY_CRASH_LOG'] ?? 'silent',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    for await (const line of lines) {
      const url = /^listening on (\S+)$/.exec(line)?.[1];
      if (url) return new RealServer(dir, child, url);
    }
    throw new Error('the built server did not come to listen');
  }

  /** Requests as the administrator; answers the body. */
  async signIn(): Promise<
    (method: string, path: string, body?: object | FormData) => Promise<Record<string, unknown>>
  > {
    const { token } = await send(`${this.url}/api/v1/auth/login`, 'POST', {}, { username: 'admin', password });
    return (method, path, body) =>
      send(`${this.url}${path}`, method, { authorization: `Bearer ${String(token)}` }, body);
  }

  /** Kills all processes of that part at once. @returns how many there were */
  kill(victim: Victim): number {
    const pids = this.pidsOf(victim);
    killNow(pids);
    return pids.length;
  }

  /** The ordinary way; after a kill whatever is left is given as long as a restart by an operator would give it. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exited = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      await Promise.race([exited, sleep(20_000, undefined, { ref: false })]);
      this.child.kill('SIGKILL');
      await exited;
    }
  }

  async untilNothingRuns(): Promise<number[]> {
    for (let i = 0; i < 200 && processesOf(this.dir).length > 0; i++) await sleep(100);
    return processesOf(this.dir);
  }

  private pidsOf(victim: Victim): number[] {
    const server = this.child.pid!;
    if (victim === 'server') return [server];
    const family = descendantsOf(server);
    const workers = processes().filter(
      ({ pid, command }) => family.includes(pid) && command.includes('worker/src/main'),
    );
    if (victim === 'worker') return workers.map(({ pid }) => pid);

    const postmaster = postmasterOf(this.dir);
    const database = postmaster ? [postmaster.pid, ...descendantsOf(postmaster.pid)] : [];
    return victim === 'database' ? database : [...new Set([server, ...family, ...database])];
  }
}

async function send(url: string, method: string, headers: object, body?: object): Promise<Record<string, unknown>> {
  const isForm = body instanceof FormData;
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body && !isForm && { 'content-type': 'application/json' }) },
    ...(body && { body: isForm ? body : JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}

function postmasterOf(dir: string): { pid: number; port: number } | undefined {
  const file = join(dir, 'postgres/cluster/postmaster.pid');
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8').split('\n');
  return { pid: Number(lines[0]), port: Number(lines[3]) };
}

/** A connection of the role that owns the tables, past the server. */
export async function asOwner<T>(dir: string, work: (client: Client) => Promise<T>): Promise<T> {
  const { passwords } = JSON.parse(readFileSync(join(dir, 'database.json'), 'utf8')) as {
    passwords: Record<string, string>;
  };
  const port = postmasterOf(dir)?.port;
  if (port === undefined) throw new Error('the database is not running');
  const user = 'ostiary_owner';
  const client = new Client({ host: '127.0.0.1', port, user, password: passwords[user]!, database: 'ostiary' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
