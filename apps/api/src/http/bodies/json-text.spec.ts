import { describe, expect, it } from 'vitest';
import { parseJson } from './json-text.js';

const bytes = (text: string) => Buffer.from(text);
const nested = (depth: number) => bytes('['.repeat(depth) + ']'.repeat(depth));

describe('a JSON body', () => {
  it.each([
    ['{"name":"Zoë","list":[1,null,true]}', { name: 'Zoë', list: [1, null, true] }],
    ['null', null],
    ['"text"', 'text'],
    ['{"text":"__proto__"}', { text: '__proto__' }],
    ['{"emoji":"\\ud83d\\ude00"}', { emoji: '😀' }],
    ['{"proto":{"prototype":1}}', { proto: { prototype: 1 } }],
  ])('is read: %s', (text, value) => {
    expect(parseJson(bytes(text))).toEqual(value);
  });

  it('may begin with a byte order mark', () => {
    expect(parseJson(bytes('\ufeff{"a":1}'))).toEqual({ a: 1 });
  });

  it('may be nested a hundred levels, and not one more', () => {
    expect(() => parseJson(nested(100))).not.toThrow();
    expect(() => parseJson(nested(102))).toThrow(/nested deeper/);
  });

  it('costs no stack however deep it is', () => {
    expect(() => parseJson(nested(400_000))).toThrow(/nested deeper|not valid JSON/);
  });

  it.each([
    ['{'],
    [' '],
    ['{"a":1}}'],
    ["{'a':1}"],
    ['{"a":NaN}'],
    ['{"a":"\n"}'],
    ['{"__proto__":{"admin":true}}'],
    ['{"a":[{"\\u005f_proto__":1}]}'],
    ['{"constructor":{"prototype":{"admin":true}}}'],
    ['{"a":{"constructor":null,"b":1}}'],
    ['{"toString":1}'],
    ['{"a":[{"hasOwnProperty":1}]}'],
    ['{"a":"\\u0000"}'],
    ['{"a\\u0000":1}'],
    ['{"a":"\\ud800"}'],
    ['{"a":["\\udc00x"]}'],
  ])('is refused, not guessed at: %s', (text) => {
    expect(() => parseJson(bytes(text))).toThrow(expect.objectContaining({ code: 'invalid' }) as Error);
  });

  it.each([
    ['{"__proto__":{"admin":true}}', '__proto__'],
    ['{"a":[{"\\u005f_proto__":1}]}', '__proto__'],
    ['{"constructor":{"prototype":{"admin":true}}}', 'constructor.prototype'],
    ['{"constructor":1}', 'constructor'],
    ['{"a":{"toString":1}}', 'toString'],
  ])('names the key for which %s is refused', (text, key) => {
    expect(() => parseJson(bytes(text))).toThrow(key);
  });

  it('of more values than any call takes is refused, wherever they are', () => {
    const many = `[${'0,'.repeat(9_999)}0]`;
    expect(parseJson(bytes(`{"a":${many}}`))).toBeDefined();
    const object = `{${Array.from({ length: 20_001 }, (_, i) => `"f${i}":0`).join(',')}}`;
    for (const text of [`[${many},${many}]`, object, `{"a":[${object}]}`]) {
      expect(() => parseJson(bytes(text))).toThrow('The body has more than 20000 values.');
    }
  });

  it('is refused when it is not UTF-8', () => {
    expect(() => parseJson(Buffer.from([0x22, 0xe4, 0x22]))).toThrow('not valid UTF-8');
  });
});
