import { describe, expect, it } from 'vitest';
import { whyRefused } from './why-refused.js';

describe('a refusal', () => {
  it.each([
    ['user', 'accounts:read', /^Your roles /],
    ['user', 'users:impersonate', /^Your roles /],
    ['impersonation', 'accounts:read', /^The rights that both you and the user you act as have /],
    ['impersonation', 'roles:write', /while you act as another user/],
    ['client', 'accounts:read', /^The rights that both this OAuth client and its user have /],
    ['client', 'connector-owners:write', /^The rights that both this OAuth client and its user have /],
    ['client', 'clients:write', /with the token of an OAuth client/],
    ['managing', 'users:impersonate', /while you act in an organization that yours manages/],
    ['managing', 'self:read', /while you act in an organization that yours manages/],
    ['key', 'accounts:read', /^The level and the permission of this API key /],
    ['key', 'api-keys:write', /^The level and the permission of this API key /],
  ] as const)('of a %s that wants %s says what stands in its way', (kind, permission, words) => {
    expect(whyRefused({ kind }, permission)).toMatch(words);
  });

  it('speaks of roles to nobody but a user', () => {
    for (const kind of ['impersonation', 'client', 'key', 'managing'] as const) {
      for (const permission of ['accounts:read', 'clients:write', 'users:impersonate'] as const) {
        expect(whyRefused({ kind }, permission)).not.toMatch(/your roles/i);
      }
    }
  });
});
