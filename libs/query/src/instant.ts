const rfc3339 =
  /^(?<day>\d{4}-\d{2}-\d{2})[Tt](?<time>\d{2}:\d{2}:\d{2})(?:\.(?<fraction>\d+))?(?:[Zz]|(?<sign>[+-])(?<hours>[01]\d|2[0-3]):(?<minutes>[0-5]\d))$/;

/**
 * A real RFC 3339 date-time with its zone, years 1 to 9999; finer than a millisecond is cut off.
 * A leap second is refused: neither Date nor the database can hold it.
 */
export function parseInstant(text: string): Date | undefined {
  const { day, time, fraction = '', sign, hours, minutes } = rfc3339.exec(text)?.groups ?? {};
  if (!day || !time) return undefined;

  const local = new Date(`${day}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`);
  if (!isWritten(local, `${day}T${time}`)) return undefined;

  const offsetMinutes = Number(hours ?? 0) * 60 + Number(minutes ?? 0);
  const instant = new Date(local.getTime() - (sign === '-' ? -1 : 1) * offsetMinutes * 60_000);
  return hasYear(local) && hasYear(instant) ? instant : undefined;
}

/** Date rolls 30 February over to March instead of refusing it, so what it understood is compared with what was written. */
function isWritten(date: Date, written: string): boolean {
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(written);
}

function hasYear(date: Date): boolean {
  const year = date.getUTCFullYear();
  return year >= 1 && year <= 9999;
}
