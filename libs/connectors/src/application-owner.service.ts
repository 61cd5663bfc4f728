import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Principal } from '@app/access';
import { type AuditEvent, AuditTrail } from '@app/audit';
import { NotFoundError, PreconditionError } from '@app/kernel';
import { Database, statement, type Transaction } from '@app/persistence';
import { holdApplication } from './held-application.js';
import { holdUsers } from './held-users.js';

/** Every answer about an application shows all of them. */
export const mostApplicationOwners = 100;

const seeUser = statement<{ id: string }>(
  undefined,
  `select id from app_user where organization_id = $1 and id = $2 and deleted_at is null`,
);
const insertOwners = statement<{ user_id: string }>(
  undefined,
  `insert into application_owner (organization_id, application_id, user_id)
   select $1, $2, unnest($3::uuid[]) on conflict do nothing returning user_id`,
);
const deleteOthers = statement<{ user_id: string }>(
  undefined,
  `delete from application_owner where organization_id = $1 and application_id = $2 and user_id <> all($3::uuid[])
   returning user_id`,
);
const deleteOwner = statement<{ user_id: string }>(
  undefined,
  `delete from application_owner where organization_id = $1 and application_id = $2 and user_id = $3 returning user_id`,
);
const countOwners = statement<{ count: number }>(
  undefined,
  `select count(*)::integer as count from application_owner where organization_id = $1 and application_id = $2`,
);
const deleteAllOf = statement<{ application_id: string; user_id: string }>(
  undefined,
  `delete from application_owner where organization_id = $1 and user_id = any($2::uuid[])
   returning application_id, user_id`,
);

interface Ownership {
  readonly applicationId: string;
  readonly userId: string;
}

/** Whom an application is told to belong to. It gives no right to anything. */
@Injectable()
export class ApplicationOwnerService implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
  ) {}

  /** Who is deleted owns nothing, and does not by being restored either. */
  onModuleInit(): void {
    this.database.announcements.on('connectors', 'user.deleted', async (tx, events) => {
      const dropped = await tx.query(deleteAllOf, [events.flatMap(({ ids }) => ids)]);
      const ended = dropped.map(({ application_id: applicationId, user_id: userId }) => ({ applicationId, userId }));
      await this.recordAll(tx, 'application.ownerRemoved', 'before', ended);
    });
  }

  /** Refuses somebody who could own nothing. */
  async requireUser(caller: Principal, userId: string): Promise<void> {
    if ((await this.database.query(caller, seeUser, [userId])).length === 0) throw new NotFoundError('user');
  }

  /** These users alone own it, or nothing is changed. */
  async set(caller: Principal, applicationId: string, userIds: readonly string[]): Promise<void> {
    await this.holding(caller, applicationId, (tx) => this.replace(tx, applicationId, userIds));
  }

  /** Likewise of one that is held. */
  async replace(tx: Transaction, applicationId: string, userIds: readonly string[]): Promise<void> {
    const wanted = await holdUsers(tx, userIds);
    const gone = await tx.query(deleteOthers, [applicationId, wanted]);
    await this.recordAll(tx, 'application.ownerRemoved', 'before', gone.map(ownershipOf(applicationId)));
    await this.insert(tx, applicationId, wanted);
  }

  /** One who owns it stays who he is. */
  async add(caller: Principal, applicationId: string, userId: string): Promise<void> {
    await this.holding(caller, applicationId, async (tx) => {
      await this.insert(tx, applicationId, await holdUsers(tx, [userId]));
      const [owners] = await tx.query(countOwners, [applicationId]);
      if (owners && owners.count > mostApplicationOwners) {
        throw new PreconditionError(`An application has at most ${mostApplicationOwners} owners: remove one first.`);
      }
    });
  }

  async remove(caller: Principal, applicationId: string, userId: string): Promise<void> {
    await this.holding(caller, applicationId, async (tx) => {
      const gone = await tx.query(deleteOwner, [applicationId, userId]);
      if (gone.length === 0) throw new NotFoundError('application owner');
      await this.recordAll(tx, 'application.ownerRemoved', 'before', gone.map(ownershipOf(applicationId)));
    });
  }

  private async insert(tx: Transaction, applicationId: string, userIds: readonly string[]): Promise<void> {
    const made = await tx.query(insertOwners, [applicationId, userIds]);
    await this.recordAll(tx, 'application.ownerAdded', 'after', made.map(ownershipOf(applicationId)));
  }

  private async holding(caller: Principal, applicationId: string, work: (tx: Transaction) => Promise<void>) {
    await this.database.inTransaction(caller, async (tx) => {
      await holdApplication(tx, caller, applicationId);
      await work(tx);
    });
  }

  /** One event a subject: the application's trail names the user, the user's the application. */
  private async recordAll(
    tx: Transaction,
    action: string,
    side: 'before' | 'after',
    ownerships: readonly Ownership[],
  ): Promise<void> {
    const told = ownerships.flatMap(({ applicationId, userId }): AuditEvent[] => [
      { action, subjectType: 'application', subjectId: applicationId, [side]: { userId } },
      { action, subjectType: 'user', subjectId: userId, [side]: { applicationId } },
    ]);
    await this.audit.recordAll(tx, told);
  }
}

function ownershipOf(applicationId: string) {
  return ({ user_id: userId }: { readonly user_id: string }): Ownership => ({ applicationId, userId });
}
