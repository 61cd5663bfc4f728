import { type Principal, rightsFor, type Role } from '@app/access';
import { newId } from '@app/kernel';

/** A signed-in caller of an organization with these roles. */
export function principalOf(organizationId: string, roles: readonly Role[], userId = newId()): Principal {
  return {
    organizationId,
    actor: { type: 'user', id: userId, name: 'Somebody' },
    requestId: null,
    kind: 'user',
    userId,
    sessionId: newId(),
    ...rightsFor(roles),
    ownerId: null,
  };
}
