import { afterEach, describe, expect, it, vi } from 'vitest';
import { DomainError } from '@app/kernel';
import { Turns, TurnsByKey } from './turns.js';

const settled = async () => new Promise(setImmediate);

describe('turns', () => {
  afterEach(() => void vi.useRealTimers());

  function held(turns: Turns) {
    const begun: number[] = [];
    const endings = new Map<number, () => void>();
    const take = async (n: number) =>
      turns.take(async () => {
        begun.push(n);
        await new Promise<void>((resolve) => endings.set(n, resolve));
        return n;
      });
    return { begun, take, end: (n: number) => endings.get(n)?.() };
  }

  it('are given to so many at once, then in the order they were asked for', async () => {
    const { begun, take, end } = held(new Turns(2, 10));
    const all = Promise.all([1, 2, 3, 4].map(take));
    await settled();
    expect(begun).toEqual([1, 2]);
    end(2);
    await settled();
    expect(begun).toEqual([1, 2, 3]);
    for (const n of [1, 3]) end(n);
    await settled();
    end(4);
    expect(await all).toEqual([1, 2, 3, 4]);
  });

  it('are refused when too many wait, until there is room again', async () => {
    const turns = new Turns(1, 1);
    const { take, end } = held(turns);
    const first = [take(1), take(2)];
    expect(turns.hasRoom).toBe(false);
    await expect(take(3)).rejects.toMatchObject({ code: 'too_many_requests' });
    end(1);
    await settled();
    expect(turns.hasRoom).toBe(true);
    end(2);
    expect(await Promise.all(first)).toEqual([1, 2]);
  });

  it('that come too late are refused, and the next one comes', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const turns = new Turns(1, 3, 1_000);
    const { begun, take, end } = held(turns);
    const [first, late] = [take(1), take(2)];
    vi.advanceTimersByTime(1_001);
    const inTime = take(3);
    end(1);
    await expect(late).rejects.toMatchObject({ code: 'too_many_requests' });
    await settled();
    expect(begun).toEqual([1, 3]);
    end(3);
    expect(await Promise.all([first, inTime])).toEqual([1, 3]);
  });

  it('end when their work fails', async () => {
    const turns = new Turns(1, 0);
    await expect(turns.take(async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await turns.take(async () => 'next')).toBe('next');
  });
});

describe('turns of each key', () => {
  const busy = () => new DomainError('unavailable', 'Busy.');

  it('are one after another for the same key, and beside those of others', async () => {
    const turns = new TurnsByKey(() => new Turns(1, 10));
    const begun: string[] = [];
    const endings: (() => void)[] = [];
    const take = async (key: string, name: string) =>
      turns.take(key, async () => {
        begun.push(name);
        await new Promise<void>((resolve) => endings.push(resolve));
        return name;
      });
    const all = Promise.all([take('a', 'a1'), take('a', 'a2'), take('b', 'b1')]);
    await settled();
    expect(begun).toEqual(['a1', 'b1']);
    endings[0]!();
    await settled();
    expect(begun).toEqual(['a1', 'b1', 'a2']);
    for (const end of endings) end();
    expect(await all).toEqual(['a1', 'a2', 'b1']);
  });

  it('are refused in the queue’s own words, and make room when they are over', async () => {
    let made = 0;
    const turns = new TurnsByKey(() => (made++, new Turns(1, 0, Infinity, busy)));
    let end = () => {};
    const first = turns.take('a', async () => new Promise<void>((resolve) => (end = resolve)));
    await expect(turns.take('a', async () => 'late')).rejects.toMatchObject({ code: 'unavailable' });
    end();
    await first;
    expect(await turns.take('a', async () => 'in time')).toBe('in time');
    await expect(turns.take('a', async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await turns.take('a', async () => 'after')).toBe('after');
    expect(made).toBe(4);
  });
});
