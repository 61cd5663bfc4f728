import { describe, expect, it } from 'vitest';
import { deviationsFrom } from './published-example.js';

describe('an answer held against a published example', () => {
  const example = {
    at: '2026-01-01T00:00:00Z',
    since: '2026-01-01',
    count: '3',
    size: 3,
    name: 'x',
    list: [{ a: 'b' }],
  };

  it('may hold other values, more fields, and null in some of several', () => {
    const answer = { at: '2025-02-02T01:02:03.456Z', since: '2025-02-02', count: '0', size: 0, name: '7', more: 1 };
    expect(
      deviationsFrom(example, [
        { ...answer, list: [{ a: 'c', d: 1 }] },
        { ...answer, name: null, list: [] },
      ]),
    ).toEqual([]);
  });

  it.each([
    [{ at: '2026-01-01' }],
    [{ since: '2026-01-01T00:00:00Z' }],
    [{ count: 3 }],
    [{ count: 'many' }],
    [{ size: '3' }],
    [{ name: 3 }],
    [{ name: null }],
    [{ name: undefined }],
    [{ list: {} }],
    [{ list: [] }],
    [{ list: [{}] }],
    [{ list: [{ a: 1 }] }],
  ])('differs with %j', (changed) => {
    const answer = JSON.parse(JSON.stringify({ ...example, ...changed })) as unknown;
    expect(deviationsFrom(example, [answer])).toHaveLength(1);
  });
});
