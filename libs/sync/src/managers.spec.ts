import { describe, expect, it } from 'vitest';
import { closingLinks } from './managers.js';

const link = (line: number, owner_id: string, manager_id: string) => ({ line, owner_id, manager_id });
const tree = (...pairs: [string, string][]) => pairs.map(([id, manager_id]) => ({ id, manager_id }));

describe('a circle of managers', () => {
  it('loses the link that comes last in the file', () => {
    const links = [link(2, 'a', 'b'), link(3, 'b', 'c'), link(4, 'c', 'a')];
    expect(closingLinks(tree(['a', 'b'], ['b', 'c'], ['c', 'a']), links)).toEqual([links[2]]);
  });

  it('of a person and himself is a circle', () => {
    expect(closingLinks(tree(['a', 'a']), [link(2, 'a', 'a')])).toEqual([link(2, 'a', 'a')]);
  });

  it('leaves those alone who merely report into it', () => {
    const links = [link(2, 'a', 'b'), link(3, 'b', 'a'), link(9, 'x', 'a')];
    expect(closingLinks(tree(['x', 'a'], ['a', 'b'], ['b', 'a']), links)).toEqual([links[1]]);
  });

  it('is found twice when there are two', () => {
    const links = [link(2, 'a', 'b'), link(3, 'b', 'a'), link(4, 'c', 'd'), link(5, 'd', 'c')];
    expect(closingLinks(tree(['a', 'b'], ['b', 'a'], ['c', 'd'], ['d', 'c']), links)).toEqual([links[1], links[3]]);
  });

  it('made with links that stand already loses the new one', () => {
    expect(closingLinks(tree(['a', 'b'], ['b', 'a']), [link(7, 'a', 'b')])).toEqual([link(7, 'a', 'b')]);
  });
});
