import { describe, expect, it } from 'vitest';
import { isId, newId } from './ids.js';

describe('ids', () => {
  it('are UUIDs of version 7 that sort by the time they were made', () => {
    const ids = [1, 2, 3].map((tick) => newId(1_700_000_000_000 + tick));
    expect(ids.toSorted()).toEqual(ids);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('are never the same twice', () => {
    expect(new Set(Array.from({ length: 2_000 }, () => newId(1_700_000_000_000))).size).toBe(2_000);
  });

  it.each(['', 'own-123', 'account', '__proto__', '2c9180858082150f0180893dbaf44201', `${newId()} `, `${newId()}0`])(
    'does not take %j for an id',
    (text) => expect(isId(text)).toBe(false),
  );

  it('reads upper case as the same id', () => {
    expect(isId(newId().toUpperCase())).toBe(true);
  });
});
