import { compose, isStorable, longestEmail } from '@app/kernel';

/** A cell that cannot be read as what its column is mapped to. The row is refused with this reason. */
export class CellError extends Error {
  constructor(
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

/** Trimmed and composed; an empty cell is no value. */
export function textIn(cell: string): string | null {
  if (!isStorable(cell)) throw new CellError('unstorable_character', 'holds a character that cannot be stored');
  return compose(cell).trim() || null;
}

/** An index entry of PostgreSQL holds 2,700 bytes, and a folded text may be half as long again as its original. */
const longestIndexedBytes = 1_700;

/** A text that is looked up or sorted by. */
export function limitedTextIn(cell: string, limit: number): string | null {
  const text = textIn(cell);
  if (text !== null) requireShort(text, limit);
  return text;
}

function requireShort(text: string, limit: number): void {
  if (text.length > limit) throw new CellError('too_long', `is longer than ${limit} characters`);
  if (text.length * 3 > longestIndexedBytes && Buffer.byteLength(text) > longestIndexedBytes) {
    throw new CellError('too_long', `is longer than ${longestIndexedBytes} bytes of UTF-8`);
  }
}

const truths = new Map([
  ['true', true],
  ['yes', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['0', false],
]);

export function booleanIn(cell: string): boolean | null {
  const text = cell.trim().toLowerCase();
  if (text === '') return null;
  const value = truths.get(text);
  if (value === undefined) throw new CellError('bad_boolean', 'must be true, false, yes, no, 1 or 0');
  return value;
}

export function wholeNumberIn(cell: string): number | null {
  const text = cell.trim();
  if (text === '') return null;
  if (!/^[0-9]{1,9}$/.test(text)) throw new CellError('bad_number', 'must be a whole number');
  return Number(text);
}

const dateShape = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const instantShape =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:?[0-9]{2})$/i;
/** As we print instants, and as most sources do: nothing but the calendar day is left to be checked. */
const printedShape = /^([0-9]{4}-[0-9]{2}-[0-9]{2})T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{3})?Z$/;

export function dateIn(cell: string): string | null {
  const text = cell.trim();
  if (text === '') return null;
  if (!isCalendarDay(text)) throw new CellError('bad_date', 'must be a date as YYYY-MM-DD');
  return text;
}

/** ISO 8601 with a zone, because a time without one is a guess; a bare date is midnight UTC. */
export function instantIn(cell: string): string | null {
  const text = cell.trim();
  if (text === '') return null;
  const printed = printedShape.exec(text);
  if (printed && isCalendarDay(printed[1]!)) return printed[2] === undefined ? `${text.slice(0, -1)}.000Z` : text;
  return isCalendarDay(text) ? `${text}T00:00:00.000Z` : convertedInstant(text);
}

function convertedInstant(text: string): string {
  const [, day = '', time = '', fraction = '', zone = ''] = instantShape.exec(text) ?? [];
  const instant = isCalendarDay(day) ? new Date(`${day}T${time}${fraction.slice(0, 4)}${zoneOf(zone)}`) : undefined;
  if (!instant || Number.isNaN(instant.getTime())) {
    throw new CellError('bad_time', 'must be a date or an ISO 8601 time with its zone, such as 2026-01-31T08:00:00Z');
  }
  const printed = instant.toISOString();
  // A zone can carry the edges of the calendar into years that have no four digits, or into year 0.
  if (!/^(?!0000)[0-9]{4}-/.test(printed)) throw new CellError('bad_time', 'is not within the years 1 to 9999');
  return printed;
}

function zoneOf(zone: string): string {
  return zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
}

const daysOfMonths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isCalendarDay(text: string): boolean {
  if (text.length !== 10 || !dateShape.test(text)) return false;
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8))];
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 && leap ? 29 : (daysOfMonths[month - 1] ?? 0);
  return year > 0 && day > 0 && day <= days;
}

/** Several values in one cell, separated by `|`; empty ones and repetitions are dropped. */
export function listIn(cell: string): string[] {
  const parts = textIn(cell)?.split('|') ?? [];
  const values = new Set(parts.map((value) => value.trim()).filter((value) => value !== ''));
  for (const value of values) requireShort(value, 1_024);
  return [...values];
}

/** Syntax only: one @, something on both sides, no blanks. */
export function emailIn(cell: string): string | null {
  const text = textIn(cell);
  if (text !== null && (text.length > longestEmail || !/^[^\s@]+@[^\s@]+$/.test(text))) {
    throw new CellError('bad_email', 'is not an e-mail address');
  }
  return text;
}

export function oneOfIn<T extends string>(cell: string, accepted: readonly T[]): T | null {
  const text = cell.trim().toLowerCase();
  if (text === '') return null;
  const found = accepted.find((value) => value === text);
  if (!found) throw new CellError('bad_value', `must be one of ${accepted.join(', ')}`);
  return found;
}
