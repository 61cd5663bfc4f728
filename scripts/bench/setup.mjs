// A database and a server of the bench's own, in a folder that goes with it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { post } from './http.mjs';
import { childrenOf, parentOf } from './processes.mjs';

const password = 'a password for this bench only';
export const publicUrl = 'http://bench.test';
export const serverKey = Buffer.alloc(32, 1);

/**
 * `{dir, database: {serverUrl, client, pid}, organization, server: {base, headers, pid, workerPid}, addServer, onEnd, end}`.
 * `addServer({env, entry, flags, onError})` starts one more on the same database.
 */
export async function setUp() {
  const { startEmbeddedPostgres, migrate, serverRoleOf } = await import('../../dist/libs/persistence/src/index.js');
  const { migrations } = await import('../../dist/database/migrations/index.js');
  const dir = mkdtempSync(join(tmpdir(), 'ostiary-bench-'));
  chmodSync(dir, 0o711);
  const started = await startEmbeddedPostgres({ dir });
  await migrate(started.ownerUrl, migrations, serverRoleOf(started.serverUrl));
  const client = new Client({ connectionString: started.ownerUrl, options: '-c jit=off' });
  await client.connect();
  const { rows } = await client.query('select pg_backend_pid() as pid');
  const database = { ...started, client, pid: parentOf(rows[0].pid) };

  const children = [];
  const onEnd = (child) => children.push(child);
  const end = async () => {
    for (const child of children.toReversed()) await stopped(child);
    await client.end();
    await started.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const addServer = (options) => startServer(started.serverUrl, onEnd, options);
    const server = await addServer({ env: { OSTIARY_WORKER: 'child' } });
    const organization = (await client.query('select id from organization')).rows[0].id;
    return { dir, database, organization, server, addServer, onEnd, end };
  } catch (error) {
    await end();
    throw error;
  }
}

export async function stopped(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function startServer(databaseUrl, onEnd, { env = {}, entry = 'dist/apps/api/src/main.js', flags = [], onError }) {
  const child = spawn(process.execPath, [...flags, entry], {
    stdio: ['ignore', 'pipe', onError ? 'pipe' : 'inherit'],
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      OSTIARY_SECRET_KEY: serverKey.toString('base64url'),
      OSTIARY_ADMIN_PASSWORD: password,
      OSTIARY_WORKER: 'none',
      PORT: '0',
      // Of all servers of a run the same, so that a token of one is good at the others.
      OSTIARY_PUBLIC_URL: publicUrl,
      LOG_LEVEL: process.env.LOG_LEVEL ?? 'silent',
      // One address and one credential send everything here.
      RATE_LIMIT: 'off',
      ...env,
    },
  });
  onEnd(child);
  child.stderr?.setEncoding('utf8').on('data', onError);
  const base = await urlOf(child);
  const { token } = await post(base, '/api/v1/auth/login', { username: 'admin', password });
  const [workerPid] = childrenOf(child.pid);
  return { child, base, pid: child.pid, workerPid, headers: { authorization: `Bearer ${token}` } };
}

async function urlOf(child) {
  let text = '';
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    text += chunk;
    const url = /listening on (\S+)/.exec(text)?.[1];
    if (!url) continue;
    child.stdout.resume();
    return url;
  }
  throw new Error('the server did not start');
}
