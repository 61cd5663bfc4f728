import { CronExpressionParser } from 'cron-parser';
import { InvalidError, isTimeZone } from '@app/kernel';

/** When a connector is read by the clock. */
export interface Schedule {
  /** Five fields: minute, hour, day of month, month, day of week. */
  readonly cron: string;
  /** An IANA name; the fields are of its clock. */
  readonly timeZone: string;
  /** Nothing is read before. */
  readonly startsAt: Date | null;
}

/** Numbers, ranges, lists and steps, months and weekdays by their English letters: what every cron understands. */
const field = /^(?:\*|[0-9]{1,2}|[a-z]{3})(?:[-,/](?:[0-9]{1,2}|[a-z]{3}))*$/i;
const longest = 200;

/** @throws InvalidError naming what of it cannot be */
export function parseSchedule({ cron, timeZone, startsAt }: Schedule): Schedule {
  const fields = cron.trim().split(/\s+/);
  if (cron.length > longest || fields.length !== 5 || !fields.every((one) => field.test(one))) throw unknownCron();
  if (!isTimeZone(timeZone)) {
    throw InvalidError.field('timezone', 'timezone must be the name of a time zone, such as Europe/Helsinki.');
  }
  const schedule = { cron: fields.join(' '), timeZone, startsAt };
  if (nextRunOf(schedule, new Date()) === null) throw unknownCron();
  return schedule;
}

/** The first instant after that one at which the connector is to be read; null: there is none. */
export function nextRunOf({ cron, timeZone, startsAt }: Schedule, after: Date): Date | null {
  const begun = startsAt !== null && startsAt > after ? new Date(startsAt.getTime() - 1) : after;
  try {
    return CronExpressionParser.parse(cron, { currentDate: begun, tz: timeZone }).next().toDate();
  } catch {
    return null;
  }
}

function unknownCron(): InvalidError {
  return InvalidError.field('cronSpec', 'cronSpec must be five fields of cron that name a time, such as 30 2 * * 1-5.');
}
