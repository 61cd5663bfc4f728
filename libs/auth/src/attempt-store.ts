import { createHash } from 'node:crypto';
import { type Statement, statement, type Transaction } from '@app/persistence';
import type { AttemptState } from './lockout.js';

/** Whose failures are counted: a user's, or, for a name nobody has, one of a fixed number of rows. */
export type Counted = { readonly userId: string } | { readonly bucket: number };

interface AttemptRow {
  failures: number;
  window_failures: number;
  temporary_lockouts: number;
  last_failure_at: string | null;
  locked_until: string | null;
  now: string;
}

interface Table {
  /** Locks the row until the transaction ends, and makes it if need be. */
  readonly hold: Statement<AttemptRow>;
  readonly write: Statement<never>;
}

function table(name: string, key: string): Table {
  return {
    hold: statement<AttemptRow>(
      undefined,
      `insert into ${name} as a (organization_id, ${key}) values ($1, $2)
       on conflict (organization_id, ${key}) do update set failures = a.failures
       returning failures, window_failures, temporary_lockouts, last_failure_at, locked_until, clock_timestamp() as now`,
    ),
    write: statement<never>(
      undefined,
      `update ${name} set failures = $3, window_failures = $4, temporary_lockouts = $5, last_failure_at = $6, locked_until = $7
        where organization_id = $1 and ${key} = $2`,
    ),
  };
}

const ofUsers = table('login_attempt', 'user_id');
const ofNobody = table('unknown_login', 'bucket');

const buckets = 1_024;

/** Always the same row for a name, so that guesses at it wait for one another as they would for a user's row. */
export function bucketOf(foldedName: string): number {
  return createHash('sha256').update(foldedName).digest().readUInt16BE(0) % buckets;
}

/** The state as it is until this transaction ends, with the database's time. */
export async function holdAttempts(tx: Transaction, counted: Counted): Promise<{ state: AttemptState; now: number }> {
  const [row] = await tx.query(tableOf(counted).hold, [keyOf(counted)]);
  if (!row) throw new Error('the row of failed attempts was not returned');
  const state = {
    failures: row.failures,
    windowFailures: row.window_failures,
    temporaryLockouts: row.temporary_lockouts,
    lastFailureAt: instantOf(row.last_failure_at),
    lockedUntil: instantOf(row.locked_until),
  };
  return { state, now: Date.parse(row.now) };
}

export async function writeAttempts(tx: Transaction, counted: Counted, state: AttemptState): Promise<void> {
  const { failures, windowFailures, temporaryLockouts, lastFailureAt, lockedUntil } = state;
  const times = [lastFailureAt, lockedUntil].map((time) => (time === null ? null : new Date(time)));
  await tx.execute(tableOf(counted).write, [keyOf(counted), failures, windowFailures, temporaryLockouts, ...times]);
}

function tableOf(counted: Counted): Table {
  return 'userId' in counted ? ofUsers : ofNobody;
}

function keyOf(counted: Counted): string | number {
  return 'userId' in counted ? counted.userId : counted.bucket;
}

function instantOf(text: string | null): number | null {
  return text === null ? null : Date.parse(text);
}
