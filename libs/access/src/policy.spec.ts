import { describe, expect, it } from 'vitest';
import { permissions, permissionsFor, policy, reachesOwnRecord, roles } from './policy.js';

describe('the policy table', () => {
  it('gives Administrator every permission', () => {
    expect([...permissionsFor(['Administrator'])].toSorted()).toEqual(permissions.toSorted());
  });

  it('gives no role at all nothing', () => {
    expect(permissionsFor([]).size).toBe(0);
  });

  it('adds rights up over roles', () => {
    const both = permissionsFor(['HELPDESK', 'SOURCE_ADMIN']);
    for (const role of ['HELPDESK', 'SOURCE_ADMIN'] as const) {
      for (const permission of permissionsFor([role])) expect(both.has(permission)).toBe(true);
    }
  });

  it('keeps ORG_ADMIN apart from Administrator: no sync for ORG_ADMIN', () => {
    expect(permissionsFor(['ORG_ADMIN']).has('owners:sync')).toBe(false);
  });

  it('keeps statistics, risk and reports from SOURCE_SUBADMIN', () => {
    expect(permissionsFor(['SOURCE_SUBADMIN']).has('owners:assess')).toBe(false);
    expect(permissionsFor(['SOURCE_SUBADMIN']).has('reports:read')).toBe(false);
    expect(permissionsFor(['SOURCE_SUBADMIN']).has('owners:read')).toBe(true);
  });

  it('lets AUDITOR read and write nothing', () => {
    const may = permissionsFor(['AUDITOR']);
    expect([...may].filter((permission) => /:(write|sync)$/.test(permission))).toEqual([]);
  });

  it('opens the own record only for reads of an owner', () => {
    expect(permissions.filter(reachesOwnRecord)).toEqual(['owners:read', 'owners:assess']);
  });

  it('names only roles that exist', () => {
    for (const rule of Object.values(policy)) for (const role of rule.roles) expect(roles).toContain(role);
  });
});
