import { Injectable, type OnModuleInit } from '@nestjs/common';
import { narrowedTo, type Permission, type Principal } from '@app/access';
import { AuditTrail } from '@app/audit';
import { NotFoundError } from '@app/kernel';
import { Database, statement, type Transaction } from '@app/persistence';
import { isOwnerRole, type OwnerRole } from './owner-roles.js';
import { personColumns, personJoins, type PersonRow } from './person.js';

/** Where an ownership stands: the connector by its application, the role, the user. */
export interface OwnershipAddress {
  readonly applicationId: string;
  readonly connectorId: string;
  readonly roleSlug: string;
  readonly userId: string;
}

export interface ConnectorOwnerRow extends PersonRow {
  readonly owned_since: string;
}

/** `$2` narrows a SOURCE_SUBADMIN to connectors they own, in whatever role. */
const reachable = `c.organization_id = $1 and c.application_id = $3 and c.id = $4 and ($2::uuid is null or exists (
  select 1 from connector_owner own where own.organization_id = $1 and own.connector_id = c.id and own.user_id = $2))`;

const ownerByAddress = statement<ConnectorOwnerRow>(
  'connector-owner.get',
  `select w.created_at as owned_since, ${personColumns}
     from connector c
     join connector_owner w on w.organization_id = $1 and w.connector_id = c.id and w.role_slug = $5 and w.user_id = $6
     join app_user u on u.organization_id = $1 and u.id = w.user_id and u.deleted_at is null ${personJoins}
    where ${reachable}`,
);
const bothEnds = `select c.id from connector c
     join app_user u on u.organization_id = $1 and u.id = $5 and u.deleted_at is null
    where ${reachable}`;
const findBothEnds = statement<{ id: string }>('connector-owner.ends', bothEnds);
/** Held still until the transaction ends, so that neither goes meanwhile. */
const lockBothEnds = statement<{ id: string }>(undefined, `${bothEnds} for key share of c for share of u`);
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

const deleteAllOf = statement<{ connector_id: string; user_id: string; role_slug: OwnerRole }>(
  'connector-owner.delete-all-of',
  `delete from connector_owner where organization_id = $1 and user_id = any($2::uuid[])
   returning connector_id, user_id, role_slug`,
);

/** Who answers for a connector. Whoever holds SOURCE_SUBADMIN reaches what he owns. */
@Injectable()
export class ConnectorOwnerService implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
  ) {}

  /** Who is deleted answers for nothing, and does not by being restored either. */
  onModuleInit(): void {
    this.database.announcements.on('connectors', 'user.deleted', async (tx, events) => {
      const dropped = await tx.query(deleteAllOf, [events.flatMap(({ ids }) => ids)]);
      for (const { connector_id: connectorId, user_id: userId, role_slug: roleSlug } of dropped) {
        await this.record(tx, 'connector.ownerRemoved', 'before', { connectorId, userId, roleSlug });
      }
    });
  }

  async get(caller: Principal, address: OwnershipAddress): Promise<ConnectorOwnerRow> {
    const roleSlug = requireRole(address.roleSlug);
    const values = [...reach(caller, 'connector-owners:read', address), roleSlug, address.userId];
    const [owner] = await this.database.query(caller, ownerByAddress, values);
    if (!owner) throw new NotFoundError('connector owner');
    return owner;
  }

  /** Refuses an address at which nobody could own anything. */
  async requirePlace(caller: Principal, address: OwnershipAddress): Promise<void> {
    requireRole(address.roleSlug);
    const values = [...reach(caller, 'connector-owners:write', address), address.userId];
    requireBothEnds(await this.database.query(caller, findBothEnds, values));
  }

  /** Makes the user an owner; one who is stays one since when he was. */
  async add(caller: Principal, address: OwnershipAddress): Promise<void> {
    const roleSlug = requireRole(address.roleSlug);
    const { connectorId, userId } = address;
    await this.database.inTransaction(caller, async (tx) => {
      const ends = [...reach(caller, 'connector-owners:write', address), userId];
      requireBothEnds(await tx.query(lockBothEnds, ends));
      const made = await tx.execute(insertOwner, [connectorId, roleSlug, userId]);
      if (made > 0) await this.record(tx, 'connector.ownerAdded', 'after', { connectorId, userId, roleSlug });
    });
  }

  async remove(caller: Principal, address: OwnershipAddress): Promise<void> {
    const roleSlug = requireRole(address.roleSlug);
    const { connectorId, userId } = address;
    await this.database.inTransaction(caller, async (tx) => {
      const values = [...reach(caller, 'connector-owners:write', address), roleSlug, userId];
      if ((await tx.execute(deleteOwner, values)) === 0) throw new NotFoundError('connector owner');
      await this.record(tx, 'connector.ownerRemoved', 'before', { connectorId, userId, roleSlug });
    });
  }

  /** One event a subject: the connector's trail names the user, the user's the connector. */
  private async record(
    tx: Transaction,
    action: string,
    side: 'before' | 'after',
    { connectorId, userId, roleSlug }: { connectorId: string; userId: string; roleSlug: OwnerRole },
  ): Promise<void> {
    const ofConnector = { subjectType: 'connector', subjectId: connectorId } as const;
    const ofUser = { subjectType: 'user', subjectId: userId } as const;
    await this.audit.recordAll(tx, [
      { action, ...ofConnector, [side]: { userId, roleSlug } },
      { action, ...ofUser, [side]: { connectorId, roleSlug } },
    ]);
    tx.announce({ kind: 'user.rightsChanged', ids: [userId] });
  }
}

function reach(caller: Principal, permission: Permission, { applicationId, connectorId }: OwnershipAddress) {
  return [narrowedTo(caller, permission), applicationId, connectorId];
}

function requireBothEnds(found: readonly unknown[]): void {
  if (found.length === 0) throw new NotFoundError('connector or user');
}

function requireRole(slug: string): OwnerRole {
  if (!isOwnerRole(slug)) throw new NotFoundError('owner role');
  return slug;
}
