import { describe, expect, it } from 'vitest';
import { hasUnseen, isMailAddress, isStorable, isStorableJson, oneLine } from './text.js';

describe('text that can be stored', () => {
  it.each(['', 'Zoë', '김', '👩‍👧', 'line\nbreak'])('accepts %j', (text) => expect(isStorable(text)).toBe(true));
  it.each(['a\u0000b', '\ud800', 'x\udc00y'])('refuses %j', (text) => expect(isStorable(text)).toBe(false));

  it('looks into every key and value of a document', () => {
    expect(isStorableJson({ a: [{ b: 'fine' }], n: 1, t: null })).toBe(true);
    expect(isStorableJson({ a: [{ b: 'not\u0000fine' }] })).toBe(false);
    expect(isStorableJson({ a: [{ 'b\ud800': 1 }] })).toBe(false);
  });

  it('does not run out of stack on a deep document', () => {
    let deep: unknown = 'x';
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(isStorableJson(deep)).toBe(true);
  });
});

describe('a line', () => {
  it.each([
    ['Acme\r\nBcc: everybody@example.com', 'Acme Bcc: everybody@example.com'],
    ['a\n\n\tb', 'a b'],
    ['a\u0000b\u0085c\u2028d\u2029e', 'a b c d e'],
    ['  Zoë & Söhne 株式会社 ', 'Zoë & Söhne 株式会社'],
    ['😀'.repeat(400), '😀'.repeat(300)],
  ])('is made of %j', (text, line) => {
    expect(oneLine(text)).toBe(line);
  });
});

describe('an address that mail can be sent to', () => {
  it.each(['ada@example.com', 'zoë+tag@söhne.example', "o'brien@x.test"])('is %j', (text) => {
    expect(isMailAddress(text)).toBe(true);
  });

  it.each([
    '',
    'ada',
    'a@b@c',
    'a b@x.test',
    'a@x.test\r\nRCPT TO:<b@x.test>',
    'a@x.test,b@x.test',
    'a@x.test>',
    '<a@x.test>',
    '"a@x.test" b@y.test',
    'a@x.test;b',
    'a(b)@x.test',
    'a\u0000@x.test',
    'a\u2028b@x.test',
  ])('is not %j', (text) => {
    expect(isMailAddress(text)).toBe(false);
  });
});

describe('what is seen', () => {
  it.each(['', 'Ada King', 'Zo\u00eb', '李', '\u{1f980}', 'a-b.c'])('is all of %j', (text) => {
    expect(hasUnseen(text)).toBe(false);
  });

  it.each([
    'a\u0000b',
    'a\u001bb',
    'a\u009bb',
    'a\tb',
    'a\nb',
    'a\u00a0b',
    'a  b',
    'a\u200bb',
    'a\u202eb',
    'a\ufe0fb',
    '\u2800',
  ])('is not all of %j', (text) => expect(hasUnseen(text)).toBe(true));
});
