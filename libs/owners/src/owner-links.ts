import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Principal } from '@app/access';
import { type AuditEvent, AuditTrail } from '@app/audit';
import { requireRightsOf } from '@app/directory';
import { ConflictError, ForbiddenError, isId, NotFoundError } from '@app/kernel';
import { Database, statement } from '@app/persistence';

interface Link {
  readonly id: string;
  readonly user_id: string;
  /** The deleted user this owner was. */
  readonly former_id: string | null;
}

/** Exactly one live user and one live owner with an address are one person; whoever is deleted is nobody any more. */
const linkByEmail = statement<Link>(
  'owner.link-by-email',
  `with pairs as (
     select o.id, u.id as user_id, o.user_id as former_id from owner o
       join app_user u on u.organization_id = $1 and u.id = any($2::uuid[]) and u.email_key = o.email_key and u.deleted_at is null
      where o.organization_id = $1 and o.deleted_at is null
        and not exists (select 1 from app_user now where now.organization_id = $1 and now.id = o.user_id and now.deleted_at is null)
        and not exists (select 1 from owner taken where taken.organization_id = $1 and taken.user_id = u.id)
        and not exists (select 1 from owner twin where twin.organization_id = $1 and twin.email_key = o.email_key
          and twin.deleted_at is null and twin.id <> o.id)
      for no key update of o)
   update owner o set user_id = pairs.user_id from pairs where o.organization_id = $1 and o.id = pairs.id
   returning o.id, o.user_id, pairs.former_id`,
);
const holdUser = statement<{ system: boolean }>(
  undefined,
  `select system from app_user where organization_id = $1 and id = $2 and deleted_at is null for update`,
);
/** The owner that is wanted, and the one the user has; `linked_id` may be a user who is deleted. */
const holdOwners = statement<{ id: string; user_id: string | null; linked_id: string | null; live: boolean }>(
  undefined,
  `select o.id, u.id as user_id, o.user_id as linked_id, o.deleted_at is null as live from owner o
     left join app_user u on u.organization_id = $1 and u.id = o.user_id and u.deleted_at is null
    where o.organization_id = $1 and (o.id = $2 or o.user_id = $3) order by o.id for no key update of o`,
);
const setUser = statement<never>(undefined, `update owner set user_id = $3 where organization_id = $1 and id = $2`);

/** Which governed person a user is: one to one, or nobody. */
@Injectable()
export class OwnerLinks implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
  ) {}

  onModuleInit(): void {
    this.database.announcements.on('owners', 'user.created', async (tx, events) => {
      const linked = await tx.query(linkByEmail, [events.flatMap(({ ids }) => ids)]);
      const told = linked.flatMap(({ id, user_id, former_id }) => [
        ...(former_id === null ? [] : released(id, former_id)),
        ...linkedTo(id, user_id),
      ]);
      await this.audit.recordAll(tx, told);
    });
  }

  /** Makes a user this owner, whoever he was before; null: nobody. */
  async link(caller: Principal, userId: string, ownerId: string | null): Promise<void> {
    await this.database.inTransaction(caller, async (tx) => {
      const [user] = await tx.query(holdUser, [userId]);
      if (!user) throw new NotFoundError('user');
      if (user.system) throw new ForbiddenError('A system user is nobody.');
      await requireRightsOf(tx, caller, userId);
      const owners = await tx.query(holdOwners, [ownerId !== null && isId(ownerId) ? ownerId : null, userId]);
      const wanted = owners.find(({ id, live }) => live && id === ownerId);
      if (ownerId !== null && !wanted) throw new NotFoundError('owner');
      if (wanted?.user_id === userId) return;
      if (wanted && wanted.user_id !== null) throw new ConflictError('This owner is another user already.');

      const former = owners.find((owner) => owner.user_id === userId);
      if (former) await tx.execute(setUser, [former.id, null]);
      if (wanted) await tx.execute(setUser, [wanted.id, userId]);
      await this.audit.recordAll(tx, [
        ...(former ? released(former.id, userId) : []),
        ...(wanted?.linked_id ? released(wanted.id, wanted.linked_id) : []),
        ...(wanted ? linkedTo(wanted.id, userId) : []),
      ]);
      tx.announce({ kind: 'user.rightsChanged', ids: [userId] });
    });
  }
}

/** Told on both sides. */
export function released(ownerId: string, userId: string): AuditEvent[] {
  return [
    { action: 'owner.userReleased', subjectType: 'owner', subjectId: ownerId, before: { userId } },
    { action: 'user.ownerReleased', subjectType: 'user', subjectId: userId, before: { ownerId } },
  ];
}

function linkedTo(ownerId: string, userId: string): AuditEvent[] {
  return [
    { action: 'owner.userLinked', subjectType: 'owner', subjectId: ownerId, after: { userId } },
    { action: 'user.ownerLinked', subjectType: 'user', subjectId: userId, after: { ownerId } },
  ];
}
