import { describe, expect, it } from 'vitest';
import { Expanded } from './expanded.js';

describe('expanded objects', () => {
  const expanded = new Expanded();
  expanded.add('c1.User', 'a', { id: 'a' });
  expanded.add('c1.App', 'a', { id: 'a' });
  expanded.add('c1.User', 'b', { id: 'b' });

  it('say of what type they are', () => {
    expect(expanded.objects[1]).toEqual({ '@type': 'type.googleapis.com/c1.App', id: 'a' });
  });

  it.each([
    [['a'], '$.expanded[0]'],
    [['b', 'a'], '$.expanded[2,0]'],
    [['c', 'b'], '$.expanded[2]'],
    [['c'], ''],
    [[], ''],
  ])('%j are found at "%s"', (ids, path) => expect(expanded.pathTo('c1.User', ids)).toBe(path));
});
