import { DatabaseUnavailableError } from './embedded/database-unavailable-error.js';
import { AbortedError, DomainError, InvalidError, UnavailableError } from '@app/kernel';

interface PostgresError {
  readonly code: string;
  readonly constraint?: string;
}

/** Five characters, a digit among them in every class there is: the driver's own EPIPE is no SQLSTATE. */
const sqlStateShape = /^(?=.*[0-9])[0-9A-Z]{5}$/;

/** The SQLSTATE error inside whatever the driver or the ORM wrapped around it. */
export function postgresErrorIn(error: unknown): PostgresError | undefined {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth++) {
    const { code, constraint } = current as Partial<PostgresError>;
    if (typeof code === 'string' && sqlStateShape.test(code)) return constraint ? { code, constraint } : { code };
    const { previous } = current as { previous?: unknown };
    if (previous instanceof Error) return postgresErrorIn(previous);
  }
  return undefined;
}

/** Whether the same work, begun again, may succeed: serialization failure or deadlock. */
export function isRetryable(error: unknown): boolean {
  return ['40001', '40P01'].includes(postgresErrorIn(error)?.code ?? '');
}

/** Name of the unique constraint or index that refused the write. */
export function violatedUnique(error: unknown): string | undefined {
  return violated('23505', error);
}

/** Name of the foreign key that refused the write: what it points at is not there, or no longer. */
export function violatedForeignKey(error: unknown): string | undefined {
  return violated('23503', error);
}

function violated(code: string, error: unknown): string | undefined {
  const found = postgresErrorIn(error);
  return found?.code === code ? found.constraint : undefined;
}

const connectionCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH']);

function isConnectionLoss(error: unknown): boolean {
  const sqlState = postgresErrorIn(error)?.code;
  if (sqlState) return sqlState.startsWith('08') || /^57P0[1235]$/.test(sqlState) || sqlState === '53300';
  const { code, message } = (error ?? {}) as { code?: string; message?: string };
  return (
    connectionCodes.has(code ?? '') ||
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
      message ?? '',
    )
  );
}

/** A start that failed for want of rights, as one sentence; anything else as it is. */
export function startFailureFrom(error: unknown): unknown {
  if (postgresErrorIn(error)?.code !== '42501') return error;
  return new DatabaseUnavailableError(
    'The role of DATABASE_URL lacks rights on the tables or on the schema pgboss: run "npm run ostiary -- migrate --grant-to <that role>" as the role that owns them.',
  );
}

/** Somebody else held what was to be changed for longer than anybody waits. */
class HeldRecordsError extends AbortedError {
  constructor() {
    super('Another change of the same records is under way: try again.');
  }
}

/** Stopped for its cost, which may have been the wait for several locks in a row. */
class TooLongError extends InvalidError {
  constructor() {
    super('The request is too broad to be answered in time: add a filter or ask for less.');
  }
}

/** What was looked at before it was held is another now: the work begins again, and is refused after too many times. */
export function changedMeanwhile(): Error {
  return Object.assign(new HeldRecordsError(), {
    cause: Object.assign(new Error('changed meanwhile'), { code: '40001' }),
  });
}

/** Whether the time was up, for one lock or for all of a statement: who asks for a single row has only waited. */
export function ranOutOfTime(error: unknown): boolean {
  return error instanceof HeldRecordsError || error instanceof TooLongError;
}

/** Whoever holds rows is looking for few; behind others in a line he waits for longer than for one lock. */
const holdsRows = /\bfor (no key update|update|key share|share)\b/;

/** What callers see of a database's refusal of a text. Anything unforeseen passes unchanged and becomes a 500. */
export function domainErrorFrom(error: unknown, text = ''): unknown {
  if (error instanceof DomainError) return error;
  if (isConnectionLoss(error)) return new UnavailableError('The database is not reachable at the moment.', 5);

  switch (postgresErrorIn(error)?.code) {
    case '57014':
      return holdsRows.test(text) ? new HeldRecordsError() : new TooLongError();
    case '22021':
    case '22P05':
      return new InvalidError('A text holds characters that cannot be stored.');
    case '55P03':
      return new HeldRecordsError();
    case '40001':
    case '40P01':
      // With its cause, by which whoever can begins again; others hear what it comes to.
      return Object.assign(new HeldRecordsError(), { cause: error });
    default:
      return error;
  }
}
