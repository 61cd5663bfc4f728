import { describe, expect, it } from 'vitest';
import { durationsOf, rankDistance, sampleSize, toldApart } from './rank-test.js';

const around = (middle: number, spread = 5, size = 100) =>
  Array.from({ length: size }, (_, i) => middle + Math.sin(i * 12.9898) * spread);

describe('the rank test', () => {
  it('finds no distance between samples of one source', () => {
    expect(rankDistance(around(20), around(20).toReversed())).toBeLessThan(1);
  });

  it('finds a shift of half a spread', () => {
    expect(rankDistance(around(20), around(23))).toBeGreaterThan(4);
  });

  it('names the pairs that can be told apart', () => {
    const [one, other] = [around(20, 5, sampleSize), around(22, 5, sampleSize)];
    expect(toldApart({ one, same: one.toReversed(), other })).toEqual(['one and other', 'same and other']);
  });

  it('cries wolf for no samples of one source, a thousand times over', () => {
    const sample = () => Array.from({ length: 30 }, () => Math.random());
    const alarms = Array.from({ length: 1_000 }, () => toldApart({ one: sample(), other: sample() })).flat();
    expect(alarms).toEqual([]);
  });
});

describe('the durations of several kinds', () => {
  it('are as many of each, none of them always after the same', async () => {
    const order: string[] = [];
    const kind = (name: string) => async () => async () => order.push(name);
    const durations = await durationsOf({ a: kind('a'), b: kind('b'), c: kind('c') }, 40);
    expect(Object.entries(durations).map(([name, times]) => [name, times.length])).toEqual([
      ['a', 40],
      ['b', 40],
      ['c', 40],
    ]);
    const rounds = Array.from({ length: 40 }, (_, i) => order.slice(3 * i, 3 * i + 3));
    expect(rounds.every((round) => round.toSorted().join('') === 'abc')).toBe(true);
    expect(new Set(rounds.map((round) => round.join(''))).size).toBeGreaterThan(1);
  });
});
