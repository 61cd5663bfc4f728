import type { Pool, PoolClient } from 'pg';
import { DomainError, UnavailableError } from '@app/kernel';
import { domainErrorFrom } from './database-errors.js';

export interface StreamLimits {
  readonly rowsAtOnce: number;
  /** The first rows may have to wait for all to be sorted, so one step may take longer than a request's statement. */
  readonly stepMs: number;
  /** Whoever takes no rows for this long loses the snapshot. */
  readonly stallMs: number;
  /** However fast the rows are taken, no snapshot is held longer than this: old row versions stay as long as it does. */
  readonly wholeMs: number;
}

export const streamLimits: StreamLimits = {
  rowsAtOnce: 200,
  stepMs: 60_000,
  stallMs: 30_000,
  wholeMs: 10 * 60_000,
};

/** Long answers may take a quarter of the pool, and at least one connection; everybody else shares the rest. */
export class StreamSlots {
  private taken = 0;

  async lease(pool: Pool): Promise<StreamLease> {
    const most = Math.max(1, Math.floor(pool.options.max / 4));
    if (this.taken >= most) {
      throw new DomainError('too_many_requests', 'Other long answers are being written: try again shortly.', [], 5);
    }
    this.taken++;
    try {
      return new StreamLease(await pool.connect(), () => this.taken--);
    } catch (error) {
      this.taken--;
      throw error;
    }
  }
}

/** One connection for one long answer, given back exactly once: by the reader, or by the clock when he stalls. */
class StreamLease {
  private over = false;
  private clock: NodeJS.Timeout | undefined;

  constructor(
    private readonly client: PoolClient,
    private readonly onEnd: () => void,
  ) {}

  async query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    clearTimeout(this.clock);
    if (this.over) throw new UnavailableError('The answer was not taken in time.', 5);
    return (await this.client.query({ text, values: [...values] })).rows as Row[];
  }

  /** Until the next query the connection is idle in its transaction: not for ever. */
  awaitReader(stallMs: number): void {
    this.clock = setTimeout(() => this.end(new Error('nobody reads')), stallMs).unref();
  }

  /** With a failure the connection is closed, and the database ends the transaction by itself. */
  end(failure?: Error): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.clock);
    this.client.release(failure);
    this.onEnd();
  }
}

/** The rows of a statement in pieces, all of one moment: a cursor in a read-only transaction that sees one snapshot. */
export async function* streamSnapshot<Row>(
  lease: StreamLease,
  text: string,
  values: readonly unknown[],
  { rowsAtOnce, stepMs, stallMs, wholeMs }: StreamLimits,
): AsyncGenerator<Row[]> {
  const until = Date.now() + wholeMs;
  let complete = false;
  try {
    await lease.query('begin isolation level repeatable read read only');
    await lease.query(`set local statement_timeout = ${stepMs}`);
    await lease.query(`declare answer no scroll cursor for ${text}`, values);
    for (;;) {
      const rows = await lease.query<Row>(`fetch forward ${rowsAtOnce} from answer`);
      if (rows.length === 0) break;
      lease.awaitReader(stallMs);
      yield rows;
      if (Date.now() > until) throw new UnavailableError('The answer took too long to be taken.', 5);
    }
    await lease.query('commit');
    complete = true;
  } catch (error) {
    throw domainErrorFrom(error);
  } finally {
    lease.end(complete ? undefined : new Error('not read to the end'));
  }
}
