import { describe, expect, it } from 'vitest';
import {
  isClosedTo,
  permissions,
  permissionsFor,
  permissionsOfKey,
  policy,
  reachesOwnRecord,
  roles,
} from './policy.js';

describe('the policy table', () => {
  it('gives Administrator every permission', () => {
    expect([...permissionsFor(['Administrator'])].toSorted()).toEqual(permissions.toSorted());
  });

  it('gives a user without a role what concerns himself and what an address book tells, and nothing else', () => {
    expect([...permissionsFor([])].filter((permission) => !permission.startsWith('self:'))).toEqual(['people:read']);
  });

  it('closes what changes credentials and rights to whoever acts as another', () => {
    const closed = permissions.filter((permission) => isClosedTo(permission, 'impersonation'));
    expect(closed).toEqual([
      'connector-owners:write',
      'self:sessions',
      'self:credentials',
      'users:write',
      'users:link',
      'groups:write',
      'users:identify',
      'users:invite',
      'users:help',
      'users:impersonate',
      'roles:write',
      'clients:write',
      'api-keys:write',
      'organization:write',
      'managed-organizations:write',
      'managed-organizations:enter',
    ]);
    expect(permissions.filter((permission) => isClosedTo(permission, 'user'))).toEqual([]);
  });

  it('closes its user’s sign-ins, and whatever would outlive it, to a client', () => {
    const closed = permissions.filter((permission) => isClosedTo(permission, 'client'));
    expect(closed).toEqual([
      'self:logout',
      'self:sessions',
      'self:credentials',
      'users:link',
      'users:identify',
      'users:invite',
      'users:help',
      'users:impersonate',
      'roles:write',
      'clients:write',
      'api-keys:write',
      'organization:write',
      'managed-organizations:write',
      'managed-organizations:enter',
    ]);
  });

  it('closes what needs a user of one’s own, and further organizations, to whoever acts in a managed one', () => {
    const closed = permissions.filter((permission) => isClosedTo(permission, 'managing'));
    const own = ['self:read', 'self:logout', 'self:sessions', 'self:credentials', 'users:impersonate'];
    const further = ['read', 'write', 'enter'].map((verb) => `managed-organizations:${verb}`);
    expect(closed).toEqual([...own, ...further]);
  });

  it('opens reads of owners to account keys, and to workspace keys only what they are themselves and belong to', () => {
    const reads = ['owners:list', 'owners:read', 'owners:assess', 'owners:audit', 'self:introspect'];
    const account = ['organization:read', 'organization:people'];
    const usage = 'organization:usage';
    expect([...permissionsOfKey('ACCOUNT/VIEW')]).toEqual([...reads, ...account, usage]);
    expect([...permissionsOfKey('ACCOUNT/MODIFY')]).toEqual([...reads, ...account, 'organization:write', usage]);
    for (const kind of ['WORKSPACE/VIEW', 'WORKSPACE/MODIFY'] as const) {
      expect([...permissionsOfKey(kind)]).toEqual(['self:introspect', 'organization:read']);
    }
  });

  it('adds rights up over roles', () => {
    const both = permissionsFor(['HELPDESK', 'SOURCE_ADMIN']);
    for (const role of ['HELPDESK', 'SOURCE_ADMIN'] as const) {
      for (const permission of permissionsFor([role])) expect(both.has(permission)).toBe(true);
    }
  });

  it('keeps ORG_ADMIN apart from Administrator: owners are neither written nor read anew by ORG_ADMIN', () => {
    expect(permissionsFor(['ORG_ADMIN']).has('owners:write')).toBe(false);
    expect(permissionsFor(['ORG_ADMIN']).has('owners:sync')).toBe(false);
  });

  it('keeps statistics, risk and reports from SOURCE_SUBADMIN', () => {
    expect(permissionsFor(['SOURCE_SUBADMIN']).has('owners:assess')).toBe(false);
    expect(permissionsFor(['SOURCE_SUBADMIN']).has('reports:read')).toBe(false);
    expect(permissionsFor(['SOURCE_SUBADMIN']).has('owners:read')).toBe(true);
  });

  it('lets AUDITOR read and write nothing', () => {
    const may = permissionsFor(['AUDITOR']);
    expect([...may].filter((permission) => /:(write|sync|help|invite|impersonate)$/.test(permission))).toEqual([]);
  });

  it('opens the own record only for reads of an owner', () => {
    expect(permissions.filter(reachesOwnRecord)).toEqual(['owners:read', 'owners:assess']);
  });

  it('names only roles that exist', () => {
    for (const rule of Object.values(policy)) for (const role of rule.roles) expect(roles).toContain(role);
  });
});
