import { describe, expect, it } from 'vitest';
import { RecentlyUsed } from './recently-used.js';

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `key ${from + i}`);
const filled = (limit: number, keys: readonly string[]) => {
  const map = new RecentlyUsed<string>(limit);
  for (const key of keys) map.set(key, key.toUpperCase());
  return map;
};
const kept = (map: RecentlyUsed<string>, keys: readonly string[]) => keys.filter((key) => map.get(key) !== undefined);

describe('a map of what was used recently', () => {
  it('keeps as many as it is made for, whatever came before', () => {
    const map = filled(10, numbers(57));
    expect(kept(map, numbers(10, 47))).toEqual(numbers(10, 47));
  });

  it('never keeps more than twice as many', () => {
    for (const asked of [0, 5, 10]) {
      const map = filled(10, numbers(57));
      kept(map, numbers(asked, 47));
      expect(kept(map, numbers(57)).length).toBeLessThanOrEqual(20);
    }
  });

  it('keeps what is asked for, however many others come', () => {
    const map = filled(10, ['hot']);
    const hits = numbers(1_000).map((key) => {
      map.set(key, key);
      return map.get('hot');
    });
    expect(new Set(hits)).toEqual(new Set(['HOT']));
  });

  it('lets go of what nobody asks for', () => {
    const map = filled(10, ['cold', ...numbers(20)]);
    expect(map.get('cold')).toBeUndefined();
  });

  it('answers with what was set last', () => {
    const map = filled(2, ['a', 'b', 'c']);
    map.set('a', 'A again');
    expect([map.get('a'), map.get('a')]).toEqual(['A again', 'A again']);
  });

  it('forgets what it is told to, however old', () => {
    const map = filled(2, ['a', 'b', 'c', 'd']);
    map.delete('a');
    map.delete('d');
    map.deleteWhere((value) => value === 'B');
    expect(kept(map, ['a', 'b', 'c', 'd'])).toEqual(['c']);
  });
});
