import { Injectable } from '@nestjs/common';
import { permissionsFor, type Principal, type Role } from '@app/access';
import { isId, UnauthenticatedError } from '@app/kernel';
import { Database, statement } from '@app/persistence';
import type { AccessClaims } from './access-tokens.js';

interface PrincipalRow {
  display_name: string;
  owner_id: string | null;
  roles: Role[];
}

/** Active user, live session, same password as then, roles direct and through groups at any depth: all in one look. */
const livePrincipal = statement<PrincipalRow>(
  'principal.live',
  `with my_groups as (
     select m.group_id from membership m where m.organization_id = $1 and m.user_id = $3
     union
     select c.ancestor_id from membership m
       join group_closure c on c.organization_id = $1 and c.descendant_id = m.group_id
      where m.organization_id = $1 and m.user_id = $3)
   select u.display_name, o.id as owner_id,
     array(select distinct r.role from role_assignment r
            where r.organization_id = $1 and (r.user_id = $3 or r.group_id in (select group_id from my_groups))) as roles
     from session s
     join app_user u on u.organization_id = $1 and u.id = s.user_id
     join organization g on g.id = $1
     left join owner o on o.organization_id = $1 and o.user_id = u.id and o.deleted_at is null
    where s.organization_id = $1 and s.id = $2 and s.user_id = $3
      and s.revoked_at is null and s.expires_at > now() and s.credential_version = u.credential_version
      and u.active and u.deleted_at is null and not u.invitation_pending and g.account_type <> 'DISABLED'`,
);

const keptMs = 1_000;
const keptAtMost = 10_000;

interface Kept {
  readonly until: number;
  readonly principal: Promise<Principal | undefined>;
}

/** Rights are live: the whole Principal is loaded from the database and kept for at most a second. */
@Injectable()
export class Principals {
  private readonly kept = new Map<string, Kept>();

  constructor(private readonly database: Database) {}

  async load(claims: AccessClaims, now = Date.now()): Promise<Principal> {
    const key = `${claims.org} ${claims.sid} ${claims.sub}`;
    let entry = this.kept.get(key);
    if (!entry || entry.until <= now) {
      entry = { until: now + keptMs, principal: this.read(claims) };
      this.remember(key, entry);
    }
    const principal = await entry.principal;
    if (!principal) throw new UnauthenticatedError('The token is no longer valid.');
    return principal;
  }

  private remember(key: string, entry: Kept): void {
    this.kept.delete(key);
    if (this.kept.size >= keptAtMost) this.kept.delete(this.kept.keys().next().value!);
    this.kept.set(key, entry);
    // A failed look is not an answer: the next request asks again.
    entry.principal.catch(() => this.kept.delete(key));
  }

  private async read({ org, sid, sub }: AccessClaims): Promise<Principal | undefined> {
    if (![org, sid, sub].every(isId)) return undefined;
    const [row] = await this.database.query({ organizationId: org }, livePrincipal, [sid, sub]);
    if (!row) return undefined;
    const roles = new Set(row.roles);
    return {
      organizationId: org,
      actor: { type: 'user', id: sub, name: row.display_name },
      requestId: null,
      userId: sub,
      sessionId: sid,
      roles,
      permissions: permissionsFor(roles),
      ownerId: row.owner_id,
    };
  }
}
