import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RecentLooks } from './recent-looks.js';

let looks: RecentLooks<string>;
let answers: string[];
const look = (key: string, organization?: string) => looks.look(key, organization, async () => answers.shift());

beforeEach(() => {
  vi.useFakeTimers();
  looks = new RecentLooks();
  answers = ['first', 'second', 'third'];
});
afterEach(() => vi.useRealTimers());

describe('what the database said', () => {
  it('is good for a second and no longer', async () => {
    expect(await look('a')).toBe('first');
    vi.advanceTimersByTime(999);
    expect(await look('a')).toBe('first');
    vi.advanceTimersByTime(1);
    expect(await look('a')).toBe('second');
  });

  it('is asked once by many at the same moment', async () => {
    expect(await Promise.all([look('a'), look('a')])).toEqual(['first', 'first']);
  });

  it('is forgotten with its organization only', async () => {
    await look('a', 'one');
    await look('b', 'other');
    looks.forget('one');
    expect([await look('a', 'one'), await look('b', 'other')]).toEqual(['third', 'second']);
  });

  it('is forgotten with every organization when nobody knew whose it would be', async () => {
    await look('a');
    looks.forget('any');
    expect(await look('a')).toBe('second');
  });

  it('is asked again after a failure', async () => {
    const failing = async () => Promise.reject(new Error('away'));
    await expect(looks.look('a', undefined, failing)).rejects.toThrow('away');
    expect(await look('a')).toBe('first');
  });

  it('is kept for twenty thousand keys at most, and for those that are asked for', async () => {
    const said = async () => 'kept';
    await look('a');
    await look('b');
    for (let i = 0; i < 20_000; i++) {
      await looks.look(`key ${i}`, undefined, said);
      if (i % 1_000 === 0) await look('a');
    }
    expect([await look('a'), await look('b')]).toEqual(['first', 'third']);
  });
});
