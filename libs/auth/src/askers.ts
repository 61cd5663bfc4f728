import { Injectable } from '@nestjs/common';
import { type Caller, commonRights, type Principal, type Rights, rightsFor, type Role } from '@app/access';
import { Database, statement } from '@app/persistence';
import { managersOf, managingRights } from './managing.js';
import { impersonationRights } from './principals.js';

interface AskerRow {
  readonly roles: Role[];
  readonly actor_roles: Role[] | null;
  readonly client_roles: Role[] | null;
}

const live = (user: string) => `${user}.active and ${user}.deleted_at is null and not ${user}.invitation_pending`;

/** `$2` whose rights were used, `$3` who used them. Sessions and tokens may have ended: whoever asked may have gone home. */
const asker = statement<AskerRow>(
  'asker.rights',
  `select roles_of($1, u.id) as roles,
     (select roles_of($1, a.id) from app_user a where a.organization_id = $1 and a.id = $3 and ${live('a')}) as actor_roles,
     (select c.roles from oauth_client c where c.organization_id = $1 and c.id = $3 and c.user_id = u.id
         and (c.expires_at is null or c.expires_at > now())) as client_roles
     from app_user u join organization g on g.id = $1
    where u.organization_id = $1 and u.id = $2 and ${live('u')} and g.account_type <> 'DISABLED'`,
);

/** `$2` of the organization that manages this one: an id is nobody else's on the whole server. */
const managingAsker = statement<{ readonly roles: Role[] }>(
  'asker.managing',
  `select roles_of(p.id, a.id) as roles from ${managersOf}
    where g.id = $1 and a.id = $2 and g.account_type <> 'DISABLED'`,
);

export type Asker = Rights & Pick<Principal, 'userId'>;

/** Whoever asked for something that is done later: what he may do by now. */
@Injectable()
export class Askers {
  constructor(private readonly database: Database) {}

  /** Undefined: he may do nothing any more. An API key cannot ask for anything that is done later. */
  async now(caller: Caller): Promise<Asker | undefined> {
    const { actor, onBehalfOf } = caller;
    const userId = onBehalfOf?.id ?? actor.id;
    if (actor.type !== 'user' && actor.type !== 'client') return undefined;
    const [row] = await this.database.query(caller, asker, [userId, actor.id]);
    if (!row) return this.managing(caller);
    const rights = rightsOf(row, caller);
    return rights && { ...rights, userId };
  }

  /** Whoever acted here from the managing organization is no user here. */
  private async managing(caller: Caller): Promise<Asker | undefined> {
    if (caller.actor.type !== 'user' || caller.onBehalfOf) return undefined;
    const [row] = await this.database.query(caller, managingAsker, [caller.actor.id]);
    const rights = row && managingRights(row.roles);
    return rights && { ...rights, userId: null };
  }
}

function rightsOf({ roles, actor_roles, client_roles }: AskerRow, { actor, onBehalfOf }: Caller): Rights | undefined {
  if (actor.type === 'client')
    return client_roles ? commonRights(rightsFor(client_roles), rightsFor(roles)) : undefined;
  return onBehalfOf ? impersonationRights(roles, actor_roles ?? []) : rightsFor(roles);
}
