import { MikroORM, type EntityClass } from '@mikro-orm/postgresql';
import { Client } from 'pg';
import { newId } from '@app/kernel';
import { Announcements, Database, migrate, ormOptions, requestTimeouts } from '@app/persistence';
import { migrations } from '../../database/migrations/index.js';

interface TestServer {
  readonly ownerUrl: string;
  readonly serverUrl: string;
  readonly adminUrl: string;
}

export interface TestDatabase {
  /** The role that owns the tables: for what tests put there. */
  readonly ownerUrl: string;
  /** The role the server works with. */
  readonly serverUrl: string;
  drop(): Promise<void>;
}

const template = 'test_template';
const templateLock = 7_301_001;

/** A database of the caller's own with today's schema, copied from one that the first caller of a run migrated. */
export async function createTestDatabase(): Promise<TestDatabase> {
  return newDatabase(async (admin, server, name) => {
    await admin.query('select pg_advisory_lock($1)', [templateLock]);
    await makeTemplate(admin, server);
    await admin.query(`create database ${name} template ${template}`);
  });
}

/** A database with nothing in it yet, for tests of the migrations themselves. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return newDatabase(async (admin, _server, name) => void (await admin.query(`create database ${name}`)));
}

/** The schema as it was once this migration had been applied. */
export async function bringUpTo({ ownerUrl, serverUrl }: TestDatabase, migration: string): Promise<void> {
  const last = migrations.findIndex(({ name }) => name === migration);
  if (last < 0) throw new Error(`there is no migration ${migration}`);
  await migrate(ownerUrl, migrations.slice(0, last + 1), new URL(serverUrl).username);
}

/** By force, unless autovacuum is in it: its worker may only be stopped by the plain command, which does so by itself. */
async function dropDatabase(admin: Client, name: string): Promise<void> {
  await admin.query(`drop database ${name} with (force)`).catch(() => admin.query(`drop database ${name}`));
}

async function newDatabase(
  create: (admin: Client, server: TestServer, name: string) => Promise<void>,
): Promise<TestDatabase> {
  const server = JSON.parse(process.env['TEST_SERVER'] ?? 'null') as TestServer | null;
  if (!server) throw new Error('no test server: run the vitest project db or e2e');

  const name = `test_${newId().replaceAll('-', '')}`;
  await asAdmin(server, (admin) => create(admin, server, name));
  return {
    ownerUrl: onDatabase(server.ownerUrl, name),
    serverUrl: onDatabase(server.serverUrl, name),
    drop: () => asAdmin(server, (admin) => dropDatabase(admin, name)),
  };
}

export interface OpenDatabase {
  readonly orm: MikroORM;
  readonly database: Database;
  readonly announcements: Announcements;
  close(): Promise<void>;
}

/** The door to a database without a Nest application around it. */
export async function openDatabase(
  url: string,
  entities: readonly EntityClass[] = [],
  timeouts = requestTimeouts,
): Promise<OpenDatabase> {
  const options = { url, entities, migrations: [], poolSize: 4, timeouts, applicationName: 'ostiary test' };
  const orm = await MikroORM.init({ ...ormOptions(options), discovery: { warnWhenNoEntities: false } });
  const announcements = new Announcements();
  return { orm, database: new Database(orm, announcements), announcements, close: () => orm.close(true) };
}

/** Migrated under another name and renamed when whole, so that a template is never half made. */
async function makeTemplate(admin: Client, server: TestServer): Promise<void> {
  const { rowCount } = await admin.query('select from pg_database where datname = $1', [template]);
  if (rowCount) return;

  const draft = `${template}_draft`;
  await admin.query(`drop database if exists ${draft} with (force)`);
  await admin.query(`create database ${draft}`);
  await migrate(onDatabase(server.ownerUrl, draft), migrations, new URL(server.serverUrl).username);
  await admin.query(`alter database ${draft} rename to ${template}`);
}

async function asAdmin(server: TestServer, work: (admin: Client) => Promise<void>): Promise<void> {
  const admin = new Client({ connectionString: server.adminUrl });
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}

function onDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
