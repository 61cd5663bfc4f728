import { describe, expect, it } from 'vitest';
import { connectorScope } from './connector-scope.js';
import { type Role, roles } from './policy.js';

const userId = '01890000-0000-7000-8000-000000000001';
const scopeOf = (...held: Role[]) => connectorScope({ roles: new Set(held), userId });

describe('the connectors a caller reaches', () => {
  it('are his own for SOURCE_SUBADMIN', () => {
    expect(scopeOf('SOURCE_SUBADMIN')).toEqual({ userId });
  });

  it.each(roles.filter((role) => role !== 'SOURCE_SUBADMIN'))('are all for %s, also beside SOURCE_SUBADMIN', (role) => {
    expect(scopeOf(role)).toBe('all');
    expect(scopeOf('SOURCE_SUBADMIN', role)).toBe('all');
  });

  it('are not narrowed for a plain user, who reaches only his own record anyway', () => {
    expect(scopeOf()).toBe('all');
  });
});
