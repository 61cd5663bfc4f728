import { describe, expect, it } from 'vitest';
import { searchKeysOf } from './search-keys.js';

describe('what an owner is searched by', () => {
  it('is folded, metadata beside the rest', () => {
    expect(
      searchKeysOf({ location: 'Zu\u0308rich', phone: null, metadata: { Cost: 'A1', level: 3, on: true } }),
    ).toEqual({
      location: 'zürich',
      phone: null,
      'metadata.Cost': 'a1',
      'metadata.level': '3',
      'metadata.on': 'true',
    });
  });

  it('says nothing of what it is not told, and that what is no scalar is none', () => {
    expect(searchKeysOf({})).toEqual({});
    expect(searchKeysOf({ metadata: { a: null, b: {}, c: [] } })).toEqual({
      'metadata.a': null,
      'metadata.b': null,
      'metadata.c': null,
    });
  });
});
