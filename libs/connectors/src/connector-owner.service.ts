import { Injectable, type OnModuleInit, Optional } from '@nestjs/common';
import { narrowedTo, type Permission, type Principal } from '@app/access';
import { type AuditEvent, AuditTrail } from '@app/audit';
import { NotFoundError } from '@app/kernel';
import { Database, statement, type Transaction } from '@app/persistence';
import { sourcesOfOne } from './attribute-sources.js';
import { holdUsers } from './held-users.js';
import { OwnerRoles } from './owner-roles.js';
import { personColumns, personJoins, type PersonRow } from './person.js';

export interface ConnectorAddress {
  readonly applicationId: string;
  readonly connectorId: string;
}

/** Where an ownership stands: the connector by its application, the role, the user. */
export interface OwnershipAddress extends ConnectorAddress {
  readonly roleSlug: string;
  readonly userId: string;
}

/** A page of who owns a connector. */
export interface OwnerPage {
  /** Null: in whatever role. */
  readonly roleSlug: string | null;
  readonly limit: number;
  /** Role and id of the last one of the page before, or nothing. */
  readonly after: readonly string[];
}

export interface ConnectorOwnerRow extends PersonRow {
  readonly role_slug: string;
  readonly owned_since: string;
}

/** `$2` narrows a SOURCE_SUBADMIN to connectors they own, in whatever role. */
const reachable = `c.organization_id = $1 and c.application_id = $3 and c.id = $4 and c.deleted_at is null and ($2::uuid is null or exists (
  select 1 from connector_owner own where own.organization_id = $1 and own.connector_id = c.id and own.user_id = $2))`;

const ownerByAddress = statement<ConnectorOwnerRow>(
  'connector-owner.get',
  `select w.role_slug, w.created_at as owned_since, ${personColumns}, ${sourcesOfOne('$7')}
     from connector c
     join connector_owner w on w.organization_id = $1 and w.connector_id = c.id and w.role_slug = $5 and w.user_id = $6
     join app_user u on u.organization_id = $1 and u.id = w.user_id and u.deleted_at is null ${personJoins}
    where ${reachable}`,
);
/** The page is cut before anything is joined to it. */
const pageOfOwners = statement<ConnectorOwnerRow>(
  'connector-owner.list',
  `select u.role_slug, u.owned_since, ${personColumns}
     from (
       select p.role_slug, p.created_at as owned_since, u.* from connector_owner p
         join app_user u on u.organization_id = $1 and u.id = p.user_id and u.deleted_at is null
        where p.organization_id = $1 and p.connector_id = $2 and ($3::text is null or p.role_slug = $3)
          and ($4::text is null or (p.role_slug, p.user_id) > ($4, $5::uuid))
        order by p.role_slug, p.user_id limit $6) u ${personJoins}
    order by u.role_slug, u.id`,
);
const findConnector = `select c.id from connector c where ${reachable}`;
const seeConnector = statement<{ id: string }>('connector-owner.connector', findConnector);
/** Two who say at once who owns it go one after the other. */
const holdConnector = statement<{ id: string }>(undefined, `${findConnector} for no key update of c`);
const insertOwners = statement<{ user_id: string }>(
  undefined,
  `insert into connector_owner (organization_id, connector_id, role_slug, user_id)
   select $1, $2, $3, unnest($4::uuid[]) on conflict do nothing returning user_id`,
);
const deleteOthers = statement<{ user_id: string }>(
  undefined,
  `delete from connector_owner where organization_id = $1 and connector_id = $2 and role_slug = $3 and user_id <> all($4::uuid[])
   returning user_id`,
);
const bothEnds = `select c.id from connector c
     join app_user u on u.organization_id = $1 and u.id = $5 and u.deleted_at is null
    where ${reachable}`;
