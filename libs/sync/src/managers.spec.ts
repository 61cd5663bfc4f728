import { describe, expect, it } from 'vitest';
import { closingLinks } from './managers.js';

/** Owners with their managers and the line that says so; null for links that stand already. */
const endless = (...links: [id: string, managerId: string, line: number | null][]) =>
  links.map(([id, manager_id, line]) => ({ id, manager_id, line }));

describe('a circle of managers', () => {
  it('loses the link that comes last in the file', () => {
    expect(closingLinks(endless(['a', 'b', 2], ['b', 'c', 4], ['c', 'a', 3]))).toEqual([4]);
  });

  it('of a person and himself is a circle', () => {
    expect(closingLinks(endless(['a', 'a', 2]))).toEqual([2]);
  });

  it('leaves those alone who merely report into it', () => {
    expect(closingLinks(endless(['x', 'a', 9], ['a', 'b', 2], ['b', 'a', 3]))).toEqual([3]);
  });

  it('is found twice when there are two', () => {
    expect(closingLinks(endless(['a', 'b', 2], ['b', 'a', 3], ['c', 'd', 4], ['d', 'c', 5]))).toEqual([3, 5]);
  });

  it('made with links that stand already loses the new one', () => {
    expect(closingLinks(endless(['a', 'b', 7], ['b', 'a', null]))).toEqual([7]);
  });
});
