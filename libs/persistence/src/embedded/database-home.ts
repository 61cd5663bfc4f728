import { createHash, randomBytes } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  fchownSync,
  fstatSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  statSync,
  type Stats,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseUnavailableError } from './database-unavailable-error.js';
import { canUse, type OsUser } from './os-user.js';

/** The folder that belongs to PostgreSQL's own user: cluster, log, and a copy of the programs where one is needed. */
export interface DatabaseHome {
  folder: string;
  cluster: string;
  log: string;
  user: OsUser | undefined;
}

/** As root the folder itself may be passed through, or PostgreSQL's user could not reach its own inside it; files in it stay 0600. */
export function makeDataDir(path: string, user: OsUser | undefined): string {
  const dir = resolve(path);
  const made = mkdirSync(dir, { recursive: true, mode: user ? 0o755 : 0o700 });
  if (made !== undefined && user) chmodSync(dir, 0o711);
  accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK);
  return realpathSync(dir);
}

/** A folder elsewhere for a data folder that PostgreSQL's user cannot reach. The name ends at random: nobody can be there first. */
export function chooseHome(dir: string, user: OsUser | undefined): string | undefined {
  if (canUse(user, dir, 'x')) return undefined;

  const parent = ['/var/lib', tmpdir(), '/var/tmp'].find((place) => writable(place) && canUse(user, place, 'x'));
  if (parent === undefined) {
    throw new DatabaseUnavailableError(
      `The user "${user?.name}", as whom PostgreSQL runs, cannot reach ${dir}, and no other folder is free for the database: set OSTIARY_DATA_DIR to a folder open to it.`,
    );
  }
  const hash = createHash('sha256').update(dir).digest('hex').slice(0, 12);
  return join(parent, `ostiary-${hash}-${randomBytes(4).toString('hex')}`);
}

export function openHome(dir: string, elsewhere: string | undefined, asked: OsUser | undefined): DatabaseHome {
  const path = elsewhere ?? join(dir, 'postgres');
  if (!existsSync(path)) {
    mkdirSync(path, { mode: 0o700 });
    if (asked) chownSync(path, asked.uid, asked.gid);
  }
  const folder = elsewhere ?? realpathSync(path);
  const user = asked && ownerOf(folder, elsewhere === undefined ? statSync(dir) : undefined, asked);
  if ((statSync(folder).mode & 0o777) !== 0o700) chmodSync(folder, 0o700);
  if (!canUse(user, folder, 'x')) throw unreachable(folder, user);

  return { folder, cluster: join(folder, 'cluster'), log: join(folder, 'postgres.log'), user };
}

/**
 * Whoever owns the files has to run the server. Inside the data folder that may be the folder's own user (an ordinary
 * start first, then one as root); in a shared place only the user we asked for, or a stranger could hand us his database.
 */
function ownerOf(folder: string, dir: Stats | undefined, asked: OsUser): OsUser {
  const found = lstatSync(folder);
  if (found.isDirectory() && found.uid === asked.uid) return asked;
  if (found.isDirectory() && dir && found.uid === dir.uid && found.uid !== 0) {
    return { name: `user ${found.uid}`, uid: found.uid, gid: found.gid };
  }
  if (found.isDirectory() && found.uid === 0 && readdirSync(folder).length === 0) {
    lchownSync(folder, asked.uid, asked.gid);
    return asked;
  }

  throw new DatabaseUnavailableError(
    `${folder} belongs to user ${found.uid}, not to "${asked.name}" as whom PostgreSQL would run: give it to that user (chown -R), or set OSTIARY_PG_USER to the one who made it.`,
  );
}

/** From the leaves up, so that nobody else may enter the tree while it is handed over. */
export function giveTree(path: string, user: OsUser): void {
  if (lstatSync(path).isDirectory()) {
    for (const name of readdirSync(path)) giveTree(join(path, name), user);
  }
  lchownSync(path, user.uid, user.gid);
}

/** Opens a file in the folder of PostgreSQL's user. He may have put a link to a file of root's there, so links are refused. */
export function openOwn(path: string, flags: number, user: OsUser | undefined): number {
  const file = openSync(path, flags | constants.O_NOFOLLOW, 0o600);
  if (user && fstatSync(file).nlink === 1) fchownSync(file, user.uid, user.gid);
  return file;
}

function unreachable(folder: string, user: OsUser | undefined): DatabaseUnavailableError {
  const who = user ? `the user "${user.name}", as whom PostgreSQL runs,` : 'this user';
  return new DatabaseUnavailableError(
    `The database lies in ${folder}, where ${who} has no access: open the folders above it (chmod o+x), or start as the user who made it.`,
  );
}

function writable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
