import { describe, expect, it } from 'vitest';
import {
  booleanIn,
  dateIn,
  emailIn,
  instantIn,
  limitedTextIn,
  listIn,
  oneOfIn,
  textIn,
  wholeNumberIn,
} from './cell-values.js';

describe('cells of a source file', () => {
  it('are trimmed and composed, and empty is no value', () => {
    expect(textIn('  Zoe\u0308 ')).toBe('Zoë');
    expect(textIn('   ')).toBeNull();
  });

  it.each([
    ['TRUE', true],
    ['no', false],
    ['1', true],
    [' false ', false],
    ['', null],
  ])('reads %j as the truth value %j', (cell, value) => expect(booleanIn(cell)).toBe(value));

  it.each([
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T08:00:00Z', '2026-01-31T08:00:00.000Z'],
    ['2026-01-31 08:00:00.123456+02:00', '2026-01-31T06:00:00.123Z'],
    ['2026-01-31T08:00-0330', '2026-01-31T11:30:00.000Z'],
    ['', null],
  ])('reads %j as the instant %j', (cell, value) => expect(instantIn(cell)).toBe(value));

  it.each([
    '2026-02-30',
    '2026-01-31T08:00:00',
    'yesterday',
    '31.01.2026',
    '300000-01-01',
    '0000-01-01',
    '2026-01-31T25:00:00Z',
  ])('refuses %j as an instant', (cell) => expect(() => instantIn(cell)).toThrow(/ISO 8601/));

  it.each(['2024-02-29', '2000-02-29', '0001-01-01', '9999-12-31', '2026-04-30'])('reads %j as a date', (cell) =>
    expect(dateIn(cell)).toBe(cell),
  );

  const notDays = ['2026-02-29', '1900-02-29', '2026-04-31', '2026-00-10', '2026-13-01', '2026-01-00', '0000-01-01'];
  it.each([...notDays, '2026-1-1', '2026-01-01T00:00:00Z'])('refuses %j as a date', (cell) =>
    expect(() => dateIn(cell)).toThrow(/YYYY-MM-DD/),
  );

  it.each(['maybe', '2', 'tru'])('refuses %j as a truth value', (cell) =>
    expect(() => booleanIn(cell)).toThrow(/true, false/),
  );
  it.each(['-1', '1.5', '1e3', '9999999999'])('refuses %j as a count', (cell) =>
    expect(() => wholeNumberIn(cell)).toThrow(/whole number/),
  );
  it.each(['nobody', 'a@', '@b', 'a b@c', `${'a'.repeat(253)}@b`])('refuses %j as an e-mail', (cell) =>
    expect(() => emailIn(cell)).toThrow(/e-mail/),
  );
  it('reads an e-mail address as long as mail servers take', () => {
    expect(emailIn(`${'a'.repeat(252)}@b`)).toHaveLength(254);
  });

  it('splits several values at the bar and drops repetitions', () => {
    expect(listIn('A | B||A|c')).toEqual(['A', 'B', 'c']);
    expect(listIn('')).toEqual([]);
  });

  it.each(['9999-12-31T23:30:00-01:00', '0001-01-01T00:30:00+01:00'])(
    'refuses %j, which its zone carries out of the calendar',
    (cell) => expect(() => instantIn(cell)).toThrow(/years 1 to 9999/),
  );

  it('refuses what no index can hold, be it characters or bytes', () => {
    expect(limitedTextIn('a'.repeat(1_024), 1_024)).toHaveLength(1_024);
    expect(() => limitedTextIn('a'.repeat(1_025), 1_024)).toThrow(/1024 characters/);
    expect(() => limitedTextIn('語'.repeat(600), 1_024)).toThrow(/bytes/);
    expect(() => listIn(`A|${'b'.repeat(1_025)}`)).toThrow(/1024 characters/);
  });

  it('refuses what PostgreSQL cannot hold', () => {
    expect(() => textIn('a\u0000b')).toThrow(/cannot be stored/);
    expect(() => textIn('\ud800')).toThrow(/cannot be stored/);
  });

  it('reads words of a list without case', () => {
    expect(oneOfIn('Human', ['human', 'service'])).toBe('human');
    expect(() => oneOfIn('robot', ['human', 'service'])).toThrow('must be one of human, service');
  });
});
