import { ForbiddenError } from '@app/kernel';
import type { Permission, PrincipalKind } from './policy.js';

/** Who did it, as the audit trail names them. */
interface Actor {
  readonly type: 'user' | 'client' | 'key' | 'sync' | 'system';
  readonly id: string | null;
  readonly name: string;
}

/** In whose organization and in whose name work is done: the first argument of every service. */
export interface Caller {
  readonly organizationId: string;
  readonly actor: Actor;
  /** Whose rights the actor uses, if not his own: the target of an impersonation, the user of a client. */
  readonly onBehalfOf?: { readonly id: string; readonly name: string };
  readonly requestId: string | null;
}

/** The authenticated caller of a request, loaded live and at most a second old. */
export interface Principal extends Caller {
  readonly kind: PrincipalKind;
  /** Whose rights these are; an API key is nobody's. */
  readonly userId: string | null;
  /** The sign-in behind it; clients and keys have none. */
  readonly sessionId: string | null;
  readonly permissions: ReadonlySet<Permission>;
  /** Those of them that reach every connector, not only the connectors the user owns. */
  readonly widePermissions: ReadonlySet<Permission>;
  /** The governed person this user is, if linked. */
  readonly ownerId: string | null;
}

/** Of somebody signed in, or acted for in a session of his: what clients and keys are not. */
export function signInOf({ userId, sessionId }: Principal): { readonly userId: string; readonly sessionId: string } {
  if (userId === null || sessionId === null) throw new ForbiddenError('This is for somebody who is signed in.');
  return { userId, sessionId };
}

/** Whose rights these are; an API key has none of a user. */
export function userOf({ userId }: Principal): string {
  if (userId === null) throw new ForbiddenError('This is for users.');
  return userId;
}

/** Work the server does by itself inside one organization, such as a run. */
export function serverCaller(organizationId: string, type: 'sync' | 'system', name: string, id: string | null): Caller {
  return { organizationId, actor: { type, id, name }, requestId: null };
}
