import { describe, expect, it } from 'vitest';
import { parseDirectoryName, parseUserText } from './user-names.js';

describe('the name of a user or a group', () => {
  it.each(['ada', 'Zo\u00eb', 'राम', '李', '\u{1f980}', "d'Arc-%_\\"])('may be %s', (name) => {
    expect(parseDirectoryName('userName', name)).toBe(name);
  });

  it.each([
    ['a zero-width space', 'ad\u200ba'],
    ['a joiner', 'ad\u200da'],
    ['a soft hyphen', 'a\u00adda'],
    ['a mark that turns what follows', '\u202eada'],
    ['a byte order mark within', 'ad\ufeffa'],
    ['a line separator', 'ad\u2028a'],
    ['a paragraph separator', 'ad\u2029a'],
    ['letters that fill a place only', '\u3164\u115f'],
    ['blank braille', '\u2800'],
    ['a variation selector alone', '\ufe0f'],
    ['a tag', 'a\u{e0061}'],
  ])('has not %s', (_, name) => {
    expect(() => parseDirectoryName('userName', name)).toThrow(/userName must have characters that are seen/);
  });

  it('is held to more than what people are shown as', () => {
    expect(parseUserText('displayName', 'نام\u200cها')).toBe('نام\u200cها');
  });
});
