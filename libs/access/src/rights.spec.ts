import { describe, expect, it } from 'vitest';
import { permissionsFor } from './policy.js';
import { commonRights, covers, rightsFor } from './rights.js';

const admin = rightsFor(['Administrator']);
const subadmin = rightsFor(['SOURCE_SUBADMIN']);

describe('rights', () => {
  it('of a client are those its user has as well', () => {
    const { permissions } = commonRights(rightsFor(['SOURCE_ADMIN']), rightsFor(['HELPDESK']));
    expect(permissions.has('accounts:read')).toBe(true);
    expect(permissions.has('connectors:write')).toBe(false);
    expect(permissions.has('users:help')).toBe(false);
  });

  it('stay with own connectors when either side is so narrowed', () => {
    for (const both of [commonRights(admin, subadmin), commonRights(subadmin, admin)]) {
      expect(both.permissions).toEqual(permissionsFor(['SOURCE_SUBADMIN']));
      expect(both.widePermissions.has('accounts:read')).toBe(false);
    }
  });

  it('of Administrator cover those of everybody', () => {
    for (const role of ['Administrator', 'ORG_ADMIN', 'SOURCE_SUBADMIN', 'AUDITOR'] as const) {
      expect(covers(admin, rightsFor([role]))).toBe(true);
    }
    expect(covers(rightsFor([]), rightsFor([]))).toBe(true);
  });

  it('of ORG_ADMIN cover those of every role but Administrator', () => {
    const org = rightsFor(['ORG_ADMIN']);
    for (const role of ['SOURCE_ADMIN', 'SOURCE_SUBADMIN', 'HELPDESK', 'AUDITOR'] as const) {
      expect(covers(org, rightsFor([role]))).toBe(true);
    }
    expect(covers(org, admin)).toBe(false);
  });

  it('over own connectors do not cover the same rights over all', () => {
    expect(covers(subadmin, { ...subadmin, widePermissions: new Set(['accounts:read'] as const) })).toBe(false);
  });
});
