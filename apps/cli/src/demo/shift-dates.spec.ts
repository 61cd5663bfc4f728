import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shiftDates } from './shift-dates.js';

describe('shiftDates', () => {
  it.each([
    ['a date', 'id,day\n1,2026-01-01\n', 'id,day\n1,2026-01-31\n'],
    ['a date-time, keeping its time', 'id,at\n1,2025-12-31T08:15:00Z\n', 'id,at\n1,2026-01-30T08:15:00Z\n'],
    [
      'a date-time with an offset',
      'id,at\n1,2025-12-31T08:15:00.250+02:00\n',
      'id,at\n1,2026-01-30T08:15:00.250+02:00\n',
    ],
    ['a quoted date', 'id,day\n1,"2026-01-01"\n', 'id,day\n1,"2026-01-31"\n'],
    [
      'the first, the last and neighbouring cells',
      'a,b,c\n2026-01-01,2026-01-02,2026-01-03',
      'a,b,c\n2026-01-31,2026-02-01,2026-02-02',
    ],
    ['cells between semicolons', 'a;b\n2026-01-01;2026-01-02\n', 'a;b\n2026-01-31;2026-02-01\n'],
    ['cells between tabs', 'a\tb\n2026-01-01\t2026-01-02\n', 'a\tb\n2026-01-31\t2026-02-01\n'],
    ['cells before CRLF', 'a,b\r\n1,2026-01-01\r\n', 'a,b\r\n1,2026-01-31\r\n'],
    ['a cell after a byte order mark and a header', '\uFEFFa,b\n2026-01-01,x\n', '\uFEFFa,b\n2026-01-31,x\n'],
    ['a leap day', 'a,b\n2024-01-30,x\n', 'a,b\n2024-02-29,x\n'],
  ])('moves %s', (_, before, after) => {
    expect(shiftDates(before, 30)).toBe(after);
  });

  it.each([
    ['digits inside a name', 'a,b\nsvc-2026-01-01,2026-01-01x\n'],
    ['a date among other words', 'a,b\n1,since 2026-01-01\n'],
    ['several dates in one cell', 'a,b\n1,2026-01-01|2026-01-02\n'],
    ['a date on a line of its own inside a note', 'a,b\n1,"before\n2026-01-01\nafter"\n'],
    ['a date between commas inside a note', 'a,b\n1,"x,2026-01-01,y"\n'],
    ['a date after an escaped quote', 'a,b\n1,"say ""x"",2026-01-01"\n'],
    ['a comma and a date inside a cell of a file with semicolons', 'a;b\n1;on site,2026-01-01\n'],
    ['a day no calendar has', 'a,b\n1,2026-02-30\n'],
    ['a month no calendar has', 'a,b\n1,2026-13-01\n'],
    ['a bare number', 'a,b\n1,20260101\n'],
  ])('leaves %s alone', (_, text) => {
    expect(shiftDates(text, 30)).toBe(text);
  });

  it('moves back as well as forth', () => {
    expect(shiftDates('a,b\n1,2026-03-01', -1)).toBe('a,b\n1,2026-02-28');
  });

  it('changes nothing by zero days', () => {
    const text = 'a,b\n"x, ""y""",2026-01-01T00:00:00Z\n';
    expect(shiftDates(text, 0)).toBe(text);
  });

  it('refuses parts of days', () => {
    expect(() => shiftDates('a,b\n1,2026-01-01', 0.5)).toThrow(/whole/);
  });

  it('comes back to the same text, whatever the text', () => {
    const piece = fc.constantFrom(
      '2026-01-01',
      '2025-06-30T10:00:00Z',
      ',',
      ';',
      '\t',
      '\n',
      '"',
      '""',
      'x',
      '-',
      '\uFEFF',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.integer({ min: -4000, max: 4000 }), (pieces, days) => {
        const text = pieces.join('');
        expect(shiftDates(shiftDates(text, days), -days)).toBe(text);
      }),
    );
  });
});
