import { describe, expect, it } from 'vitest';
import { rankDistance } from './rank-test.js';

const around = (middle: number) => Array.from({ length: 100 }, (_, i) => middle + Math.sin(i * 12.9898) * 5);

describe('the rank test', () => {
  it('finds no distance between samples of one source', () => {
    expect(rankDistance(around(20), around(20).toReversed())).toBeLessThan(1);
  });

  it('finds a shift of half a spread', () => {
    expect(rankDistance(around(20), around(23))).toBeGreaterThan(4);
  });
});
