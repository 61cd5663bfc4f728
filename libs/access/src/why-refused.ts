import type { Principal } from './caller.js';
import { isClosedTo, type Permission, type PrincipalKind } from './policy.js';

const managing = 'This is not allowed while you act in an organization that yours manages.';

/** Whatever the caller holds, this kind of credential is not for it: a better role would not help. */
const closed: Readonly<Partial<Record<PrincipalKind, string>>> = {
  impersonation: 'This is not allowed while you act as another user.',
  client: 'This is not allowed with the token of an OAuth client.',
  managing,
};

/** Whose rights do not suffice: those of a user are his roles', others have theirs from elsewhere. */
const lacking: Readonly<Record<PrincipalKind, string>> = {
  user: 'Your roles do not allow this.',
  impersonation: 'The rights that both you and the user you act as have do not allow this.',
  client: 'The rights that both this OAuth client and its user have do not allow this.',
  managing,
  key: 'The level and the permission of this API key do not allow this.',
};

/** What stands in the way of a caller who may not, in words that are true of his kind of credential. */
export function whyRefused({ kind }: Pick<Principal, 'kind'>, permission: Permission): string {
  return (isClosedTo(permission, kind) && closed[kind]) || lacking[kind];
}
