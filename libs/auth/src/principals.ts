import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  commonRights,
  type KeyLevel,
  type KeyPermission,
  permissionsOfKey,
  type Principal,
  type Rights,
  rightsFor,
  type Role,
} from '@app/access';
import { InvalidTokenError, isId, UnauthenticatedError } from '@app/kernel';
import { Database, statement, systemStatement } from '@app/persistence';
import type { AccessClaims, ClientClaims, ManagingClaims, SessionClaims } from './access-tokens.js';
import { managersOf, managingPrincipal, managingRights } from './managing.js';
import { hashOfToken } from './opaque-tokens.js';
import { RecentLooks } from './recent-looks.js';
import { allowedFrom } from './source-networks.js';

interface SessionRow {
  display_name: string;
  owner_id: string | null;
  roles: Role[];
  actor_id: string | null;
  actor_name: string;
  actor_roles: Role[] | null;
}

/**
 * Active user, live session, same password as then, roles direct and through groups at any depth: all in one look. Of an
 * impersonation both sides, and the session it was begun in. `is true` keeps the planner from walking all sessions of the
 * user, who may have thousands, instead of looking at the one.
 */
const liveSession = statement<SessionRow>(
  'principal.session',
  `select u.display_name, o.id as owner_id, roles_of($1, u.id) as roles,
          a.id as actor_id, a.display_name as actor_name, case when a.id is not null then roles_of($1, a.id) end as actor_roles
     from session s
     join app_user u on u.organization_id = $1 and u.id = s.user_id
     join organization g on g.id = $1
     left join owner o on o.organization_id = $1 and o.user_id = u.id and o.deleted_at is null
     left join session b on b.organization_id = $1 and b.id = s.actor_session_id
     left join app_user a on a.organization_id = $1 and a.id = b.user_id
    where s.organization_id = $1 and s.id = $2 and (s.user_id = $3) is true
      and s.revoked_at is null and s.expires_at > now() and s.credential_version = u.credential_version
      and u.active and u.deleted_at is null and not u.invitation_pending and g.account_type <> 'DISABLED'
      and (s.kind = 'login' or b.kind = 'login' and b.revoked_at is null and b.expires_at > now()
        and b.credential_version = a.credential_version
        and a.active and a.deleted_at is null and not a.invitation_pending)`,
);

interface ManagingRow {
  name: string;
  organization: string;
  roles: Role[];
}

/** A live session of an active user in the organization that manages this one, neither of the two suspended. */
const liveManaging = statement<ManagingRow>(
  'principal.managing',
  `select a.display_name as name, p.name as organization, roles_of(p.id, a.id) as roles
     from ${managersOf}
     join session b on b.organization_id = p.id and b.id = $3 and b.user_id = a.id
    where g.id = $1 and p.id = $2 and (b.user_id = $4) is true and g.account_type <> 'DISABLED'
      and b.kind = 'login' and b.revoked_at is null and b.expires_at > now() and b.credential_version = a.credential_version`,
);

interface ClientRow {
  name: string;
  roles: Role[];
  source_networks: string[];
  user_name: string;
  user_roles: Role[];
}

/** A client ends with its user, and its tokens with its secret. */
const liveClient = statement<ClientRow>(
  'principal.client',
  `with used as (
     update oauth_client set last_used_at = now()
      where organization_id = $1 and id = $2 and (last_used_at is null or last_used_at < now() - interval '1 minute'))
   select c.name, c.roles, c.source_networks::text[] as source_networks,
          u.display_name as user_name, roles_of($1, u.id) as user_roles
     from oauth_client c
     join app_user u on u.organization_id = $1 and u.id = c.user_id
     join organization g on g.id = $1
    where c.organization_id = $1 and c.id = $2 and c.secret_version = $3 and c.user_id = $4
      and (c.expires_at is null or c.expires_at > now())
      and u.active and u.deleted_at is null and not u.invitation_pending and g.account_type <> 'DISABLED'`,
);

interface KeyRow {
  organization_id: string;
  id: string;
  name: string;
  level: KeyLevel;
  permission: KeyPermission;
}

const liveKey = systemStatement<KeyRow>(
  'principal.key',
  `with used as (
     update api_key set last_used_at = now()
      where key_hash = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute'))
   select k.organization_id, k.id, k.name, k.level, k.permission
     from api_key k join organization g on g.id = k.organization_id
    where k.key_hash = $1 and (k.expires_at is null or k.expires_at > now()) and g.account_type <> 'DISABLED'`,
);

/** A principal, and the networks it may call from; none named: from everywhere. */
interface Live {
  readonly principal: Principal;
  readonly sourceNetworks: readonly string[];
}

/** Rights are live: the whole Principal is loaded from the database and kept for at most a second. */
@Injectable()
export class Principals implements OnModuleInit {
  private readonly looks = new RecentLooks<Live>();
  private readonly others: ((organizationId: string) => void)[] = [];

  constructor(private readonly database: Database) {}

  /** A group's rights are those of many: whose they are is not asked, all of the organization are looked at anew. */
  onModuleInit(): void {
    this.database.announcements.on('auth', 'user.rightsChanged', async (tx) => {
      tx.afterCommit.push(() => this.forget(tx.organizationId));
    });
  }

