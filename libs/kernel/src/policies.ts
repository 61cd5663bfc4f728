import { readFileSync } from 'node:fs';

/** What is asked of a new password. Field names as the directory API's publisher has them, where it has them. */
export interface PasswordValiditySetting {
  readonly minLength: number;
  readonly maxLength: number;
  /** Lower-case lines of the further blocklist. */
  readonly blocked: ReadonlySet<string>;
}

/** `changeInterval` in days. Off by default: NIST SP 800-63B-4 advises against it. */
export interface PasswordExpirationPolicy {
  readonly enabled: boolean;
  readonly changeInterval: number;
}

/** When failed logons lock an account. Durations in seconds. */
export interface BruteForceDetectionPolicy {
  readonly enabled: boolean;
  /** A failure later than this after the one before begins the count anew. */
  readonly clearFailuresAfter: number;
  readonly maxLoginFailures: number;
  /** Length of the first lock; each further one is longer by as much, up to `maxFailureWait`. */
  readonly waitIncrement: number;
  readonly maxFailureWait: number;
  /** With `permanentLockout`: after so many temporary locks the next one is for good. */
  readonly maxTemporaryLockouts: number;
  readonly permanentLockout: boolean;
}

/** Cost of argon2id (RFC 9106). */
export interface Argon2Setting {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

/** Why a setting was refused, and which field of it, if one; the caller knows its key. */
export class PolicyError extends Error {
  constructor(
    message: string,
    readonly field?: string,
  ) {
    super(message);
  }
}

type Fields<T> = { readonly [Name in keyof T]: (value: unknown) => T[Name] };

const whole = (min: number, max: number) => (value: unknown) => {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  throw new PolicyError(`a whole number from ${min} to ${max}`);
};

const flag = (value: unknown): boolean => {
  if (typeof value === 'boolean') return value;
  throw new PolicyError('true or false');
};

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Seconds of a duration such as `15m`. */
export const secondsOf = (value: unknown): number => {
  const [, digits, unit = ''] = /^([0-9]{1,6})([smhd])$/.exec(typeof value === 'string' ? value : '') ?? [];
  const seconds = Number(digits) * (unitSeconds[unit] ?? NaN);
  if (seconds >= 1) return seconds;
  throw new PolicyError('a duration such as "90s", "15m", "12h" or "1d"');
};

/** One line a password; read at the start, so that a missing file is seen then. */
const lines = (value: unknown): ReadonlySet<string> => {
  if (typeof value !== 'string' || value === '') throw new PolicyError('the path of a text file');
  try {
    return new Set(readFileSync(value, 'utf8').normalize('NFC').toLowerCase().split(/\r?\n/).filter(Boolean));
  } catch {
    throw new PolicyError('the path of a text file that can be read');
  }
};

export function readPasswordValidity(text: string | undefined): PasswordValiditySetting {
  const { minLength, maxLength, blocklistFile } = fieldsOf<{
    readonly minLength: number;
    readonly maxLength: number;
    readonly blocklistFile: ReadonlySet<string>;
  }>(
    text,
    { minLength: whole(8, 256), maxLength: whole(64, 1_000), blocklistFile: lines },
    { minLength: 15, maxLength: 256, blocklistFile: new Set<string>() },
  );
  if (minLength > maxLength) throw new PolicyError('must not be more than maxLength', 'minLength');
  return { minLength, maxLength, blocked: blocklistFile };
}

export function readPasswordExpiration(text: string | undefined): PasswordExpirationPolicy {
  return fieldsOf<PasswordExpirationPolicy>(
    text,
    { enabled: flag, changeInterval: whole(1, 10_000) },
    { enabled: false, changeInterval: 365 },
  );
}

export function readBruteForceDetection(text: string | undefined): BruteForceDetectionPolicy {
  return fieldsOf<BruteForceDetectionPolicy>(
    text,
    {
      enabled: flag,
      clearFailuresAfter: secondsOf,
      maxLoginFailures: whole(1, 100),
      waitIncrement: secondsOf,
      maxFailureWait: secondsOf,
      maxTemporaryLockouts: whole(0, 1_000),
      permanentLockout: flag,
    },
    {
      enabled: true,
      clearFailuresAfter: 12 * 3_600,
      maxLoginFailures: 5,
      waitIncrement: 60,
      maxFailureWait: 15 * 60,
      maxTemporaryLockouts: 2,
      permanentLockout: false,
    },
  );
}

/** OWASP's minimum by default: 19 MiB, two passes, one lane. */
export function readArgon2(text: string | undefined): Argon2Setting {
  return fieldsOf(
    text,
    { memoryKib: whole(64, 4_194_304), passes: whole(1, 100), lanes: whole(1, 16) },
    { memoryKib: 19_456, passes: 2, lanes: 1 },
  );
}

/** The JSON object that a setting is: every field read, those that are left out as they are by default. */
export function fieldsOf<T extends object>(text: string | undefined, fields: Fields<T>, defaults: T): T {
  const given = text === undefined ? {} : objectIn(text);
  const names = Object.keys(fields) as (keyof T & string)[];
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(fields, name));
  if (unknown !== undefined) throw new PolicyError(`may hold ${names.join(', ')} and nothing else`);
  const entries = names.map((name) => [
    name,
    Object.hasOwn(given, name) ? read(name, fields[name], given[name]) : defaults[name],
  ]);
  return Object.freeze(Object.fromEntries(entries) as T);
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Not JSON: the same refusal as for JSON that is no object.
  }
  throw new PolicyError('must be a JSON object');
}

function read<V>(name: string, reader: (value: unknown) => V, value: unknown): V {
  try {
    return reader(value);
  } catch (error) {
    throw error instanceof PolicyError ? new PolicyError(`must be ${error.message}`, name) : error;
  }
}
