import { describe, expect, it } from 'vitest';
import { accountOrder } from './account-columns.js';

describe('the order of accounts', () => {
  it.each([
    ['nothing', [], 'a.id asc'],
    ['name', [{ path: 'name', direction: 'asc' }], 'a.name_key asc, a.id asc'],
    ['-name', [{ path: 'name', direction: 'desc' }], 'a.name_key desc, a.id desc'],
    ['-id', [{ path: 'id', direction: 'desc' }], 'a.id desc'],
  ] as const)('by %s is total', (_asked, sorts, order) => {
    expect(accountOrder(sorts)).toBe(order);
  });

  it.each(['constructor', '__proto__', 'attributes'])('is never by %s', (path) => {
    expect(() => accountOrder([{ path, direction: 'asc' }])).toThrow(/not sorted by/);
  });
});
