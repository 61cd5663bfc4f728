import { describe, expect, it } from 'vitest';
import { connectorScope } from './connector-scope.js';
import { type Permission, permissionsFor, type Role, roles } from './policy.js';
import { rightsFor } from './rights.js';

const userId = '01890000-0000-7000-8000-000000000001';
const scopeOf = (permission: Permission, ...held: Role[]) => connectorScope({ ...rightsFor(held), userId }, permission);

describe('the connectors a caller reaches', () => {
  it('are his own for SOURCE_SUBADMIN', () => {
    expect(scopeOf('accounts:read', 'SOURCE_SUBADMIN')).toEqual({ userId });
  });

  it.each(roles.filter((role) => role !== 'SOURCE_SUBADMIN'))('are all for %s, also beside SOURCE_SUBADMIN', (role) => {
    expect(scopeOf('accounts:read', role)).toBe('all');
    expect(scopeOf('accounts:read', 'SOURCE_SUBADMIN', role)).toBe('all');
  });

  it.each(roles)('are all only for what %s itself gives, not for what SOURCE_SUBADMIN adds', (role) => {
    for (const permission of permissionsFor(['SOURCE_SUBADMIN'])) {
      const wide = permissionsFor(role === 'SOURCE_SUBADMIN' ? [] : [role]).has(permission);
      expect([permission, scopeOf(permission, 'SOURCE_SUBADMIN', role)]).toEqual([
        permission,
        wide ? 'all' : { userId },
      ]);
    }
  });

  it('are all for an API key, which belongs to nobody', () => {
    expect(connectorScope({ widePermissions: new Set(), userId: null }, 'owners:read')).toBe('all');
  });
});
