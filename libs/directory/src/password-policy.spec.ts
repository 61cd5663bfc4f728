import { describe, expect, it } from 'vitest';
import { PasswordPolicy } from './password-policy.js';

const policy = new PasswordPolicy({ minLength: 15, maxLength: 256, blocked: new Set(['a breached pass phrase']) });
const ada = { userName: 'ada.amir', displayName: 'Ada Amir-Lind', email: 'a.lind@example.com' };

describe('a password', () => {
  it.each([
    'correct horse battery staple',
    'correcthorsebatterystaple',
    'kX9$wq!72mZpLr0',
    'nur kleine buchstaben hier',
    'пароль из длинных слов',
    '🔑🎩🐇🌍🎈🍀🎲🧭🪁🎻🥁🧵🧊🛶🚲',
    'Zoë’s 3 cats & 1 dog',
    'x'.repeat(3) + ' marks where the gold lies',
    `${'long sentences are welcome, '.repeat(5)}and this one is long indeed`,
  ])('may be %s', (password) => {
    expect(policy.refusal(password, ada)).toBeUndefined();
  });

  it('is counted in code points, after composing', () => {
    expect(policy.refusal('🔑🎩🐇🌍🎈🍀🎲🧭🪁🎻🥁🧵🧊🛶')).toContain('at least 15 characters; this one has 14');
    expect(policy.refusal('e\u0308xtraordinary!')).toContain('this one has 14');
    expect(policy.refusal('nine lives are not many '.repeat(11))).toContain('at most 256 characters; this one has 264');
  });

  const refused: Record<string, readonly string[]> = {
    'guessed first': ['passwordpassword', '1qaz2wsx3edc4rfv', 'POLNIYPIZDEC1102', 'a breached Pass Phrase'],
    'too few different': ['aaaaaaaaaaaaaaaa', 'abababababababab', '1112221112221112'],
    'over and over': ['horse.horse.horse.', 'abcdefghabcdefgh', 'Tr0ub4dTr0ub4dTr0ub4d'],
    'digits or signs around it': [
      'dragon!1234567890',
      '0123456789123456789football',
      '*****liverpool*****',
      'iloveyou123456789',
    ],
    'patterns only': [
      'qwertyuiopasdfghjkl',
      'abcdefghijklmnop',
      '9876543210987654',
      'zxcvbnm,./zxcvbn',
      'passwordletmeindragon',
      'Password1qwerty2abcdef',
    ],
    'the user name': ['my name is ada.amir', 'ADA.AMIRADA.AMIR is here'],
    'the display name': ['here sits Ada Amir-Lind', 'whoisadaamir-lindreally'],
    'the e-mail address': ['write to a.lind please'],
    'the name of this product': ['an Ostiary keeps doors'],
    'cannot be stored': ['a NUL \u0000 is in here', 'a lone \ud800 surrogate'],
  };
  it.each(Object.entries(refused))('is refused, and told why, when it is or holds: %s', (why, passwords) => {
    for (const password of passwords) {
      const refusal = policy.refusal(password, ada) ?? 'none';
      expect([password, refusal.includes(why)]).toEqual([password, true]);
      expect(refusal).not.toContain(password);
    }
  });

  it('may hold names of three letters, and what only resembles a name', () => {
    expect(
      policy.refusal('a day without bob is long', { userName: 'bob', displayName: 'Bob', email: 'bob@x' }),
    ).toBeUndefined();
    expect(policy.refusal('amir sits beside ada', ada)).toBeUndefined();
  });

  it('is judged by other lengths where they are set so', () => {
    const short = new PasswordPolicy({ minLength: 8, maxLength: 64, blocked: new Set() });
    expect(short.refusal('kX9$wq!7')).toBeUndefined();
    expect(short.refusal('football')).toContain('guessed first');
    expect(short.refusal('football!!1')).toContain('digits or signs around it');
  });
});
