import type { Pool, PoolClient } from 'pg';

/**
 * A transaction whose connection is cut cannot roll back, and the query builder under the ORM gives a connection back
 * only after a rollback that succeeded. Without this, each lost connection would take its place in the pool for ever.
 */
export function giveBackLostConnections(pool: Pool): void {
  const taken = new WeakSet<PoolClient>();
  pool.on('acquire', (client) => void taken.add(client));
  pool.on('release', (_error, client) => void taken.delete(client));
  pool.on('connect', (client) => {
    client.on('error', (error) => {
      if (!taken.has(client)) return;
      client.release(error);
      // Whoever holds it may give it back a second time, which the pool would take for a mistake.
      client.release = () => undefined;
    });
  });
}
