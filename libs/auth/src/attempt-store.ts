import { createHash } from 'node:crypto';
import { type Database, statement } from '@app/persistence';
import type { AttemptState } from './lockout.js';

/** Whose failures are counted: a user's, or, for a name nobody has, one of a fixed number of rows. */
export type Counted = { readonly userId: string } | { readonly bucket: number };

/** A count as a look found it; nulls where no row is. */
export interface CountRow {
  readonly failures: number | null;
  readonly window_failures: number | null;
  readonly temporary_lockouts: number | null;
  readonly last_failure_at: string | null;
  readonly locked_until: string | null;
  /** The database's time of the look. */
  readonly looked_at: string;
}

/** A count as it was at one moment of this process's own clock. */
export interface Count extends CountRow {
  readonly readAt: number;
}

const columns = ['failures', 'window_failures', 'temporary_lockouts', 'last_failure_at', 'locked_until'];

/** Text of a look's columns for a `CountRow`, from whichever of the tables so called has the row. */
export function countColumns(...aliases: readonly string[]): string {
  const found = columns.map((name) => `coalesce(${aliases.map((alias) => `${alias}.${name}`).join(', ')}) as ${name}`);
  return `${found.join(', ')}, clock_timestamp() as looked_at`;
}

interface CountTable {
  readonly name: 'login_attempt' | 'unknown_login';
  readonly key: 'user_id' | 'bucket';
  readonly keyType: 'uuid' | 'smallint';
}

export const ofUsers: CountTable = { name: 'login_attempt', key: 'user_id', keyType: 'uuid' };
export const ofNobody: CountTable = { name: 'unknown_login', key: 'bucket', keyType: 'smallint' };

const again = ({ name, key }: CountTable) =>
  statement<CountRow>(
    `sign-in.count-again.${name}`,
    `select ${countColumns('a')} from (values (1)) once left join ${name} a on a.organization_id = $1 and a.${key} = $2`,
  );
const [ofUsersAgain, ofNobodyAgain] = [again(ofUsers), again(ofNobody)];

/** The count as it is now. */
export async function countAgain(
  database: Database,
  { organizationId, counted }: { readonly organizationId: string; readonly counted: Counted },
): Promise<Count> {
  const [row] = await database.query({ organizationId }, 'userId' in counted ? ofUsersAgain : ofNobodyAgain, [
    keyOf(counted),
  ]);
  if (!row) throw new Error('a look at a count gives one row always');
  return { ...row, readAt: performance.now() };
}

/** The database's time now. */
export function timeOf({ looked_at: lookedAt, readAt }: Count): number {
  return Date.parse(lookedAt) + performance.now() - readAt;
}

const buckets = 1_024;

/** Always the same row for a name, so that guesses at it wait for one another as they would for a user's row. */
export function bucketOf(foldedName: string): number {
  return createHash('sha256').update(foldedName).digest().readUInt16BE(0) % buckets;
}

/**
 * First steps of a statement that judges a try. They write the new count if it is still the one that was judged: then
 * `counted` has a row, else none, and nothing else happens either. Whoever judges it at the same time waits here until
 * this transaction ends, and then finds it changed, so of a hundred guesses at once each is counted. Bound by
 * `countValues` as `$2` to `$9`.
 */
export function countSteps({ name, key, keyType }: CountTable): string {
  const written = '$3::integer, $4::integer, $5::integer, $6::timestamptz, $7::timestamptz';
  return `changed as (
     update ${name} set (${columns.join(', ')}) = row(${written})
      where organization_id = $1 and ${key} = $2::${keyType} and failures = $8::integer
        and last_failure_at is not distinct from $9::timestamptz
      returning true as done),
   added as (
     insert into ${name} (organization_id, ${key}, ${columns.join(', ')})
     select $1, $2::${keyType}, ${written} where $8::integer is null
     on conflict do nothing returning true as done),
   counted as (table changed union all table added)`;
}

/** The first value that `countSteps` leaves to others. */
export const afterCount = 10;

export function countValues(counted: Counted, judged: CountRow, next: AttemptState): unknown[] {
  const { failures, windowFailures, temporaryLockouts, lastFailureAt, lockedUntil } = next;
  const times = [lastFailureAt, lockedUntil].map((time) => (time === null ? null : new Date(time)));
  return [
    keyOf(counted),
    failures,
    windowFailures,
    temporaryLockouts,
    ...times,
    judged.failures,
    judged.last_failure_at,
  ];
}

export function stateOf(row: CountRow): AttemptState {
  return {
    failures: row.failures ?? 0,
    windowFailures: row.window_failures ?? 0,
    temporaryLockouts: row.temporary_lockouts ?? 0,
    lastFailureAt: instantOf(row.last_failure_at),
    lockedUntil: instantOf(row.locked_until),
  };
}

function keyOf(counted: Counted): string | number {
  return 'userId' in counted ? counted.userId : counted.bucket;
}

function instantOf(text: string | null): number | null {
  return text === null ? null : Date.parse(text);
}
