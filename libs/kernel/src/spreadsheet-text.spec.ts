import { assert, constantFrom, oneof, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guardFormula, unguardFormula } from './spreadsheet-text.js';

describe('a text for a spreadsheet', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', '＋1', '－1', '＠1', "'=1", "''-1"])(
    'has an apostrophe in front that is taken off again: %j',
    (text) => {
      expect(guardFormula(text)).toBe(`'${text}`);
      expect(unguardFormula(`'${text}`)).toBe(text);
    },
  );

  it.each(["O'Neill", "'quoted'", 'a=b', '1-2', "'", '', ' =1'])('is left as it is: %j', (text) => {
    expect(guardFormula(text)).toBe(text);
    expect(unguardFormula(text)).toBe(text);
  });

  it('comes back whatever it is, and never begins a formula', () => {
    const hostile = string({ unit: constantFrom("'", '=', '+', '-', '@', '\t', '\r', '\n', ' ', 'a', '＝', '－') });
    assert(
      property(oneof(hostile, string({ unit: 'grapheme' })), (text) => {
        expect(guardFormula(text)).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/);
        expect(unguardFormula(guardFormula(text))).toBe(text);
      }),
    );
  });
});
