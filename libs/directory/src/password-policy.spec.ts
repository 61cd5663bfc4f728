import { describe, expect, it } from 'vitest';
import { PasswordPolicy } from './password-policy.js';

const policy = new PasswordPolicy({ minLength: 15, maxLength: 256, blocked: new Set(['a breached pass phrase']) });
const ada = { userName: 'ada.amir', displayName: 'Ada Amir-Lind', email: 'a.lind@example.com' };

describe('a password', () => {
  it.each([
    'orbit velvet quarry mango plinth',
    'orbitvelvetquarrymangoplinth',
    'tulip-harbor-seven-candle',
    'eWxvbmdyYW5kb20x',
    '9f1c7e2b8a4d6035',
    'kX9$wq!72mZpLr0',
    'nur kleine buchstaben hier',
    'пароль из длинных слов',
    '🔑🎩🐇🌍🎈🍀🎲🧭🪁🎻🥁🧵🧊🛶🚲',
    'Zoë’s 3 cats & 1 dog',
    'x'.repeat(3) + ' marks where the gold lies',
    `${'long sentences are welcome, '.repeat(5)}and this one is long indeed`,
  ])('may be %s', async (password) => {
    expect(await policy.refusal(password, ada)).toBeUndefined();
  });

  it('is counted in code points, after composing', async () => {
    expect(await policy.refusal('🔑🎩🐇🌍🎈🍀🎲🧭🪁🎻🥁🧵🧊🛶')).toContain('at least 15 characters; this one has 14');
    expect(await policy.refusal('e\u0308xtraordinary!')).toContain('this one has 14');
    expect(await policy.refusal('nine lives are not many '.repeat(11))).toContain(
      'at most 256 characters; this one has 264',
    );
  });

  const refused: Record<string, readonly string[]> = {
    'guessed first': ['a breached Pass Phrase'],
    'too few different': ['aaaaaaaaaaaaaaaa', 'abababababababab', '1112221112221112'],
    'easily guessed: it is made of common words.': [
      '1qaz2wsx3edc4rfv',
      'POLNIYPIZDEC1102',
      'correct horse battery staple',
      'correcthorsebatterystaple',
      'thisismypassword',
      'welcometothejungle',
      'maryhadalittlelamb',
      'welcome123welcome',
      'password123welcome',
      'passwordletmeindragon',
      'dragon!1234567890',
      'iloveyou123456789',
      'P@ssw0rd1234567',
    ],
    repetitions: [
      'passwordpassword',
      'horse.horse.horse.',
      'abcdefghabcdefgh',
      'Tr0ub4dTr0ub4dTr0ub4d',
      'zebra42zebra42zebra42!',
      '1mangomangomangomango',
      'Kx7mango!Kx7mango!1',
      '0123456789123456789football',
      '*****liverpool*****',
      'Tr0ub4d'.repeat(30),
    ],
    sequences: ['abcdefghijklmnop', '9876543210987654', 'Password1qwerty2abcdef'],
    'keyboard patterns': ['zxcvbnm,./zxcvbn'],
    dates: ['31.12.1999-28.02.2001'],
    'the user name': ['my name is ada.amir', 'ADA.AMIRADA.AMIR is here'],
    'the display name': ['here sits Ada Amir-Lind', 'whoisadaamir-lindreally'],
    'the e-mail address': ['write to a.lind please'],
    'the name of this product': ['an Ostiary keeps doors'],
    'cannot be stored': ['a NUL \u0000 is in here', 'a lone \ud800 surrogate'],
  };
  it.each(Object.entries(refused))('is refused, and told why, when it is or holds: %s', async (why, passwords) => {
    for (const password of passwords) {
      const refusal = (await policy.refusal(password, ada)) ?? 'none';
      expect([password, refusal.includes(why)]).toEqual([password, true]);
      expect(refusal).not.toContain(password);
    }
  });

  it('may hold names of three letters, and what only resembles a name', async () => {
    expect(
      await policy.refusal('a day without bob is long', { userName: 'bob', displayName: 'Bob', email: 'bob@x' }),
    ).toBeUndefined();
    expect(await policy.refusal('amir sits beside ada', ada)).toBeUndefined();
  });

  it('may not be put together from the names and a little more', async () => {
    const parts = { userName: 'wq.vondrak', displayName: 'Wenzeslaus Qvondrak', email: 'w@zubrowka.example' };
    expect(await policy.refusal('zubrowka.qvondrak7')).toBeUndefined();
    expect(await policy.refusal('zubrowka.qvondrak7', parts)).toContain('easily guessed');
  });

  it('is judged in some milliseconds, however long it is and whatever it is made of', async () => {
    await policy.prepare();
    const long = new PasswordPolicy({ minLength: 15, maxLength: 100_000, blocked: new Set() });
    const bases = ['20', '1234567890', 'p4$$w0rd', '4@8(5$|10!', 'correct horse battery staple ', 'aab', '!1|lI'];
    for (const length of [256, 65_536]) {
      for (const base of bases) {
        const password = base.repeat(Math.ceil(length / base.length)).slice(0, length);
        await long.refusal(password);
        const before = process.cpuUsage();
        await long.refusal(password);
        const { user, system } = process.cpuUsage(before);
        expect([base, length, (user + system) / 1_000 < 100]).toEqual([base, length, true]);
      }
    }
  });

  it('is judged by other lengths where they are set so', async () => {
    const short = new PasswordPolicy({ minLength: 8, maxLength: 64, blocked: new Set() });
    expect(await short.refusal('kX9$wq!7')).toBeUndefined();
    expect(await short.refusal('football')).toContain('easily guessed');
    expect(await short.refusal('football!!1')).toContain('easily guessed');
  });
});
