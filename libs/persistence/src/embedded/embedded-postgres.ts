import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { newAccess, readAccess, accessFile, writeAccess, type DatabaseAccess } from './access-file.js';
import { clusterExists, createCluster, requireSameMajor } from './cluster.js';
import { chooseHome, makeDataDir, openHome, type DatabaseHome } from './database-home.js';
import { connectedAs, connection, prepareDatabase, type DatabasePlan } from './database-roles.js';
import { DatabaseUnavailableError } from './database-unavailable-error.js';
import { asUnavailable } from './explain-failure.js';
import { osUserForPostgres, type OsUser } from './os-user.js';
import { startPostmaster, signalPostmaster, startupPatienceMs, stopPostmaster, untilReady } from './postmaster.js';
import { livePostmaster, type Postmaster } from './postmaster-file.js';
import { locatePrograms, reachablePrograms, type Programs } from './programs.js';
import { holdServer, type ServerHold } from './server-hold.js';
import { withStartLock } from './start-lock.js';

export interface EmbeddedPostgresOptions {
  /** The data folder; made when missing. */
  dir: string;
  /** False trades safety from power cuts for speed: for tests. */
  durable?: boolean;
  database?: string;
  /** Further server settings, `name=value`; they win over ours. */
  settings?: string[];
  /** Who runs PostgreSQL when this process is root, which PostgreSQL refuses. */
  osUser?: string;
}

export interface EmbeddedPostgres {
  /** May change the schema: for migrations and `ostiary purge`. */
  ownerUrl: string;
  /** May only do what the migrations grant: for the server. */
  serverUrl: string;
  /** Only with `durable: false`: the owning role, on a database of its own, may create databases. */
  adminUrl?: string;
  /** The server was already running: another process uses it, or one was killed and left it. */
  adopted: boolean;
  /** Stops the server too, unless another live process needs it. */
  stop(): Promise<void>;
}

/** Starts, or joins, the PostgreSQL of a data folder. Throws DatabaseUnavailableError and nothing else. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  try {
    const programs = locatePrograms();
    const osUser = osUserForPostgres(options.osUser);
    const dir = makeDataDir(options.dir, osUser);
    return await withStartLock(lockFile(dir), startupPatienceMs, () => start(dir, osUser, programs, options));
  } catch (error) {
    throw asUnavailable(error, options.dir);
  }
}

/** Whether a server was started in this data folder before. A database that was lost since is one: the start says so. */
export function hasEmbeddedDatabase(dir: string): boolean {
  try {
    return readAccess(dir)?.initialized === true || existsSync(clusterIn(dir));
  } catch (error) {
    throw asUnavailable(error, dir);
  }
}

async function start(
  dir: string,
  osUser: OsUser | undefined,
  programs: Programs,
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const { durable = true, database = 'ostiary', settings = [] } = options;
  const { access, home } = await openCluster(dir, osUser, programs, durable);
  const plan = { database, passwords: access.passwords, ownerMakesDatabases: !durable };

  const hold = holdServer(join(dir, 'database.holders'));
  try {
    const found = await adopt(home, plan);
    const server =
      found ?? (await startPostmaster(home, await reachablePrograms(programs, home), { durable, settings }));
    await prepareDatabase(server.port, plan);
    return running(dir, home, server, plan, { hold, adopted: found !== undefined });
  } catch (error) {
    if (hold.leave()) await stopPostmaster(home.cluster);
    throw error;
  }
}

/** The passwords are written before the cluster that needs them, so a start cut off anywhere can be taken up again. */
async function openCluster(
  dir: string,
  osUser: OsUser | undefined,
  programs: Programs,
  durable: boolean,
): Promise<{ access: DatabaseAccess; home: DatabaseHome }> {
  const access = readAccess(dir) ?? firstAccess(dir, osUser);
  const home = openHome(dir, access.home, osUser);
  if (clusterExists(home)) {
    requireSameMajor(home, programs);
  } else {
    if (access.initialized) throw databaseLost(dir, home);
    await createCluster(home, await reachablePrograms(programs, home), access.passwords.postgres, durable);
  }
  if (!access.initialized) writeAccess(dir, { ...access, initialized: true });
  return { access, home };
}

function firstAccess(dir: string, osUser: OsUser | undefined): DatabaseAccess {
  if (existsSync(clusterIn(dir))) throw passwordsLost(dir);

  const access = newAccess(chooseHome(dir, osUser));
  writeAccess(dir, access);
  return access;
}

/** Believes a found server only after it let us in: its file may be old, it may be stopping just now. */
async function adopt(home: DatabaseHome, plan: DatabasePlan): Promise<Postmaster | undefined> {
  for (;;) {
    if (!livePostmaster(home.cluster)) return undefined;
    const found = await untilReady(home, () => !livePostmaster(home.cluster));
    if (!found) return undefined;

    try {
      await connectedAs(connection('postgres', found.port, 'postgres', plan), (client) => client.query('select 1'));
      return found;
    } catch (error) {
      if ((error as { code?: string }).code === '28P01') throw passwordsWrong(home);
      if (livePostmaster(home.cluster)?.ready) throw error;
    }
  }
}

interface Membership {
  hold: ServerHold;
  adopted: boolean;
}

function running(
  dir: string,
  home: DatabaseHome,
  { port }: Postmaster,
  { database, passwords, ownerMakesDatabases }: DatabasePlan,
  { hold, adopted }: Membership,
): EmbeddedPostgres {
  const url = (role: 'ostiary_owner' | 'ostiary_server', name: string): string =>
    `postgres://${role}:${passwords[role]}@127.0.0.1:${port}/${encodeURIComponent(name)}`;
  const onExit = (): void => {
    if (hold.leave()) signalPostmaster(home.cluster, 'SIGINT');
  };
  process.once('exit', onExit);

  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    // A server whose files were deleted ends by itself within a minute, and there is no place left to agree in.
    if (!existsSync(dir)) return;
    await withStartLock(lockFile(dir), startupPatienceMs, async () => {
      if (hold.leave()) await stopPostmaster(home.cluster);
    });
    process.off('exit', onExit);
  };

  return {
    ownerUrl: url('ostiary_owner', database),
    serverUrl: url('ostiary_server', database),
    ...(ownerMakesDatabases && { adminUrl: url('ostiary_owner', 'postgres') }),
    adopted,
    stop: () => (stopped ??= stop()),
  };
}

function clusterIn(dir: string): string {
  return join(dir, 'postgres', 'cluster');
}

function lockFile(dir: string): string {
  return join(dir, 'database.lock');
}

function passwordsLost(dir: string): DatabaseUnavailableError {
  return new DatabaseUnavailableError(
    `There is a database in ${join(dir, 'postgres')}, but its passwords are gone: restore ${accessFile(dir)} from a backup, or move the folder away to start empty.`,
  );
}

function passwordsWrong(home: DatabaseHome): DatabaseUnavailableError {
  return new DatabaseUnavailableError(
    `The database in ${home.folder} refuses the passwords kept for it: restore the data folder as a whole from one backup.`,
  );
}

function databaseLost(dir: string, home: DatabaseHome): DatabaseUnavailableError {
  return new DatabaseUnavailableError(
    `The database that belongs to ${dir} is gone from ${home.folder}: restore that folder from a backup, or remove ${accessFile(dir)} to start empty.`,
  );
}
