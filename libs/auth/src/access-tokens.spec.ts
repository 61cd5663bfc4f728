import { describe, expect, it } from 'vitest';
import { VerifiedTokens } from './access-tokens.js';

const claims = (exp: number) => ({ kid: 'k', claims: { sub: 'u', sid: 's', org: 'o', exp } });

describe('verified tokens', () => {
  it('are remembered until they expire', () => {
    const verified = new VerifiedTokens();
    verified.add('t', claims(100));
    expect(verified.get('t', 99)).toEqual(claims(100));
    expect(verified.get('t', 100)).toBeUndefined();
    expect(verified.get('t', 99)).toBeUndefined();
  });

  it('never grow beyond their bound', () => {
    const verified = new VerifiedTokens(2);
    for (const token of ['a', 'b', 'c', 'd', 'e']) verified.add(token, claims(100));
    expect(verified.get('a', 1)).toBeUndefined();
    expect(verified.get('e', 1)).toBeDefined();
  });

  it('are not mixed up', () => {
    const verified = new VerifiedTokens();
    verified.add('a', claims(100));
    expect(verified.get('b', 1)).toBeUndefined();
  });
});
