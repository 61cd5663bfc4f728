import { Injectable } from '@nestjs/common';
import { type Permission, type Principal, RefusalWatch } from '@app/access';
import { AuditTrail } from '@app/audit';
import { isId } from '@app/kernel';
import { Database, statement } from '@app/persistence';

const anyUser = statement<{ id: string }>(
  undefined,
  `select id from app_user where organization_id = $1 and id = $2 and deleted_at is null`,
);
/** Tries that come at once wait for one another here, or each would find nothing recorded. */
const holdRefusals = statement<never>(
  undefined,
  `select pg_advisory_xact_lock(hashtextextended('refused impersonation ' || $1::text || $2::text || $3::text, 0))`,
);
const recordedLately = statement<{ id: string }>(
  undefined,
  `select id from audit_event
    where organization_id = $1 and actor_id = $2 and actor_type <> 'sync' and subject_id = $3
      and action = 'user.impersonationRefused' and at > now() - interval '1 minute' limit 1`,
);

/**
 * Who tries to act as whom he may not is recorded: of all refusals, this one an auditor wants to see. Once a minute for
 * each caller and target, or whoever is refused could fill the trail.
 */
@Injectable()
export class RefusedImpersonations extends RefusalWatch {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
  ) {
    super();
  }

  /** Without the right; the event is about whoever was meant, or about the caller when that is nobody here. */
  async refused(caller: Principal, permission: Permission, body: unknown): Promise<void> {
    if (permission !== 'users:impersonate') return;
    const subjectId = (await this.userMeantBy(caller, body)) ?? caller.userId;
    if (subjectId !== null) await this.record(caller, subjectId, 'not permitted');
  }

  async record(caller: Principal, subjectId: string, because: string): Promise<void> {
    await this.database.inTransaction(caller, async (tx) => {
      const tried = [caller.actor.id, subjectId];
      await tx.query(holdRefusals, tried);
      if ((await tx.query(recordedLately, tried)).length > 0) return;
      const event = { action: 'user.impersonationRefused', subjectType: 'user', subjectId } as const;
      await this.audit.record(tx, { ...event, after: { because } });
    });
  }

  /** Nobody has looked at the body yet: it may be anything. */
  private async userMeantBy(caller: Principal, body: unknown): Promise<string | undefined> {
    const { userId } = (body ?? {}) as { readonly userId?: unknown };
    const id = typeof userId === 'string' ? userId.toLowerCase() : '';
    const [found] = isId(id) ? await this.database.query(caller, anyUser, [id]) : [];
    return found?.id;
  }
}
