import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres, type EmbeddedPostgresOptions } from '../embedded-postgres.js';
import { signalPostmaster } from '../postmaster.js';
import { livePostmaster } from '../postmaster-file.js';

export const light = { durable: false, settings: ['shared_buffers=16MB'] };

/** A data folder of a test, with all that a server leaves in it and, for a closed one, elsewhere. */
export class DataFolder {
  readonly parent = mkdtempSync(join(tmpdir(), 'ostiary-spec-'));
  readonly dir = join(this.parent, 'data');

  private constructor(mode: number, uid: number | undefined) {
    chmodSync(this.parent, mode);
    if (uid !== undefined) chownSync(this.parent, uid, uid);
  }

  /** Folders above it let everybody pass. */
  static open(uid?: number): DataFolder {
    return new DataFolder(0o711, uid);
  }

  /** Below a folder that only its owner may enter, like root's home. */
  static closed(): DataFolder {
    return new DataFolder(0o700, undefined);
  }

  get home(): string {
    const file = join(this.dir, 'database.json');
    const elsewhere = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { home?: string }).home : undefined;
    return elsewhere ?? join(this.dir, 'postgres');
  }

  get cluster(): string {
    return join(this.home, 'cluster');
  }

  get postmasterPid(): number | undefined {
    return livePostmaster(this.cluster)?.pid;
  }

  start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
    return startEmbeddedPostgres({ dir: this.dir, ...light, ...options });
  }

  async remove(): Promise<void> {
    const { home } = this;
    while (livePostmaster(this.cluster)) {
      signalPostmaster(this.cluster, 'SIGQUIT');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    rmSync(this.parent, { recursive: true, force: true, maxRetries: 5 });
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** One statement on a connection of its own; answers the rows. */
export async function ask(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
