import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseUnavailableError } from './database-unavailable-error.js';
import { markLives, ownMark, pidIn } from './os-process.js';

/** Runs the work while no other process starts or stops the same server. A lock left by a killed process does not count. */
export async function withStartLock<T>(path: string, patienceMs: number, work: () => Promise<T>): Promise<T> {
  await acquire(path, Date.now() + patienceMs);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

async function acquire(path: string, deadline: number): Promise<void> {
  while (!claim(path)) {
    const holder = holderOf(path);
    if (holder !== undefined && !markLives(holder)) {
      await removeStale(path, deadline);
    } else if (Date.now() > deadline) {
      throw new DatabaseUnavailableError(
        `Process ${pidIn(holder ?? '')} has been starting or stopping this database for too long: end it, then start again.`,
      );
    } else {
      await sleep(25);
    }
  }
}

/** A link appears whole or not at all, so a lock never exists without the mark of its holder. */
function claim(path: string): boolean {
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, ownMark(), { mode: 0o644 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Two processes may find the same stale lock; the slower one must not remove the lock the faster one has just taken. */
async function removeStale(path: string, deadline: number): Promise<void> {
  const breaking = `${path}.break`;
  await acquire(breaking, deadline);
  try {
    const holder = holderOf(path);
    if (holder !== undefined && !markLives(holder)) rmSync(path, { force: true });
  } finally {
    rmSync(breaking, { force: true });
  }
}

function holderOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
