import { describe, expect, it } from 'vitest';
import { accessClaimsIn } from './access-tokens.js';

const common = { sub: 'u', org: 'o', exp: 1 };

describe('the claims of an access token', () => {
  it.each([
    ['a sign-in', { ...common, sid: 's' }],
    ['an impersonation', { ...common, sid: 's', act: { sub: 'a' } }],
    ['a client', { ...common, cid: 'c', ver: 1 }],
    ['a sign-in in the managing organization', { ...common, sid: 's', mgr: 'm' }],
  ])('are those of %s', (_, claims) => {
    expect(accessClaimsIn({ ...claims, iat: 0, jti: 'x' })).toEqual(claims);
  });

  it.each([
    { ...common },
    { ...common, mgr: 'm' },
    { ...common, sid: 's', mgr: 7 },
    { ...common, sid: 's', mgr: null },
    { ...common, sid: 's', mgr: 'm', act: { sub: 'a' } },
    { ...common, cid: 'c', ver: 1, mgr: 'm' },
    { ...common, sid: 's', cid: 'c', ver: 1, mgr: 'm' },
    { sub: 'u', org: 'o', sid: 's', mgr: 'm' },
  ])('are never %j', (claims) => expect(accessClaimsIn(claims)).toBeUndefined());
});
