import { describe, expect, it } from 'vitest';
import { longestEmail } from '@app/kernel';
import { parseDirectoryName, parseEmail, parseIfNew, parseUserText } from './user-names.js';

describe('the name of a user or a group', () => {
  it.each(['ada', 'Zo\u00eb', 'राम', '李', '\u{1f980}', "d'Arc-%_\\", 'Ada King Noel'])('may be %s', (name) => {
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
    ['a Hangul filler', 'ad\u3164a'],
    ['a filler of half width', 'ad\uffa0a'],
    ['a filler of a first consonant', 'ad\u115fa'],
    ['a joiner of graphemes', 'ad\u034fa'],
    ['an inherent vowel', 'ad\u17b4a'],
    ['a Mongolian variation selector', 'ad\u180ba'],
    ['blank braille', '\u2800'],
    ['blank braille within', 'ad\u2800a'],
    ['a variation selector alone', '\ufe0f'],
    ['a variation selector', 'ad\ufe0fa'],
    ['a blank that does not break', 'ada\u00a0king'],
    ['a blank of another width', 'ada\u2003king'],
    ['an ideographic blank', 'ada\u3000king'],
    ['an Ogham blank', 'ada\u1680king'],
    ['two blanks in a row', 'ada  king'],
    ['a tag', 'a\u{e0061}'],
  ])('has not %s', (_, name) => {
    expect(() => parseDirectoryName('userName', name)).toThrow(/userName must have characters that are seen/);
  });

  it('is judged only where it is another than the stored one', () => {
    const parse = (sent: string) => parseIfNew(parseDirectoryName, 'userName', sent, 'ad\u200ba');
    expect(parse('ad\u200ba')).toBe('ad\u200ba');
    expect(parse(' ada ')).toBe('ada');
    expect(() => parse('ad\u200bb')).toThrow(/userName/);
    expect(() => parseIfNew(parseDirectoryName, 'userName', 'ad\u200ba', null)).toThrow(/userName/);
  });

  it('is held to more than what people are shown as', () => {
    expect(parseUserText('displayName', 'نام\u200cها')).toBe('نام\u200cها');
  });
});

describe('an e-mail address', () => {
  const long = (length: number) => `${'a'.repeat(length - '@example.com'.length)}@example.com`;

  it.each(['ada@example.com', 'Zo\u00eb@b\u00fccher.example', "o'neil+hr@localhost", long(longestEmail)])(
    'may be %s',
    (email) => {
      expect(parseEmail('email', ` ${email} `)).toBe(email);
    },
  );

  it.each([
    ['a zero-width space', 'ad\u200ba@example.com'],
    ['a mark that turns what follows', 'ada\u202e@example.com'],
    ['a mark that isolates', '\u2066ada@example.com'],
    ['a soft hyphen', 'a\u00adda@example.com'],
    ['a byte order mark within', 'ad\ufeffa@example.com'],
    ['a blank', 'ada king@example.com'],
    ['blank braille', 'ad\u2800a@example.com'],
    ['a control character', 'ada\u0007@example.com'],
    ['two signs of where', 'ada@king@example.com'],
    ['nobody', '@example.com'],
    ['more characters than a mail server takes', long(longestEmail + 1)],
  ])('has not %s', (_, email) => {
    expect(() => parseEmail('email', email)).toThrow(/email must be an e-mail address/);
  });

  it('that was stored under an older rule keeps nobody from changing the rest', () => {
    expect(parseIfNew(parseEmail, 'email', 'ad\u200ba@example.com', 'ad\u200ba@example.com')).toBe(
      'ad\u200ba@example.com',
    );
  });
});
