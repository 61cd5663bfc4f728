import type { Principal } from './caller.js';
import type { Permission } from './policy.js';

/** Every connector of the organization, or the id of the user whose own connectors (`connector_owner`) are all he reaches. */
export type ConnectorScope = 'all' | { readonly userId: string };

/** How far one permission of a caller reaches: what SOURCE_SUBADMIN alone gives stays with own connectors. */
export function connectorScope(
  { widePermissions, userId }: Pick<Principal, 'widePermissions' | 'userId'>,
  permission: Permission,
): ConnectorScope {
  return widePermissions.has(permission) || userId === null ? 'all' : { userId };
}

/** The same as a value for a statement: the user's id, or null for "all". */
export function narrowedTo(
  principal: Pick<Principal, 'widePermissions' | 'userId'>,
  permission: Permission,
): string | null {
  const scope = connectorScope(principal, permission);
  return scope === 'all' ? null : scope.userId;
}
