import type { Principal } from './caller.js';

/** Every connector of the organization, or the id of the user whose own connectors (`connector_owner`) are all he reaches. */
export type ConnectorScope = 'all' | { readonly userId: string };

const wide = ['Administrator', 'ORG_ADMIN', 'SOURCE_ADMIN', 'HELPDESK', 'AUDITOR'] as const;

/** SOURCE_SUBADMIN alone is narrowed to own connectors; rights add up, so any other role beside it lifts that. */
export function connectorScope({ roles, userId }: Pick<Principal, 'roles' | 'userId'>): ConnectorScope {
  const narrowed = roles.has('SOURCE_SUBADMIN') && !wide.some((role) => roles.has(role));
  return narrowed ? { userId } : 'all';
}

/** The same as a value for a statement: the user's id, or null for "all". */
export function narrowedTo(principal: Pick<Principal, 'roles' | 'userId'>): string | null {
  const scope = connectorScope(principal);
  return scope === 'all' ? null : scope.userId;
}
