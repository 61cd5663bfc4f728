import { Client, type ClientConfig } from 'pg';
import type { DatabaseAccess, DatabaseRole } from './access-file.js';

export interface DatabasePlan {
  database: string;
  passwords: DatabaseAccess['passwords'];
  /** Only for tests: the owning role may make further databases. */
  ownerMakesDatabases: boolean;
}

export function connection(role: DatabaseRole, port: number, database: string, plan: DatabasePlan): ClientConfig {
  const password = plan.passwords[role];
  return { host: '127.0.0.1', port, user: role, password, database, ssl: false, connectionTimeoutMillis: 10_000 };
}

export async function connectedAs<T>(config: ClientConfig, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(config);
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Makes what is missing of the roles and the database; may be cut off anywhere and simply run again. */
export async function prepareDatabase(port: number, plan: DatabasePlan): Promise<void> {
  const missing = await connectedAs(connection('postgres', port, 'postgres', plan), async (client) => {
    await createRoles(client, plan);
    await keepToOwnDatabase(client, plan);
    return createDatabase(client, plan.database);
  });
  if (missing) {
    await connectedAs(connection('postgres', port, plan.database, plan), (client) => handOver(client, plan.database));
  }
}

/** Two roles, so that the server can neither change the schema nor switch off the triggers that keep the audit trail. */
async function createRoles(client: Client, plan: DatabasePlan): Promise<void> {
  for (const role of ['ostiary_owner', 'ostiary_server'] as const) {
    const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role]);
    if (rowCount) continue;
    await client.query(`create role ${role} login password ${client.escapeLiteral(plan.passwords[role])}`);
  }
}

async function keepToOwnDatabase(client: Client, { ownerMakesDatabases }: DatabasePlan): Promise<void> {
  const { rows } = await client.query<{ allowed: boolean; open: boolean }>(
    `select rolcreatedb as allowed, has_database_privilege('ostiary_server', 'postgres', 'connect') as open
       from pg_roles where rolname = 'ostiary_owner'`,
  );
  if (rows[0]?.open) await client.query('revoke all on database postgres, template1 from public');
  if (rows[0]?.allowed === ownerMakesDatabases) return;

  const may = ownerMakesDatabases ? 'createdb' : 'nocreatedb';
  await client.query(`alter role ostiary_owner ${may}`);
  await client.query(
    ownerMakesDatabases
      ? 'grant connect on database postgres to ostiary_owner'
      : 'revoke connect on database postgres from ostiary_owner',
  );
}

/** True when the database still has to be handed over: an open `public` also betrays a start that was cut off before. */
async function createDatabase(client: Client, database: string): Promise<boolean> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
  if (!rowCount) await client.query(`create database ${client.escapeIdentifier(database)} owner ostiary_owner`);

  const { rows } = await client.query<{ handed: boolean }>(
    `select not has_database_privilege('ostiary_server', $1, 'temporary')
            and has_database_privilege('ostiary_server', $1, 'connect') as handed`,
    [database],
  );
  return rows[0]?.handed !== true;
}

async function handOver(client: Client, database: string): Promise<void> {
  const name = client.escapeIdentifier(database);
  await client.query(`
    begin;
    alter schema public owner to ostiary_owner;
    revoke all on schema public from public;
    grant usage on schema public to ostiary_server;
    revoke all on database ${name} from public;
    grant connect on database ${name} to ostiary_server;
    commit`);
}
