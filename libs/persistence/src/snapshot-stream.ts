import type { Pool, PoolClient } from 'pg';
import { DomainError, UnavailableError } from '@app/kernel';
import { domainErrorFrom } from './database-errors.js';
import type { Statement } from './statement.js';
import type { Transaction } from './transaction.js';

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

/** Asks something else of the same moment. */
export type Look = <Row>(statement: Statement<Row>, values: readonly unknown[]) => Promise<Row[]>;

/** Asks in a transaction, and so of what it has written. */
export function lookIn(tx: Transaction): Look {
  return (statement, values) => tx.query(statement, values);
}

/** What is made of each piece before it is handed on. */
export type CompletePiece<Row, Whole> = (rows: readonly Row[], look: Look) => Promise<Whole[]>;

interface Asked {
  readonly organizationId: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** The rows of a statement in pieces, all of one moment: a cursor in a read-only transaction that sees one snapshot. */
export async function* streamSnapshot<Row, Whole>(
  lease: StreamLease,
  { organizationId, text, values }: Asked,
  complete: CompletePiece<Row, Whole>,
  { rowsAtOnce, stepMs, stallMs, wholeMs }: StreamLimits,
): AsyncGenerator<Whole[]> {
  const look: Look = async (statement, more) => lease.query(statement.text, [organizationId, ...more]);
  const until = Date.now() + wholeMs;
  let finished = false;
  try {
    await lease.query('begin isolation level repeatable read read only');
    await lease.query(`set local statement_timeout = ${stepMs}`);
    await lease.query(`declare answer no scroll cursor for ${text}`, [organizationId, ...values]);
    for (;;) {
      const rows = await lease.query<Row>(`fetch forward ${rowsAtOnce} from answer`);
      if (rows.length === 0) break;
      const whole = await complete(rows, look);
      lease.awaitReader(stallMs);
      yield whole;
      if (Date.now() > until) throw new UnavailableError('The answer took too long to be taken.', 5);
    }
    await lease.query('commit');
    finished = true;
  } catch (error) {
    throw domainErrorFrom(error);
  } finally {
    lease.end(finished ? undefined : new Error('not read to the end'));
  }
}
