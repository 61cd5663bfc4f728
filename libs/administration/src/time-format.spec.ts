import { describe, expect, it } from 'vitest';
import { isTimeFormat } from './time-format.js';

describe('how times are shown', () => {
  it.each([
    'YYYY-MM-DD HH:mm:ss',
    'DD/MM/YYYY h:mm a',
    'dddd, MMMM Do YYYY',
    'YYYY-MM-DDTHH:mm:ss.SSSZ',
    'D. M. YY',
    'HH [hours] mm',
    'LLLL',
    'x',
  ])('may be %s', (text) => {
    expect(isTimeFormat(text)).toBe(true);
  });

  it.each([
    '',
    ' ',
    '%Y-%m-%d',
    'yyyy-MM-dd',
    'YYYY-MM-DD o’clock',
    'HH:nn',
    '[only words]',
    'T',
    'HH [open',
    'HH:mm\n',
    'HH\u0000',
    'HH '.repeat(30),
    '<b>HH</b>',
  ])('is not "%s"', (text) => {
    expect(isTimeFormat(text)).toBe(false);
  });

  it('is judged in time that grows with its length alone', () => {
    const started = performance.now();
    for (const text of ['M'.repeat(63) + '!', 'LT'.repeat(31) + '!', 'S'.repeat(63) + '!']) isTimeFormat(text);
    expect(performance.now() - started).toBeLessThan(200);
  });
});
