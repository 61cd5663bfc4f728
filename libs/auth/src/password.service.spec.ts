import { describe, expect, it } from 'vitest';
import { PasswordService } from './password.service.js';

describe('passwords', () => {
  const passwords = new PasswordService();

  it('verify against their own hash only', async () => {
    const stored = await passwords.hash('correct horse battery staple');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await passwords.verify(stored, 'correct horse battery staple')).toBe(true);
    expect(await passwords.verify(stored, 'correct horse battery stable')).toBe(false);
  });

  it('cost what is configured, and tell hashes of other costs', async () => {
    const cheap = new PasswordService({ memoryKib: 64, passes: 1, lanes: 1 });
    const stored = await cheap.hash('correct horse battery staple');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=64,t=1,p=1\$/);
    expect([cheap.isOutdated(stored), passwords.isOutdated(stored)]).toEqual([false, true]);
    expect(await passwords.verify(stored, 'correct horse battery staple')).toBe(true);
  });

  it('are the same composed and decomposed', async () => {
    const stored = await passwords.hash('Zoë likes long passwords');
    expect(await passwords.verify(stored, 'Zoe\u0308 likes long passwords')).toBe(true);
  });

  it('of nobody never verify', async () => {
    expect(await passwords.verify(undefined, 'no such user has this password')).toBe(false);
  });

  it('are turned away when too many wait', async () => {
    const flood = Array.from({ length: 300 }, () =>
      passwords.verify(undefined, 'x').then(
        () => 'done',
        () => 'refused',
      ),
    );
    await new Promise(setImmediate);
    expect(passwords.hasRoom).toBe(false);
    const answers = await Promise.all(flood);
    expect(passwords.hasRoom).toBe(true);
    expect(answers).toContain('refused');
    expect(answers.filter((answer) => answer === 'done').length).toBeGreaterThan(100);
  }, 60_000);
});
