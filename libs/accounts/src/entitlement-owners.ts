import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Principal } from '@app/access';
import { type AuditEvent, AuditTrail } from '@app/audit';
import { type ConnectorAddress, ConnectorOwnerService, type OwnerPage } from '@app/connectors';
import { isId, NotFoundError } from '@app/kernel';
import { Database, statement, type Transaction } from '@app/persistence';

/** A right by its application. */
interface EntitlementRef {
  readonly applicationId: string;
  readonly entitlementId: string;
}

export interface EntitlementOwnerAddress {
  readonly connector: ConnectorAddress;
  readonly roleSlug: string;
  readonly entitlement: EntitlementRef;
}

export interface EntitlementOwnerRow {
  readonly role_slug: string;
  readonly owned_since: string;
  readonly id: string;
  readonly application_id: string;
  readonly name: string;
  readonly value: string;
  readonly description: string | null;
  readonly created_at: string;
  readonly modified_at: string;
}

export interface SetOwners {
  readonly roleSlug: string;
  readonly userIds: readonly string[];
  readonly entitlements: readonly EntitlementRef[];
}

const entitlement = `e.id, c.application_id, e.name, e.value, e.description, e.created_at, e.modified_at`;
const joined = `join entitlement e on e.organization_id = $1 and e.id = w.entitlement_id
     join connector c on c.organization_id = $1 and c.id = e.connector_id`;
const ownerByAddress = statement<EntitlementOwnerRow>(
  'entitlement-owner.get',
  `select w.role_slug, w.created_at as owned_since, ${entitlement} from connector_entitlement_owner w ${joined}
    where w.organization_id = $1 and w.connector_id = $2 and w.role_slug = $3 and w.entitlement_id = $4 and c.application_id = $5`,
);
const pageOfOwners = statement<EntitlementOwnerRow>(
  'entitlement-owner.list',
  `select w.role_slug, w.created_at as owned_since, ${entitlement} from connector_entitlement_owner w ${joined}
    where w.organization_id = $1 and w.connector_id = $2 and ($3::text is null or w.role_slug = $3)
      and ($4::text is null or (w.role_slug, w.entitlement_id) > ($4, $5::uuid))
    order by w.role_slug, w.entitlement_id limit $6`,
);
const wantedEntitlements = `select e.id from jsonb_to_recordset($2::jsonb) as wanted ("applicationId" uuid, "entitlementId" uuid)
     join entitlement e on e.organization_id = $1 and e.id = wanted."entitlementId"
     join connector c on c.organization_id = $1 and c.id = e.connector_id and c.application_id = wanted."applicationId"
      and c.deleted_at is null
    order by e.id`;
const seeEntitlements = statement<{ id: string }>(undefined, wantedEntitlements);
/** Their connectors are held already. */
const holdEntitlements = statement<{ id: string }>(undefined, `${wantedEntitlements} for key share of e`);
/**
 * The connector that is owned and those whose rights are to own it, all at once in the order of their ids: rights of two
 * connectors may own each other's, and neither connector is to be deleted meanwhile.
 */
