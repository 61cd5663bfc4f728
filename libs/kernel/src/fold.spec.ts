import { describe, expect, it } from 'vitest';
import { compose, fold, foldOrNull } from './fold.js';

describe('folding', () => {
  it('makes composed and decomposed spellings one', () => {
    expect(fold('Zoe\u0308')).toBe(fold('Zo\u00eb'));
    expect(compose('e\u0301')).toBe('\u00e9');
  });

  it('ignores case beyond ASCII', () => {
    expect(fold('ÅSA ÖZLEM ŁUKASZ')).toBe('åsa özlem łukasz');
    expect(fold('NGUYỄN')).toBe(fold('nguyễn'));
  });

  it('keeps pattern characters as they are', () => {
    expect(fold('50%_\\')).toBe('50%_\\');
  });

  it('knows one sigma, so that the key of a beginning begins the key of the whole', () => {
    expect(fold('ΝΙΚΟΣΑΛΦΑ').startsWith(fold('ΝΙΚΟΣ'))).toBe(true);
    expect(fold('ΛΟΓΟΣ')).toBe(fold('λογοσ'));
    expect(fold('λόγος')).toBe(fold('ΛΌΓΟΣ'));
  });

  it('is stable when applied twice', () => {
    for (const text of ['İstanbul', 'ΣΊΣΥΦΟΣ', 'straße', 'ǅ', '\u212B']) expect(fold(fold(text))).toBe(fold(text));
  });

  it('keeps null as null', () => {
    expect(foldOrNull(null)).toBeNull();
    expect(foldOrNull(undefined)).toBeNull();
    expect(foldOrNull('A')).toBe('a');
  });
});
