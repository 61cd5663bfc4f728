import { covers, type Principal, rightsFor, type Role } from '@app/access';
import { ForbiddenError } from '@app/kernel';
import { statement, type Transaction } from '@app/persistence';

const rolesOfUser = statement<{ roles: Role[] }>('user.roles', `select roles_of($1, $2) as roles`);

/**
 * Nobody acts on the credentials, sessions or state of somebody who may do what he himself may not. Returns the roles the
 * user holds at this moment, through whatever groups.
 */
export async function requireRightsOf(tx: Transaction, caller: Principal, userId: string): Promise<readonly Role[]> {
  const [row] = await tx.query(rolesOfUser, [userId]);
  const held = row?.roles ?? [];
  if (!covers(caller, rightsFor(held))) throw new ForbiddenError('This user has rights you lack.');
  return held;
}