const findBothEnds = statement<{ id: string }>('connector-owner.ends', bothEnds);
/** Held until the transaction ends against whoever deletes either. */
const lockBothEnds = statement<{ id: string }>(undefined, `${bothEnds} for share of c for share of u`);
const insertOwner = statement<never>(
  undefined,
  `insert into connector_owner (organization_id, connector_id, role_slug, user_id) values ($1, $2, $3, $4)
   on conflict (organization_id, connector_id, role_slug, user_id) do nothing`,
);
const deleteOwner = statement<never>(
  undefined,
  `delete from connector_owner w using connector c
    where w.organization_id = $1 and w.connector_id = c.id and w.role_slug = $5 and w.user_id = $6 and ${reachable}`,
);

const deleteAllOf = statement<{ connector_id: string; user_id: string; role_slug: string }>(
  'connector-owner.delete-all-of',
  `delete from connector_owner where organization_id = $1 and user_id = any($2::uuid[])
   returning connector_id, user_id, role_slug`,
);
const deleteAllAt = statement<{ user_id: string; role_slug: string }>(
  undefined,
  `delete from connector_owner where organization_id = $1 and connector_id = $2 returning user_id, role_slug`,
);

/** Who answers for a connector. Whoever holds SOURCE_SUBADMIN reaches what he owns. */
@Injectable()
export class ConnectorOwnerService implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
    @Optional() private readonly roles: OwnerRoles = new OwnerRoles(),
  ) {}

  /** The role of those who own a connector and nobody said as what. */
  get firstRole(): string {
    return this.roles.first;
  }

  isRole(slug: string): boolean {
    return this.roles.has(slug);
  }

  /** A role that is not configured is unknown. */
  requireRole(slug: string): string {
    if (!this.isRole(slug)) throw new NotFoundError('owner role');
    return slug;
  }

  /** Who is deleted answers for nothing, and does not by being restored either. */
  onModuleInit(): void {
    this.database.announcements.on('connectors', 'user.deleted', async (tx, events) => {
      const dropped = await tx.query(deleteAllOf, [events.flatMap(({ ids }) => ids)]);
      const ended = dropped.map(({ connector_id, user_id, role_slug }) => {
        return { connectorId: connector_id, userId: user_id, roleSlug: role_slug };
      });
      await this.recordAll(tx, 'connector.ownerRemoved', 'before', ended);
    });
  }

  async get(caller: Principal, address: OwnershipAddress): Promise<ConnectorOwnerRow> {
    const roleSlug = this.requireRole(address.roleSlug);
    const reached = reach(caller, 'connector-owners:read', address);
    const values = [...reached, roleSlug, address.userId, narrowedTo(caller, 'accounts:read')];
    const [owner] = await this.database.query(caller, ownerByAddress, values);
    if (!owner) throw new NotFoundError('connector owner');
    return owner;
  }

  /** Who owns the connector, by role, then by id; in a role there is not, nobody. */
  async search(
    caller: Principal,
    address: ConnectorAddress,
    { roleSlug, limit, after }: OwnerPage,
  ): Promise<{ items: ConnectorOwnerRow[]; hasNextPage: boolean }> {
    await this.requireConnector(caller, 'connector-owners:read', address);
    const [role = null, user = null] = after;
    const values = [address.connectorId, roleSlug, role, user, limit + 1];
    const rows = await this.database.query(caller, pageOfOwners, values);
    return { items: rows.slice(0, limit), hasNextPage: rows.length > limit };
  }

  /** Refuses a connector that the caller does not reach, or that is none of this application. */
  async requireConnector(caller: Principal, permission: Permission, address: ConnectorAddress): Promise<void> {
    const found = await this.database.query(caller, seeConnector, reach(caller, permission, address));
    if (found.length === 0) throw new NotFoundError('connector');
  }

  /** Holds the connector, that nobody else changes who owns it meanwhile. */
  async hold(tx: Transaction, caller: Principal, address: ConnectorAddress): Promise<void> {
    const held = await tx.query(holdConnector, reach(caller, 'connector-owners:write', address));
    if (held.length === 0) throw new NotFoundError('connector');
  }

  /** These users alone own the connector, which is held, in this role; who is one stays one since when he was. */
  async replace(tx: Transaction, connectorId: string, roleSlug: string, userIds: readonly string[]): Promise<void> {
    const wanted = await holdUsers(tx, userIds);
    const gone = await tx.query(deleteOthers, [connectorId, roleSlug, wanted]);
    const made = await tx.query(insertOwners, [connectorId, roleSlug, wanted]);
    const of = ({ user_id: userId }: { user_id: string }) => ({ connectorId, userId, roleSlug });
    await this.recordAll(tx, 'connector.ownerRemoved', 'before', gone.map(of));
    await this.recordAll(tx, 'connector.ownerAdded', 'after', made.map(of));
  }

  /** Nobody owns the connector, which is held, in any role. */
  async removeAll(tx: Transaction, connectorId: string): Promise<void> {
    const gone = await tx.query(deleteAllAt, [connectorId]);
    const ended = gone.map(({ user_id: userId, role_slug: roleSlug }) => ({ connectorId, userId, roleSlug }));
    await this.recordAll(tx, 'connector.ownerRemoved', 'before', ended);
  }

  /** Refuses an address at which nobody could own anything. */
  async requirePlace(caller: Principal, address: OwnershipAddress): Promise<void> {
    this.requireRole(address.roleSlug);
    const values = [...reach(caller, 'connector-owners:write', address), address.userId];
    requireBothEnds(await this.database.query(caller, findBothEnds, values));
  }

  /** Makes the user an owner, and tells of him; one who is stays one since when he was. */
  async add(caller: Principal, address: OwnershipAddress): Promise<ConnectorOwnerRow> {
    const roleSlug = this.requireRole(address.roleSlug);
    const { connectorId, userId } = address;
    return this.database.inTransaction(caller, async (tx) => {
      const reached = reach(caller, 'connector-owners:write', address);
      requireBothEnds(await tx.query(lockBothEnds, [...reached, userId]));
      const made = await tx.execute(insertOwner, [connectorId, roleSlug, userId]);
      if (made > 0) await this.recordAll(tx, 'connector.ownerAdded', 'after', [{ connectorId, userId, roleSlug }]);
      const [owner] = await tx.query(ownerByAddress, [
        ...reached,
        roleSlug,
        userId,
        narrowedTo(caller, 'accounts:read'),
      ]);
      return owner!;
    });
  }

  async remove(caller: Principal, address: OwnershipAddress): Promise<void> {
    const roleSlug = this.requireRole(address.roleSlug);
    const { connectorId, userId } = address;
    await this.database.inTransaction(caller, async (tx) => {
      const values = [...reach(caller, 'connector-owners:write', address), roleSlug, userId];
      if ((await tx.execute(deleteOwner, values)) === 0) throw new NotFoundError('connector owner');
      await this.recordAll(tx, 'connector.ownerRemoved', 'before', [{ connectorId, userId, roleSlug }]);
    });
  }

  /** One event a subject: the connector's trail names the user, the user's the connector. */
  private async recordAll(
    tx: Transaction,
    action: string,
    side: 'before' | 'after',
    ownerships: readonly { readonly connectorId: string; readonly userId: string; readonly roleSlug: string }[],
  ): Promise<void> {
    if (ownerships.length === 0) return;
    const told = ownerships.flatMap(({ connectorId, userId, roleSlug }): AuditEvent[] => [
      { action, subjectType: 'connector', subjectId: connectorId, [side]: { userId, roleSlug } },
      { action, subjectType: 'user', subjectId: userId, [side]: { connectorId, roleSlug } },
    ]);
    await this.audit.recordAll(tx, told);
    tx.announce({ kind: 'user.rightsChanged', ids: ownerships.map(({ userId }) => userId) });
  }
}

function reach(caller: Principal, permission: Permission, { applicationId, connectorId }: ConnectorAddress) {
  return [narrowedTo(caller, permission), applicationId, connectorId];
}

function requireBothEnds(found: readonly unknown[]): void {
  if (found.length === 0) throw new NotFoundError('connector or user');
}
