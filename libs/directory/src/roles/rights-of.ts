import { covers, type Principal, type Rights, rightsFor, type Role } from '@app/access';
import { ForbiddenError } from '@app/kernel';
import { statement, type Transaction } from '@app/persistence';

const rolesOfUser = statement<{ roles: Role[] }>(undefined, `select roles_of($1, $2) as roles`);

/** What a user may do at this moment, through whatever groups. */
async function rightsOfUser(tx: Transaction, userId: string): Promise<Rights> {
  const [row] = await tx.query(rolesOfUser, [userId]);
  return rightsFor(row?.roles ?? []);
}

/** Nobody acts on the credentials, sessions or state of somebody who may do what he himself may not. */
export async function requireRightsOf(tx: Transaction, caller: Principal, userId: string): Promise<void> {
  if (!covers(caller, await rightsOfUser(tx, userId))) throw new ForbiddenError('This user has rights you lack.');
}
