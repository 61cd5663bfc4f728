import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Role } from '@app/access';
import { AuditTrail } from '@app/audit';
import { Database, statement, type Transaction } from '@app/persistence';
import { impersonationRights } from './principals.js';

interface OpenImpersonation {
  id: string;
  user_id: string;
  roles: Role[];
  actor_roles: Role[];
}

/** A group's rights are those of many, so all of the organization are looked at: there are a few for minutes each. */
const openImpersonations = statement<OpenImpersonation>(
  undefined,
  `select id, user_id, roles_of($1, user_id) as roles, roles_of($1, actor_user_id) as actor_roles
     from session
    where organization_id = $1 and actor_user_id is not null and revoked_at is null and expires_at > now()`,
);
const endThem = statement<{ id: string; user_id: string }>(
  undefined,
  `update session set revoked_at = now()
    where organization_id = $1 and id = any($2::uuid[]) and revoked_at is null returning id, user_id`,
);

/** An impersonation that its rights do not carry any more is over for good: it does not come back with them. */
@Injectable()
export class ImpersonationEnds implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
  ) {}

  onModuleInit(): void {
    this.database.announcements.on('auth', 'user.rightsChanged', async (tx) => this.endUnlawful(tx));
  }

  private async endUnlawful(tx: Transaction): Promise<void> {
    const open = await tx.query(openImpersonations, []);
    const lost = open.filter(({ roles, actor_roles: actorRoles }) => !impersonationRights(roles, actorRoles));
    if (lost.length === 0) return;
    const ended = await tx.query(endThem, [lost.map(({ id }) => id)]);
    const events = ended.map(({ id, user_id: subjectId }) => ({
      action: 'user.sessionsEnded',
      subjectType: 'user' as const,
      subjectId,
      before: { sessionIds: [id] },
      after: { because: 'rightsChanged' },
    }));
    await this.audit.recordAll(tx, events);
  }
}
