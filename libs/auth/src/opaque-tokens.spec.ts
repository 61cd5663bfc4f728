import { describe, expect, it } from 'vitest';
import { hashOfToken, isOpaqueToken, newOpaqueToken, type OpaqueKind, opaquePrefixes } from './opaque-tokens.js';

const kinds = Object.keys(opaquePrefixes) as OpaqueKind[];

describe('an opaque token', () => {
  it.each(kinds)('of the kind %s is no token of any other kind', (kind) => {
    const token = newOpaqueToken(kind);
    expect(kinds.filter((other) => isOpaqueToken(other, token))).toEqual([kind]);
  });

  it('is never made twice, and its hash tells nothing of it', () => {
    const tokens = Array.from({ length: 100 }, () => newOpaqueToken('key'));
    expect(new Set(tokens).size).toBe(100);
    expect(hashOfToken(tokens[0]!)).toHaveLength(32);
  });

  it.each(['', 'ostk_', 'ostk_x', `ostk_${'a'.repeat(42)}`, `ostk_${'a'.repeat(44)}`, `ostk_${'a'.repeat(42)}=`])(
    'is not %j',
    (text) => expect(isOpaqueToken('key', text)).toBe(false),
  );
});
