import { type Principal, type Rights, rightsFor, type Role } from '@app/access';

/** Somebody of the organization that manages another, with the name of his own. */
export interface Manager {
  readonly id: string;
  readonly name: string;
  readonly organization: string;
}

/** Everybody `a` who can sign in at `p`, the organization that manages `g`, unless `p` is suspended. */
export const managersOf = `organization g
     join organization p on p.id = g.parent_id and p.account_type <> 'DISABLED'
     join app_user a on a.organization_id = p.id and a.active and a.deleted_at is null and not a.invitation_pending`;

/** In a managed organization whoever may enter it is an Administrator, as long as he may. */
export function managingRights(atHome: readonly Role[]): Rights | undefined {
  return rightsFor(atHome).permissions.has('managed-organizations:enter') ? rightsFor(['Administrator']) : undefined;
}

/** Him in the managed organization: an Administrator who is no user there. Its trail names him with whom he belongs to. */
export function managingPrincipal(
  organizationId: string,
  { id, name, organization }: Manager,
  requestId: string | null,
): Principal {
  return {
    organizationId,
    requestId,
    kind: 'managing',
    actor: { type: 'user', id, name: `${name} (${organization})` },
    userId: null,
    sessionId: null,
    ...rightsFor(['Administrator']),
    ownerId: null,
  };
}
