import { describe, expect, it } from 'vitest';
import { type KeyKind, permissionsFor, permissionsOfKey, type PrincipalKind } from './policy.js';
import { commonRights, covers, givableRights, rightsFor } from './rights.js';

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

describe('what a caller may give where the organization’s account is written', () => {
  const callerWith = (kind: PrincipalKind, held: ReturnType<typeof rightsFor>) => givableRights({ kind, ...held });
  const keyRights = (kind: KeyKind) => ({
    permissions: permissionsOfKey(kind),
    widePermissions: permissionsOfKey(kind),
  });

  it('is what an Administrator may, for a key that may write there', () => {
    expect(covers(callerWith('key', keyRights('ACCOUNT/MODIFY')), admin)).toBe(true);
  });

  it.each(['ACCOUNT/VIEW', 'WORKSPACE/MODIFY', 'WORKSPACE/VIEW'] as const)('is nothing more for a key %s', (kind) => {
    const may = callerWith('key', keyRights(kind));
    expect(may.permissions).toEqual(permissionsOfKey(kind));
    expect(covers(may, admin)).toBe(false);
  });

  it('is what his roles give, for everybody else', () => {
    for (const kind of ['user', 'impersonation', 'client'] as const) {
      expect(covers(callerWith(kind, rightsFor(['ORG_ADMIN'])), admin)).toBe(false);
      // As far as a client or an impersonation would come: the rights of a key are those of a key alone.
      expect(covers(callerWith(kind, keyRights('ACCOUNT/MODIFY')), admin)).toBe(false);
    }
  });
});
