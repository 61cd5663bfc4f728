import { execFileSync, spawnSync, type SpawnOptions } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { DatabaseUnavailableError } from './database-unavailable-error.js';

/** Who PostgreSQL runs as. It refuses root, so a root process lends it another user; everybody else runs it as himself. */
export interface OsUser {
  name: string;
  uid: number;
  gid: number;
}

const defaultOsUser = 'nobody';

/** Undefined: run as the present user. */
export function osUserForPostgres(name: string = defaultOsUser): OsUser | undefined {
  if (process.getuid?.() !== 0) return undefined;

  const user = { name, uid: lookUp(name, '-u'), gid: lookUp(name, '-g') };
  if (user.uid === 0) {
    throw new DatabaseUnavailableError(
      `PostgreSQL refuses to run as root, and the user "${name}" is root: set OSTIARY_PG_USER to an ordinary user.`,
    );
  }
  return user;
}

/** `id` knows also the users that are not in /etc/passwd. initdb wants a name, so a bare number is not enough. */
function lookUp(name: string, flag: '-u' | '-g'): number {
  try {
    if (!/^[A-Za-z_][\w.-]*$/.test(name)) throw new Error('not a user name');
    return Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    throw new DatabaseUnavailableError(
      `PostgreSQL does not run as root, and this system has no user "${name}" to run it as: set OSTIARY_PG_USER to an existing user, or start as an ordinary user.`,
    );
  }
}

/** The environment is short on purpose: PG* variables would bend the server, and our own secrets are none of its business. */
export function spawnOptionsFor(user: OsUser | undefined): SpawnOptions {
  return {
    cwd: '/',
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    ...(user && { uid: user.uid, gid: user.gid }),
  };
}

/** Asks the system itself, in that user's name: reading mode bits would miss access lists and closed parent folders. */
export function canUse(user: OsUser | undefined, path: string, right: 'r' | 'x'): boolean {
  if (!user) return canUseOurselves(path, right);

  const test = spawnSync('/bin/sh', ['-c', `test -${right} "$1"`, 'sh', path], {
    ...spawnOptionsFor(user),
    stdio: 'ignore',
  });
  if (test.error) {
    throw new DatabaseUnavailableError(
      `PostgreSQL does not run as root, and this process may not start programs as "${user.name}": start as an ordinary user, or set DATABASE_URL.`,
    );
  }
  return test.status === 0;
}

function canUseOurselves(path: string, right: 'r' | 'x'): boolean {
  try {
    accessSync(path, right === 'r' ? constants.R_OK : constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