const holdConnectors = statement<{ id: string }>(
  undefined,
  `select c.id from connector c
    where c.organization_id = $1 and (c.id = $2 or c.id in (
      select e.connector_id from entitlement e where e.organization_id = $1 and e.id = any($3::uuid[])))
    order by c.id for no key update`,
);
const insertOwners = statement<{ entitlement_id: string }>(
  undefined,
  `insert into connector_entitlement_owner (organization_id, connector_id, role_slug, entitlement_id)
   select $1, $2, $3, unnest($4::uuid[]) on conflict do nothing returning entitlement_id`,
);
const deleteOwner = statement<{ entitlement_id: string }>(
  undefined,
  `delete from connector_entitlement_owner
    where organization_id = $1 and connector_id = $2 and role_slug = $3 and entitlement_id = $4 returning entitlement_id`,
);
const deleteOthers = statement<{ entitlement_id: string }>(
  undefined,
  `with others as (
     select entitlement_id from connector_entitlement_owner
      where organization_id = $1 and connector_id = $2 and role_slug = $3 and entitlement_id <> all($4::uuid[])
      order by entitlement_id for update)
   delete from connector_entitlement_owner w using others o
    where w.organization_id = $1 and w.connector_id = $2 and w.role_slug = $3 and w.entitlement_id = o.entitlement_id
   returning w.entitlement_id`,
);
/** Who owned a deleted connector, and what its rights owned; in the order in which others take them away. */
const deleteWith = statement<{ connector_id: string; role_slug: string; entitlement_id: string }>(
  undefined,
  `with ended as (
     select w.connector_id, w.role_slug, w.entitlement_id from connector_entitlement_owner w
      where w.organization_id = $1 and (w.connector_id = any($2::uuid[]) or w.entitlement_id in (
        select e.id from entitlement e where e.organization_id = $1 and e.connector_id = any($2::uuid[])))
      order by w.connector_id, w.role_slug, w.entitlement_id for update)
   delete from connector_entitlement_owner w using ended x
    where w.organization_id = $1 and w.connector_id = x.connector_id and w.role_slug = x.role_slug
      and w.entitlement_id = x.entitlement_id
   returning w.connector_id, w.role_slug, w.entitlement_id`,
);

