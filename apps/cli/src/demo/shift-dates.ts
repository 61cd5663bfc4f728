const DAY = 86_400_000;
const ISO = /^(?<date>\d{4}-\d{2}-\d{2})(?<time>T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?$/;

/** Moves every cell of a delimited file that is a date or a date-time and nothing else; all other bytes stay, times of day included. */
export function shiftDates(csvText: string, days: number): string {
  if (!Number.isInteger(days)) throw new RangeError(`days must be whole, not ${days}`);

  return csvText.replaceAll(cellsOf(csvText), (cell) => shiftCell(cell, days));
}

/** A quoted part is swallowed whole, so a date on a line of its own inside a note is no cell. */
function cellsOf(csvText: string): RegExp {
  const separator = separatorOf(csvText);
  return new RegExp(String.raw`(?:"[^"]*(?:""[^"]*)*"|[^${separator}\r\n"]+)+`, 'g');
}

/** A comma inside an unquoted cell of a file with semicolons ends nothing, so the header row tells which separator is meant. */
function separatorOf(csvText: string): string {
  const header = /^.*/.exec(csvText)?.[0].replaceAll(/"[^"]*"/g, '') ?? '';
  const found = [',', ';', '\t'].map((separator) => ({ separator, columns: header.split(separator).length }));

  return found.reduce((best, other) => (other.columns > best.columns ? other : best)).separator;
}

function shiftCell(cell: string, days: number): string {
  const quote = cell.startsWith('"') ? '"' : '';
  const { date, time = '' } = ISO.exec(quote ? cell.slice(1, -1) : cell)?.groups ?? {};
  const moved = date && shiftDate(date, days);

  return moved ? `${quote}${moved}${time}${quote}` : cell;
}

/** Nothing for a day no calendar has, such as 30 February, and for results outside the years 0 to 9999. */
function shiftDate(date: string, days: number): string | undefined {
  const midnight = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(date)) return undefined;

  const moved = new Date(midnight.getTime() + days * DAY);
  return Number.isNaN(moved.getTime()) || moved.toISOString()[10] !== 'T'
    ? undefined
    : moved.toISOString().slice(0, 10);
}
