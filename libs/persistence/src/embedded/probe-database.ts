import { Client } from 'pg';
import { DatabaseUnavailableError } from './database-unavailable-error.js';
import { explainConnectionFailure, type DatabaseAddress } from './explain-connection-failure.js';

const oldestPostgres = 15;

export interface DatabaseFacts {
  /** As in `server_version_num`: 180004 is 18.4. */
  versionNumber: number;
  standby: boolean;
  readOnly: boolean;
}

/** Whether the server can work with this database; answers PostgreSQL's major version. Errors never carry the password. */
export async function probeDatabase(url: string, patienceMs = 10_000): Promise<{ version: number }> {
  const address = parseAddress(url);
  const facts = await askFacts(url, address, patienceMs);
  requireUsable(facts, address);
  return { version: majorOf(facts) };
}

/**
 * A password with a bare `#`, `/`, `?` or `@` cuts the URL in the wrong place, and its rest would then be printed as a
 * host or a database name: such a URL is refused before anything of it is shown.
 */
function parseAddress(url: string): DatabaseAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const cutWrong = !parsed || parsed.hash !== '' || parsed.pathname.includes('@') || parsed.search.includes('@');
  if (cutWrong || !/^postgres(ql)?:$/.test(parsed.protocol) || !decodes(parsed)) {
    throw new DatabaseUnavailableError(
      'DATABASE_URL is not a PostgreSQL URL: write postgres://user:password@host:5432/database, with %-escapes for special characters in the password.',
    );
  }

  const user = decodeURIComponent(parsed.username);
  return {
    host: parsed.hostname || (parsed.searchParams.get('host') ?? 'localhost'),
    port: parsed.port || (parsed.searchParams.get('port') ?? '5432'),
    database: decodeURIComponent(parsed.pathname.slice(1)) || user,
    user,
  };
}

function decodes(url: URL): boolean {
  try {
    return [url.username, url.password, url.pathname].every((part) => decodeURIComponent(part).length >= 0);
  } catch {
    return false;
  }
}

async function askFacts(url: string, address: DatabaseAddress, patienceMs: number): Promise<DatabaseFacts> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: patienceMs,
    query_timeout: patienceMs,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<DatabaseFacts>(
      `select current_setting('server_version_num')::int as "versionNumber",
              pg_is_in_recovery() as standby,
              current_setting('transaction_read_only') = 'on' as "readOnly"`,
    );
    return rows[0] ?? { versionNumber: 0, standby: false, readOnly: false };
  } catch (error) {
    throw new DatabaseUnavailableError(explainConnectionFailure(error, address));
  } finally {
    // Not awaited: a server that did not answer would not answer the farewell either.
    void client.end().catch(() => undefined);
  }
}

export function requireUsable(facts: DatabaseFacts, { host, database }: DatabaseAddress): void {
  if (facts.versionNumber < oldestPostgres * 10_000) {
    throw new DatabaseUnavailableError(
      `The server ${host} is PostgreSQL ${majorOf(facts)}: Ostiary needs PostgreSQL ${oldestPostgres} or newer.`,
    );
  }
  if (facts.standby) {
    throw new DatabaseUnavailableError(
      `The server ${host} is a standby and takes no changes: point DATABASE_URL to the primary server.`,
    );
  }
  if (facts.readOnly) {
    throw new DatabaseUnavailableError(
      `The database "${database}" on ${host} is read-only: lift default_transaction_read_only for it or for its user.`,
    );
  }
}

function majorOf({ versionNumber }: DatabaseFacts): number {
  return Math.floor(versionNumber / 10_000);
}
