import { Injectable } from '@nestjs/common';
import { covers, type Principal, rightsFor, type Role } from '@app/access';
import { Database, statement } from '@app/persistence';

const rolesOfUser = statement<{ roles: Role[] }>('held-roles.user', 'select roles_of($1, $2) as roles');
const rolesOfClient = statement<{ roles: Role[] }>(
  'held-roles.client',
  `select array(select distinct unnest(c.roles || roles_of($1, c.user_id))) as roles
     from oauth_client c where c.organization_id = $1 and c.id = $2`,
);

/** Names for the rights of a credential. */
@Injectable()
export class HeldRoles {
  constructor(private readonly database: Database) {}

  /** The roles of the user, and those a client was given, as far as this credential has their rights. A key has none. */
  async of(caller: Principal): Promise<Role[]> {
    const { kind, userId, actor } = caller;
    if (kind === 'managing') return ['Administrator'];
    if (userId === null) return [];
    const [row] =
      kind === 'client'
        ? await this.database.query(caller, rolesOfClient, [actor.id])
        : await this.database.query(caller, rolesOfUser, [userId]);
    return (row?.roles ?? []).filter((role) => covers(caller, rightsFor([role])));
  }
}
