import type { Principal } from './caller.js';
import { type Permission, permissionsFor, type Role } from './policy.js';

/** What somebody may do, and which of it reaches every connector. */
export interface Rights {
  readonly permissions: ReadonlySet<Permission>;
  readonly widePermissions: ReadonlySet<Permission>;
}

/** SOURCE_SUBADMIN alone reaches only own connectors; whatever another role beside it gives, it gives everywhere. */
export function rightsFor(held: readonly Role[]): Rights {
  return {
    permissions: permissionsFor(held),
    widePermissions: permissionsFor(held.filter((role) => role !== 'SOURCE_SUBADMIN')),
  };
}

/** What both have: a client never exceeds its user, an impersonation neither of its two people. */
export function commonRights(a: Rights, b: Rights): Rights {
  return {
    permissions: a.permissions.intersection(b.permissions),
    widePermissions: a.widePermissions.intersection(b.widePermissions),
  };
}

/** Whether `holder` has every right of `other`, as far as `other` has it: the measure of who may grant to, or act on, whom. */
export function covers(holder: Rights, other: Rights): boolean {
  return other.permissions.isSubsetOf(holder.permissions) && other.widePermissions.isSubsetOf(holder.widePermissions);
}

/**
 * What a caller may give and take where the organization's account is written. A key is nobody and has no roles: one that
 * may write there does so as an Administrator would, and nowhere else.
 */
export function givableRights(caller: Rights & Pick<Principal, 'kind'>): Rights {
  const writes = caller.kind === 'key' && caller.permissions.has('organization:write');
  return writes ? rightsFor(['Administrator']) : caller;
}
