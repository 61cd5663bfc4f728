import { Injectable } from '@nestjs/common';
import type { Principal } from '@app/access';
import { AuditTrail } from '@app/audit';
import { requireRightsOf, type UserRow, UserService } from '@app/directory';
import { ForbiddenError, NotFoundError } from '@app/kernel';
import { Database } from '@app/persistence';
import { Sessions } from './sessions.js';

/** Another user's sign-ins: seen by whoever helps, ended by whoever has at least that user's rights. */
@Injectable()
export class SessionsOfOthers {
  constructor(
    private readonly database: Database,
    private readonly sessions: Sessions,
    private readonly users: UserService,
    private readonly audit: AuditTrail,
  ) {}

  async list(caller: Principal, userId: string, page: { limit: number; offset: number }) {
    await this.getLive(caller, userId);
    return this.sessions.list(caller, userId, page);
  }

  async endAll(caller: Principal, userId: string): Promise<void> {
    const user = await this.getLive(caller, userId);
    if (user.system) throw new ForbiddenError('A system user cannot be changed.');
    await this.database.inTransaction(caller, async (tx) => {
      await requireRightsOf(tx, caller, userId);
      const sessionIds = await this.sessions.endAllWithin(tx, userId);
      if (sessionIds.length === 0) return;
      const event = { action: 'user.sessionsEnded', subjectType: 'user', subjectId: userId } as const;
      await this.audit.record(tx, { ...event, before: { sessionIds } });
    });
  }

  private async getLive(caller: Principal, userId: string): Promise<UserRow> {
    const user = await this.users.get(caller, userId);
    if (user.deleted_at !== null) throw new NotFoundError('user');
    return user;
  }
}