  /** Whoever a verified token names, calling from this address. */
  async ofToken(claims: AccessClaims, address: string): Promise<Principal> {
    const { org, sub } = claims;
    if ('mgr' in claims) return this.ofManaging(claims);
    const key = 'sid' in claims ? `${org} ${claims.sid} ${sub}` : `${org} ${claims.cid} ${claims.ver} ${sub}`;
    const live = await this.looks.look(key, org, () =>
      'sid' in claims ? this.readSession(claims) : this.readClient(claims),
    );
    if (!live) throw new InvalidTokenError('The token is no longer valid.');
    if (!allowedFrom(live.sourceNetworks, address))
      throw new InvalidTokenError('The token is not valid at this address.');
    return live.principal;
  }

  async ofKey(key: string): Promise<Principal> {
    const hash = hashOfToken(key);
    const live = await this.looks.look(hash.toString('base64'), undefined, () => this.readKey(hash));
    if (!live) throw new UnauthenticatedError('The API key is not valid.');
    return live.principal;
  }

  /** What changed rights or ends something is felt at once on this node; call it when the change is committed. */
  forget(organizationId: string): void {
    this.looks.forget(organizationId);
    for (const forget of this.others) forget(organizationId);
  }

  /** For whoever keeps something of the same kind: it is to be forgotten at the same moments. */
  alsoForget(forget: (organizationId: string) => void): void {
    this.others.push(forget);
  }

  /** Forgotten when either organization is: which of the two a sign-in is of is no matter then. */
  private async ofManaging(claims: ManagingClaims): Promise<Principal> {
    const { org, mgr, sid, sub } = claims;
    const live = await this.looks.look(`${mgr} ${org} ${sid} ${sub}`, undefined, () => this.readManaging(claims));
    if (!live) throw new InvalidTokenError('The token is no longer valid.');
    return live.principal;
  }

  private async readSession({ org, sid, sub }: SessionClaims): Promise<Live | undefined> {
    if (![org, sid, sub].every(isId)) return undefined;
    const [row] = await this.database.query({ organizationId: org }, liveSession, [sid, sub]);
    if (!row) return undefined;

    const own = { organizationId: org, requestId: null, userId: sub, sessionId: sid };
    const self = { id: sub, name: row.display_name };
    if (row.actor_id === null) {
      const actor = { type: 'user', ...self } as const;
      return anywhere({ ...own, ...rightsFor(row.roles), kind: 'user', actor, ownerId: row.owner_id });
    }
    const rights = impersonationRights(row.roles, row.actor_roles ?? []);
    const actor = { type: 'user', id: row.actor_id, name: row.actor_name } as const;
    return (
      rights && anywhere({ ...own, ...rights, kind: 'impersonation', actor, onBehalfOf: self, ownerId: row.owner_id })
    );
  }

  private async readManaging({ org, mgr, sid, sub }: ManagingClaims): Promise<Live | undefined> {
    if (![org, mgr, sid, sub].every(isId)) return undefined;
    const [row] = await this.database.query({ organizationId: org }, liveManaging, [mgr, sid, sub]);
    if (!row || !managingRights(row.roles)) return undefined;
    const { name, organization } = row;
    return anywhere(managingPrincipal(org, { id: sub, name, organization }, null));
  }

  private async readClient({ org, cid, ver, sub }: ClientClaims): Promise<Live | undefined> {
    if (![org, cid, sub].every(isId)) return undefined;
    const [row] = await this.database.query({ organizationId: org }, liveClient, [cid, ver, sub]);
    if (!row) return undefined;
    const principal: Principal = {
      organizationId: org,
      requestId: null,
      kind: 'client',
      actor: { type: 'client', id: cid, name: row.name },
      onBehalfOf: { id: sub, name: row.user_name },
      userId: sub,
      sessionId: null,
      ...commonRights(rightsFor(row.roles), rightsFor(row.user_roles)),
      ownerId: null,
    };
    return { principal, sourceNetworks: row.source_networks };
  }

  private async readKey(hash: Buffer): Promise<Live | undefined> {
    const [row] = await this.database.asSystem('a key alone says whose it is', (system) =>
      system.query(liveKey, [hash]),
    );
    if (!row) return undefined;
    const permissions = permissionsOfKey(`${row.level}/${row.permission}`);
    return anywhere({
      organizationId: row.organization_id,
      requestId: null,
      kind: 'key',
      actor: { type: 'key', id: row.id, name: row.name },
      userId: null,
      sessionId: null,
      permissions,
      widePermissions: permissions,
      ownerId: null,
    });
  }
}

function anywhere(principal: Principal): Live {
  return { principal, sourceNetworks: [] };
}

/** It ends when the actor is demoted or the target rises; and nobody gains by it what he lacks himself. */
export function impersonationRights(target: readonly Role[], actor: readonly Role[]): Rights | undefined {
  if (!rightsFor(actor).permissions.has('users:impersonate')) return undefined;
  if (target.includes('Administrator')) return undefined;
  return commonRights(rightsFor(target), rightsFor(actor));
}
