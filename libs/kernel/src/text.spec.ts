import { describe, expect, it } from 'vitest';
import { isStorable, isStorableJson } from './text.js';

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
