import type { Role } from '@app/access';
import { NotFoundError } from '@app/kernel';
import { statement, type Transaction } from '@app/persistence';

/** A user or a group, with the roles held: of a group its own and those of the groups it is in. */
export interface RoleHolder {
  readonly id: string;
  readonly kind: 'user' | 'group';
  readonly system: boolean;
  readonly roles: readonly Role[];
}

/** Held still until the transaction ends, so that nobody deletes it meanwhile. */
const holderById = statement<RoleHolder>(
  undefined,
  `with person as (
     select id, system from app_user where organization_id = $1 and id = $2 and deleted_at is null for share),
   circle as (
     select id from user_group where organization_id = $1 and id = $2 and kind = 'directory' for share)
   select id, 'user' as kind, system, roles_of($1, id) as roles from person
   union all
   select id, 'group', false, array(
            select distinct r.role from role_assignment r
             where r.organization_id = $1 and (r.group_id = circle.id or r.group_id in (
               select c.ancestor_id from group_closure c where c.organization_id = $1 and c.descendant_id = circle.id)))
     from circle`,
);

export async function roleHolder(tx: Transaction, id: string): Promise<RoleHolder> {
  const [holder] = await tx.query(holderById, [id]);
  if (!holder) throw new NotFoundError('principal');
  return holder;
}
