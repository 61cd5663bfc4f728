import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@app/persistence';

/** One real server for all database tests; each test file makes a database of its own on it. */
export default async function databaseServer(): Promise<() => Promise<void>> {
  const dir = mkdtempSync(join(tmpdir(), 'ostiary-test-'));
  chmodSync(dir, 0o711); // Run as root, PostgreSQL has another user, who has to pass through.
  const server = await startEmbeddedPostgres({ dir, durable: false, settings: ['shared_buffers=128MB'] });
  const { ownerUrl, serverUrl, adminUrl } = server;
  process.env.TEST_SERVER = JSON.stringify({ ownerUrl, serverUrl, adminUrl });

  return async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  };
}
