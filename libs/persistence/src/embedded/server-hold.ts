import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { markLives, ownMark } from './os-process.js';

export interface ServerHold {
  /** True when no other live process needs the server any more: whoever leaves last stops it. */
  leave(): boolean;
}

/** Says, where other processes can read it, that this process needs the server. Synchronous, so it works while exiting. */
export function holdServer(folder: string): ServerHold {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const own = join(folder, randomUUID());
  writeFileSync(own, ownMark(), { mode: 0o644 });

  return {
    leave() {
      rmSync(own, { force: true });
      return !heldByOthers(folder);
    },
  };
}

function heldByOthers(folder: string): boolean {
  let held = false;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (stillLives(path)) held = true;
    else rmSync(path, { force: true });
  }
  return held;
}

function stillLives(path: string): boolean {
  try {
    return markLives(readFileSync(path, 'utf8'));
  } catch {
    return false;
  }
}
