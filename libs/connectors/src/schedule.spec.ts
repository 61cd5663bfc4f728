import { describe, expect, it } from 'vitest';
import { nextRunOf, parseSchedule } from './schedule.js';

const at = (cron: string, timeZone = 'UTC', startsAt: string | null = null) => ({
  cron,
  timeZone,
  startsAt: startsAt === null ? null : new Date(startsAt),
});
const next = (after: string, ...schedule: Parameters<typeof at>) =>
  nextRunOf(at(...schedule), new Date(after))?.toISOString();

describe('the next run of a schedule', () => {
  it.each([
    ['2026-01-01T00:00:00Z', '30 2 * * *', '2026-01-01T02:30:00.000Z'],
    ['2026-01-01T02:30:00Z', '30 2 * * *', '2026-01-02T02:30:00.000Z'],
    ['2026-01-01T00:00:00Z', '*/20 * * * *', '2026-01-01T00:20:00.000Z'],
    ['2026-01-03T00:00:00Z', '0 6 * * mon-fri', '2026-01-05T06:00:00.000Z'],
    ['2026-01-01T00:00:00Z', '0 0 29 2 *', '2028-02-29T00:00:00.000Z'],
  ])('after %s of %s is %s', (after, cron, expected) => {
    expect(next(after, cron)).toBe(expected);
  });

  it('goes by the clock of its time zone, summer and winter', () => {
    expect(next('2026-01-10T00:00:00Z', '0 6 * * *', 'Europe/Helsinki')).toBe('2026-01-10T04:00:00.000Z');
    expect(next('2026-07-10T00:00:00Z', '0 6 * * *', 'Europe/Helsinki')).toBe('2026-07-10T03:00:00.000Z');
  });

  it('comes also on the night that has no such hour', () => {
    expect(next('2026-03-28T12:00:00Z', '30 3 * * *', 'Europe/Helsinki')).toBe('2026-03-29T01:30:00.000Z');
  });

  it('is not before its start, and may be at it', () => {
    expect(next('2026-01-01T00:00:00Z', '0 6 * * *', 'UTC', '2026-02-01T06:00:00Z')).toBe('2026-02-01T06:00:00.000Z');
    expect(next('2026-03-01T00:00:00Z', '0 6 * * *', 'UTC', '2026-02-01T06:00:00Z')).toBe('2026-03-01T06:00:00.000Z');
  });
});

describe('a schedule', () => {
  it('is kept with single blanks between its fields', () => {
    expect(parseSchedule(at('  30  2 * *   1-5 '))).toMatchObject({ cron: '30 2 * * 1-5' });
  });

  it.each([
    '',
    ' ',
    'x',
    '* * * *',
    '* * * * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 31 2 *',
    '* * * 13 *',
    '@daily',
    'H H * * *',
    '? * * * *',
    '* * L * *',
    '*/0 * * * *',
    '1-70 * * * *',
    '* * * * xyz',
    '* * * * *'.padEnd(500),
    '\u0000 * * * *',
  ])('of the fields %j is refused', (cron) => {
    expect(() => parseSchedule(at(cron))).toThrow(/cronSpec must be five fields/);
  });

  it.each(['', 'Nowhere/Town', '+02:00', '2', 'x'.repeat(300), '__proto__'])('in the zone %j is refused', (zone) => {
    expect(() => parseSchedule(at('0 6 * * *', zone))).toThrow(/timezone must be/);
  });
});
