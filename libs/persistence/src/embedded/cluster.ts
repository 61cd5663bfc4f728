import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type DatabaseHome, openOwn } from './database-home.js';
import { DatabaseUnavailableError } from './database-unavailable-error.js';
import { explainOutput } from './explain-failure.js';
import { type OsUser, spawnOptionsFor } from './os-user.js';
import { program, type Programs } from './programs.js';

const unfinished = 'cluster.new-';

/** Loopback, with a password, and nothing else. initdb's own file also lets in sockets and replication. */
const loopbackOnly =
  '# type  database  user  address        method\nhost    all       all   127.0.0.1/32   scram-sha-256\n';

export function clusterExists(home: DatabaseHome): boolean {
  return existsSync(home.cluster);
}

/**
 * Makes the cluster under another name and renames it when it is whole, so a cluster under its own name was never
 * half made. The other name is new each time: an initdb that outlived its killed parent still tidies up after itself.
 */
export async function createCluster(
  home: DatabaseHome,
  programs: Programs,
  password: string,
  durable: boolean,
): Promise<void> {
  removeUnfinished(home);
  const draft = join(home.folder, `${unfinished}${randomUUID()}`);
  const passwordFile = `${draft}.password`;
  try {
    writeOwn(passwordFile, `${password}\n`, home.user, constants.O_CREAT | constants.O_EXCL);
    const access = ['--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
    const texts = ['--encoding=UTF8', '--locale=C', '--no-instructions'];
    await runInitdb(home, programs, ['-D', draft, ...access, ...texts, ...(durable ? [] : ['--no-sync'])]);
    writeOwn(join(draft, 'pg_hba.conf'), loopbackOnly, home.user, constants.O_TRUNC);
    renameSync(draft, home.cluster);
    await flush(home.folder);
  } finally {
    rmSync(passwordFile, { force: true });
    removeUnfinished(home);
  }
}

function writeOwn(path: string, text: string, user: OsUser | undefined, flags: number): void {
  const file = openOwn(path, constants.O_WRONLY | flags, user);
  try {
    writeFileSync(file, text);
  } finally {
    closeSync(file);
  }
}

function removeUnfinished(home: DatabaseHome): void {
  for (const name of readdirSync(home.folder).filter((entry) => entry.startsWith(unfinished))) {
    rmSync(join(home.folder, name), { recursive: true, force: true, maxRetries: 5 });
  }
}

async function runInitdb(home: DatabaseHome, programs: Programs, args: string[]): Promise<void> {
  const child = spawn(program(programs, 'initdb'), args, {
    ...spawnOptionsFor(home.user),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (data: Buffer): void => {
    output = (output + data.toString()).slice(-16_000);
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);

  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', () => reject(cannotRun(programs)));
    child.once('close', resolve);
  });
  if (code !== 0) throw new DatabaseUnavailableError(explainOutput(output, home.folder, programs.package));
}

/** The file is there, so what is missing is the loader it was linked for. */
export function cannotRun(programs: Programs): DatabaseUnavailableError {
  return new DatabaseUnavailableError(
    `The PostgreSQL of npm package ${programs.package} does not run on this system (it needs glibc on Linux): set DATABASE_URL to a PostgreSQL 15 or newer.`,
  );
}

/** A rename is safe from a power cut only when the folder holding the name is flushed too. */
async function flush(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function requireSameMajor(home: DatabaseHome, programs: Programs): void {
  const file = join(home.cluster, 'PG_VERSION');
  const major = existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : undefined;
  if (major === programs.major) return;

  throw new DatabaseUnavailableError(
    major === undefined
      ? `The database in ${home.cluster} is damaged (it has no PG_VERSION): restore the folder from a backup.`
      : `The database in ${home.cluster} was made by PostgreSQL ${major} and this version brings PostgreSQL ${programs.major}: start the release that made it, export the data there and import it into a new data folder.`,
  );
}
