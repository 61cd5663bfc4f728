import { Injectable } from '@nestjs/common';
import { type Principal, signInOf } from '@app/access';
import { AuditTrail } from '@app/audit';
import { AccessTokens, type IssuedToken, managingSeconds } from '@app/auth';
import { ConflictError, isId, NotFoundError } from '@app/kernel';
import { managedById } from '@app/organizations';
import { Database } from '@app/persistence';
import { ManagingCallers } from './managing-callers.js';

/**
 * A token to act as Administrator in an organization that one's own manages: for a quarter of an hour, never renewed, and
 * over as soon as the sign-in is, or the role at home.
 */
@Injectable()
export class ManagingTokens {
  constructor(
    private readonly database: Database,
    private readonly tokens: AccessTokens,
    private readonly callers: ManagingCallers,
    private readonly audit: AuditTrail,
  ) {}

  async begin(caller: Principal, id: string): Promise<IssuedToken> {
    const { userId, sessionId } = signInOf(caller);
    const there = await this.callers.there(caller, id);
    await this.database.inTransaction(caller, async (tx) => {
      const [managed] = isId(id) ? await tx.query(managedById, [id]) : [];
      if (!managed) throw new NotFoundError('organization');
      if (managed.account_type === 'DISABLED') throw new ConflictError('This organization is suspended.');
      const told = { action: 'organization.entered', subjectType: 'organization', subjectId: id } as const;
      for (const trail of [tx, tx.elsewhere(there)]) {
        await this.audit.record(trail, { ...told, after: { name: managed.name } });
      }
    });
    return this.tokens.sign({ sub: userId, sid: sessionId, mgr: caller.organizationId, org: id }, managingSeconds);
  }
}
