import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Principal } from '@app/access';
import { AuditTrail } from '@app/audit';
import { requireRightsOf } from '@app/directory';
import { ConflictError, ForbiddenError, isId, NotFoundError } from '@app/kernel';
import { Database, statement, type Transaction } from '@app/persistence';

interface Link {
  readonly id: string;
  readonly user_id: string;
}

/** Exactly one live user and one live owner with an address are one person. */
const linkByEmail = statement<Link>(
  'owner.link-by-email',
  `update owner o set user_id = u.id from app_user u
    where o.organization_id = $1 and o.deleted_at is null and o.user_id is null
      and u.organization_id = $1 and u.id = any($2::uuid[]) and u.email_key = o.email_key and u.deleted_at is null
      and not exists (select 1 from owner taken where taken.organization_id = $1 and taken.user_id = u.id)
      and not exists (select 1 from owner twin where twin.organization_id = $1 and twin.email_key = o.email_key
        and twin.deleted_at is null and twin.id <> o.id)
   returning o.id, o.user_id`,
);
const holdUser = statement<{ system: boolean }>(
  undefined,
  `select system from app_user where organization_id = $1 and id = $2 and deleted_at is null for update`,
);
/** The owner that is wanted, and the one the user has. */
const holdOwners = statement<{ id: string; user_id: string | null; live: boolean }>(
  undefined,
  `select o.id, u.id as user_id, o.deleted_at is null as live from owner o
     left join app_user u on u.organization_id = $1 and u.id = o.user_id and u.deleted_at is null
    where o.organization_id = $1 and (o.id = $2 or o.user_id = $3) order by o.id for update of o`,
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
      for (const { id, user_id } of linked) await this.recordLinked(tx, id, user_id);
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

      for (const { id } of owners.filter((owner) => owner.user_id === userId)) await this.release(tx, id, userId);
      if (wanted) {
        await tx.execute(setUser, [wanted.id, userId]);
        await this.recordLinked(tx, wanted.id, userId);
      }
      tx.announce({ kind: 'user.rightsChanged', ids: [userId] });
    });
  }

  private async release(tx: Transaction, ownerId: string, userId: string): Promise<void> {
    await tx.execute(setUser, [ownerId, null]);
    const ofOwner = { subjectType: 'owner', subjectId: ownerId, before: { userId } } as const;
    const ofUser = { subjectType: 'user', subjectId: userId, before: { ownerId } } as const;
    await this.audit.recordAll(tx, [
      { action: 'owner.userReleased', ...ofOwner },
      { action: 'user.ownerReleased', ...ofUser },
    ]);
  }

  private async recordLinked(tx: Transaction, ownerId: string, userId: string): Promise<void> {
    const ofOwner = { subjectType: 'owner', subjectId: ownerId, after: { userId } } as const;
    const ofUser = { subjectType: 'user', subjectId: userId, after: { ownerId } } as const;
    await this.audit.recordAll(tx, [
      { action: 'owner.userLinked', ...ofOwner },
      { action: 'user.ownerLinked', ...ofUser },
    ]);
  }
}
