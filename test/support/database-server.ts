import { chmodSync, existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@app/persistence';

const memory = '/dev/shm';
const roomBytes = 4 * 2 ** 30;

/** One real server for all database tests; each test file makes a database of its own on it. */
export default async function databaseServer(): Promise<() => Promise<void>> {
  const dir = mkdtempSync(join(roomIn(memory) >= roomBytes ? memory : tmpdir(), 'ostiary-test-'));
  chmodSync(dir, 0o711); // Run as root, PostgreSQL has another user, who has to pass through.
  const server = await startEmbeddedPostgres({
    dir,
    durable: false,
    settings: ['shared_buffers=128MB', 'wal_compression=off', 'max_wal_size=512MB'],
  });
  const { ownerUrl, serverUrl, adminUrl } = server;
  process.env.TEST_SERVER = JSON.stringify({ ownerUrl, serverUrl, adminUrl });

  return async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  };
}

/** A database is hundreds of small files, and tests make hundreds of databases: in memory that takes next to nothing. */
function roomIn(folder: string): number {
  if (!existsSync(folder)) return 0;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
