import { Injectable } from '@nestjs/common';
import { covers, type Principal, rightsFor, type Role, signInOf } from '@app/access';
import { AuditTrail } from '@app/audit';
import { Administrators } from '@app/directory';
import { ForbiddenError, isId, newId, NotFoundError } from '@app/kernel';
import { Database, statement, type Transaction } from '@app/persistence';
import { AccessTokens, type IssuedToken } from './access-tokens.js';
import { impersonationRights } from './principals.js';
import { RefusedImpersonations } from './refused-impersonations.js';
import { impersonationSeconds } from './token-lives.js';

interface TargetRow {
  id: string;
  system: boolean;
  active: boolean;
  invitation_pending: boolean;
  credential_version: number;
  roles: Role[];
}

const targetById = statement<TargetRow>(
  undefined,
  `select id, system, active, invitation_pending, credential_version, roles_of($1, id) as roles
     from app_user where organization_id = $1 and id = $2 and deleted_at is null`,
);
const rolesOfBoth = statement<{ target: Role[]; actor: Role[] }>(
  undefined,
  'select roles_of($1, $2) as target, roles_of($1, $3) as actor',
);
const insertSession = statement<never>(
  undefined,
  `insert into session (organization_id, id, kind, user_id, credential_version, expires_at, actor_user_id, actor_session_id, reason)
   values ($1, $2, 'impersonation', $3, $4, now() + make_interval(secs => $5), $6, $7, $8)`,
);

/**
 * A token to act as somebody else (RFC 8693: `sub` the target, `act` who acts): for a quarter of an hour, never
 * renewed, with the rights both have, and over as soon as either side's sign-in is.
 */
@Injectable()
export class Impersonation {
  constructor(
    private readonly database: Database,
    private readonly tokens: AccessTokens,
    private readonly administrators: Administrators,
    private readonly audit: AuditTrail,
    private readonly refusals: RefusedImpersonations,
  ) {}

  async begin(caller: Principal, userId: string, reason: string | undefined): Promise<IssuedToken> {
    const [target] = isId(userId) ? await this.database.query(caller, targetById, [userId]) : [];
    if (!target) throw new NotFoundError('user');
    const obstacle = obstacleTo(caller, target);
    if (obstacle !== undefined) {
      await this.refusals.record(caller, target.id, obstacle);
      throw new ForbiddenError(obstacle);
    }

    const sid = newId();
    const actor = signInOf(caller);
    await this.database.inTransaction(caller, async (tx) => {
      await this.requireRightsNow(tx, target.id, actor.userId);
      const begun = [sid, target.id, target.credential_version, impersonationSeconds];
      await tx.query(insertSession, [...begun, actor.userId, actor.sessionId, reason ?? null]);
      await this.audit.record(tx, {
        action: 'user.impersonated',
        subjectType: 'user',
        subjectId: target.id,
        after: { sessionId: sid, ...(reason !== undefined && { reason }) },
      });
    });
    const claims = { sub: target.id, sid, org: caller.organizationId, act: { sub: actor.userId } };
    return this.tokens.sign(claims, impersonationSeconds);
  }

  /** Whoever takes the actor's rights at this moment comes before, or finds the session there and ends it. */
  private async requireRightsNow(tx: Transaction, targetId: string, actorId: string): Promise<void> {
    await this.administrators.hold(tx);
    const [roles] = await tx.query(rolesOfBoth, [targetId, actorId]);
    if (!roles || !impersonationRights(roles.target, roles.actor)) {
      throw new ForbiddenError('You may not act for this user any more.');
    }
  }
}

function obstacleTo(caller: Principal, target: TargetRow): string | undefined {
  if (target.id === caller.userId) return 'Nobody acts as himself.';
  if (target.system) return 'A system user cannot be acted for.';
  if (target.invitation_pending) return 'This user has not accepted the invitation yet.';
  if (!target.active) return 'This user is inactive.';
  if (target.roles.includes('Administrator')) return 'An Administrator cannot be acted for.';
  if (!covers(caller, rightsFor(target.roles))) return 'This user has rights you lack.';
  return undefined;
}