/** Connectors owned by whoever holds a right: his owner record is linked to a user, and one of his accounts has it. */
@Injectable()
export class EntitlementOwners implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly users: ConnectorOwnerService,
    private readonly audit: AuditTrail,
  ) {}

  onModuleInit(): void {
    this.database.announcements.on('accounts', 'connector.deleted', async (tx, events) => {
      const gone = await tx.query(deleteWith, [events.flatMap(({ ids }) => ids)]);
      await this.audit.recordAll(
        tx,
        gone.map(({ connector_id, ...owner }) => eventOf('connector.ownerRemoved', 'before', connector_id, owner)),
      );
    });
  }

  async get(caller: Principal, { connector, roleSlug, entitlement: right }: EntitlementOwnerAddress) {
    await this.users.requireConnector(caller, 'connector-owners:read', connector);
    const values = [connector.connectorId, roleSlug, right.entitlementId, right.applicationId];
    const [owner] = await this.database.query(caller, ownerByAddress, values);
    if (!owner) throw new NotFoundError('connector owner');
    return owner;
  }

  /** By role, then by id; in a role there is not, none. */
  async search(
    caller: Principal,
    connector: ConnectorAddress,
    { roleSlug, limit, after }: OwnerPage,
  ): Promise<{ items: EntitlementOwnerRow[]; hasNextPage: boolean }> {
    await this.users.requireConnector(caller, 'connector-owners:read', connector);
    const [role = null, id = null] = after;
    const rows = await this.database.query(caller, pageOfOwners, [
      connector.connectorId,
      roleSlug,
      role,
      id,
      limit + 1,
    ]);
    return { items: rows.slice(0, limit), hasNextPage: rows.length > limit };
  }

  /** Refuses an address at which nothing could own anything. */
  async requirePlace(caller: Principal, { connector, roleSlug, entitlement: right }: EntitlementOwnerAddress) {
    this.users.requireRole(roleSlug);
    await this.users.requireConnector(caller, 'connector-owners:write', connector);
    const found = await this.database.query(caller, seeEntitlements, [JSON.stringify([right])]);
    if (found.length === 0) throw new NotFoundError('entitlement');
  }

  /** Makes the right an owner; one that is stays one since when it was. @returns it, as nobody can take it away before */
  async add(caller: Principal, { connector, roleSlug, entitlement: right }: EntitlementOwnerAddress) {
    this.users.requireRole(roleSlug);
    const { connectorId } = connector;
    return this.database.inTransaction(caller, async (tx) => {
      await this.hold(tx, caller, connector, [right]);
      await requireAll(tx, [right]);
      const made = await tx.query(insertOwners, [connectorId, roleSlug, [right.entitlementId]]);
      await this.record(tx, 'connector.ownerAdded', 'after', connector, roleSlug, made);
      const [owner] = await tx.query(ownerByAddress, [connectorId, roleSlug, right.entitlementId, right.applicationId]);
      if (!owner) throw new NotFoundError('connector owner');
      return owner;
    });
  }

  async remove(caller: Principal, { connector, roleSlug, entitlement: right }: EntitlementOwnerAddress): Promise<void> {
    await this.database.inTransaction(caller, async (tx) => {
      await this.users.hold(tx, caller, connector);
      const found = await tx.query(seeEntitlements, [JSON.stringify([right])]);
      if (found.length === 0) throw new NotFoundError('entitlement');
      const gone = await tx.query(deleteOwner, [connector.connectorId, roleSlug, right.entitlementId]);
      if (gone.length === 0) throw new NotFoundError('connector owner');
      await this.record(tx, 'connector.ownerRemoved', 'before', connector, roleSlug, gone);
    });
  }

  /** These users and these rights alone own the connector in this role, or nothing is changed. */
  async set(
    caller: Principal,
    connector: ConnectorAddress,
    { roleSlug, userIds, entitlements }: SetOwners,
  ): Promise<void> {
    this.users.requireRole(roleSlug);
    await this.database.inTransaction(caller, async (tx) => {
      await this.hold(tx, caller, connector, entitlements);
      await this.users.replace(tx, connector.connectorId, roleSlug, userIds);
      await requireAll(tx, entitlements);
      const wanted = [...new Set(entitlements.map(({ entitlementId }) => entitlementId))];
      const gone = await tx.query(deleteOthers, [connector.connectorId, roleSlug, wanted]);
      const made = await tx.query(insertOwners, [connector.connectorId, roleSlug, wanted]);
      await this.record(tx, 'connector.ownerRemoved', 'before', connector, roleSlug, gone);
      await this.record(tx, 'connector.ownerAdded', 'after', connector, roleSlug, made);
    });
  }

  /** Holds every connector concerned, also those a caller does not reach: he is refused right after. */
  private async hold(
    tx: Transaction,
    caller: Principal,
    connector: ConnectorAddress,
    rights: readonly EntitlementRef[],
  ) {
    const ids = rights.map(({ entitlementId }) => entitlementId).filter(isId);
    await tx.query(holdConnectors, [connector.connectorId, ids]);
    await this.users.hold(tx, caller, connector);
  }

  /** Only the connector has a trail; whose rights it changes are all who hold the entitlement, who are asked live. */
  private async record(
    tx: Transaction,
    action: string,
    side: 'before' | 'after',
    { connectorId }: ConnectorAddress,
    roleSlug: string,
    changed: readonly { readonly entitlement_id: string }[],
  ): Promise<void> {
    const told = changed.map(({ entitlement_id }) =>
      eventOf(action, side, connectorId, { entitlement_id, role_slug: roleSlug }),
    );
    await this.audit.recordAll(tx, told);
  }
}

function eventOf(
  action: string,
  side: 'before' | 'after',
  subjectId: string,
  owner: { readonly entitlement_id: string; readonly role_slug: string },
): AuditEvent {
  const { entitlement_id: entitlementId, role_slug: roleSlug } = owner;
  return { action, subjectType: 'connector', subjectId, [side]: { entitlementId, roleSlug } };
}

async function requireAll(tx: Transaction, wanted: readonly EntitlementRef[]): Promise<void> {
  const distinct = new Map(wanted.map((ref) => [`${ref.applicationId} ${ref.entitlementId}`, ref]));
  if (distinct.size === 0) return;
  const known = wanted.every(({ applicationId, entitlementId }) => isId(applicationId) && isId(entitlementId));
  const found = known ? await tx.query(holdEntitlements, [JSON.stringify([...distinct.values()])]) : [];
  if (found.length < distinct.size) throw new NotFoundError('entitlement');
}
