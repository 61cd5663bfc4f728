import { Client } from 'pg';
import { vi } from 'vitest';

/** A transaction of the owning role that is kept open, so that somebody else runs into it. */
export class HeldTransaction {
  private constructor(
    private readonly client: Client,
    private readonly transactionId: string,
  ) {}

  static async begin(ownerUrl: string, text: string, values: readonly unknown[]): Promise<HeldTransaction> {
    const client = new Client({ connectionString: ownerUrl });
    await client.connect();
    await client.query('begin');
    await client.query(text, [...values]);
    const { rows } = await client.query<{ id: string }>('select pg_current_xact_id()::xid::text as id');
    return new HeldTransaction(client, rows[0]!.id);
  }

  /** Waits until that many others wait for what this transaction has changed. */
  async untilMetBy(others: number): Promise<void> {
    const waiting = `select pid from pg_locks where locktype = 'transactionid' and not granted and transactionid = $1::text::xid`;
    await vi.waitUntil(async () => (await this.client.query(waiting, [this.transactionId])).rowCount === others, {
      timeout: 20_000,
      interval: 10,
    });
  }

  /** Likewise, for whatever this transaction holds. */
  async untilInTheWayOf(others: number): Promise<void> {
    const waiting = 'select pid from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid))';
    await vi.waitUntil(async () => (await this.client.query(waiting)).rowCount === others, {
      timeout: 20_000,
      interval: 10,
    });
  }

  async query(text: string, values: readonly unknown[]): Promise<void> {
    await this.client.query(text, [...values]);
  }

  async rollback(): Promise<void> {
    await this.client.query('rollback');
    await this.client.end();
  }

  async commit(): Promise<void> {
    await this.client.query('commit');
    await this.client.end();
  }
}
