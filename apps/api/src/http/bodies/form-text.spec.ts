import { describe, expect, it } from 'vitest';
import { parseForm } from './form-text.js';

describe('a urlencoded form', () => {
  it.each([
    ['a=1&b=2', { a: '1', b: '2' }],
    ['a=x+y%20z', { a: 'x y z' }],
    ['a=b%3Dc&d', { a: 'b=c', d: '' }],
    ['a=x=y', { a: 'x=y' }],
    ['&a=1&', { a: '1' }],
    ['n=%C3%A4', { n: 'ä' }],
  ])('reads %s', (text, fields) => {
    expect(parseForm(text).fields).toEqual(fields);
  });

  it('has as many fields as any form needs, and is not read beyond them', () => {
    const fields = (count: number) => Array.from({ length: count }, (_, i) => `f${i}=`);
    expect(Object.keys(parseForm(fields(100).join('&')).fields)).toHaveLength(100);
    // What comes after them would be refused for another reason.
    const more = [...fields(100), 'a=%zz'].join('&');
    expect(() => parseForm(more)).toThrow('A form may hold 100 fields.');
    expect(() => parseForm('&'.repeat(120_000))).toThrow('A form may hold 100 fields.');
  });

  it('takes __proto__ for the name of a field', () => {
    expect(Object.getPrototypeOf(parseForm('__proto__=x').fields)).toBe(Object.prototype);
  });

  it.each([['a=1&a=2'], ['a=1&%61=2'], ['a=%zz'], ['a=%ff'], ['a=%ED%A0%80'], ['a=%00'], ['%00=1']])(
    'refuses %s',
    (text) => {
      expect(() => parseForm(text)).toThrow(expect.objectContaining({ code: 'invalid' }) as Error);
    },
  );
});
