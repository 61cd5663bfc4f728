import { describe, expect, it } from 'vitest';
import { orderKeyOf, reversed, sortedBy, totalOrder, walkOf } from './account-order.js';

const asc = (path: string) => orderKeyOf({ path, direction: 'asc' });
const desc = (path: string) => orderKeyOf({ path, direction: 'desc' });
const all = { where: 'true', bind: () => '$2' };
const bounds = { skipped: '0', most: 250 };

describe('the order of accounts', () => {
  it.each([
    ['nothing', [], 'page.id asc'],
    ['name', [asc('name')], 'page.k0 asc, page.id asc'],
    ['-name', [desc('name')], 'page.k0 desc, page.id desc'],
    ['-id', [desc('id')], 'page.id desc'],
    ['id and whatever', [asc('id'), desc('name')], 'page.id asc'],
    ['groups', [desc('origin'), asc('name')], 'page.lane desc, page.k0 asc, page.id desc'],
  ])('by %s is total', (_asked, keys, order) => {
    expect(sortedBy('page', walkOf(keys, all, bounds).by)).toBe(order);
  });

  it('turned around is the exact reverse', () => {
    const keys = totalOrder([asc('name'), desc('created')]);
    expect(sortedBy('page', walkOf(reversed(keys), all, bounds).by)).toBe('page.k0 desc, page.k1 asc, page.id desc');
  });

  it.each(['constructor', '__proto__', 'attributes'])('is never by %s', (path) => {
    expect(() => asc(path)).toThrow(/not sorted by/);
  });
});
