import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseUnavailableError } from './database-unavailable-error.js';

const roles = ['postgres', 'ostiary_owner', 'ostiary_server'] as const;
export type DatabaseRole = (typeof roles)[number];

/** Everything needed to reach the database again: lost, the data is there but nobody can read it. */
export interface DatabaseAccess {
  passwords: Record<DatabaseRole, string>;
  /** Where the database lies when it could not lie in the data folder. */
  home?: string;
  /** The cluster was completed once, so a missing one is a loss and no first start. */
  initialized: boolean;
}

export function accessFile(dir: string): string {
  return join(dir, 'database.json');
}

export function newAccess(home: string | undefined): DatabaseAccess {
  const password = (): string => randomBytes(24).toString('base64url');
  return {
    passwords: { postgres: password(), ostiary_owner: password(), ostiary_server: password() },
    ...(home !== undefined && { home }),
    initialized: false,
  };
}

export function readAccess(dir: string): DatabaseAccess | undefined {
  let text: string;
  try {
    text = readFileSync(accessFile(dir), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }

  const access = parse(text);
  if (!access) {
    throw new DatabaseUnavailableError(
      `${accessFile(dir)} holds the database's passwords and is damaged: restore it from a backup.`,
    );
  }
  return access;
}

function parse(text: string): DatabaseAccess | undefined {
  try {
    const access = JSON.parse(text) as DatabaseAccess;
    return roles.every((role) => typeof access.passwords[role] === 'string') ? access : undefined;
  } catch {
    return undefined;
  }
}

/** Flushed before it takes its name: a power cut must not leave a database whose passwords were never written. */
export function writeAccess(dir: string, access: DatabaseAccess): void {
  const path = accessFile(dir);
  const draft = `${path}.new`;
  const file = openSync(draft, 'w', 0o600);
  try {
    writeFileSync(file, `${JSON.stringify(access, null, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
}
