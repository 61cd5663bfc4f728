import { Injectable } from '@nestjs/common';
import { AuditTrail } from '@app/audit';
import { UnauthenticatedError } from '@app/kernel';
import { Database, statement, systemStatement, type Transaction } from '@app/persistence';
import { AccessTokens } from './access-tokens.js';
import { hashOfToken, isOpaqueToken } from './opaque-tokens.js';
import { addRefreshToken } from './refresh-token.js';
import { Sessions } from './sessions.js';
import { type SignedIn, signedInUser, type SignInOrigin, shortened } from './sign-in.js';

interface RefreshRow {
  organization_id: string;
  id: string;
  session_id: string;
  user_id: string;
  user_name: string;
  live: boolean;
}

const refreshTokenByHash = systemStatement<RefreshRow>(
  'refresh-token.by-hash',
  `select t.organization_id, t.id, t.session_id, s.user_id, u.display_name as user_name,
          s.revoked_at is null and s.expires_at > now() and s.credential_version = u.credential_version
            and u.active and u.deleted_at is null and not u.invitation_pending and g.account_type <> 'DISABLED' as live
     from refresh_token t
     join session s on s.organization_id = t.organization_id and s.id = t.session_id
     join app_user u on u.organization_id = t.organization_id and u.id = s.user_id
     join organization g on g.id = t.organization_id
    where t.token_hash = $1`,
);
const useRefreshToken = statement<{ id: string }>(
  'refresh-token.use',
  `update refresh_token set used_at = now() where organization_id = $1 and id = $2 and used_at is null returning id`,
);
const touchSession = statement<never>(
  'session.touch',
  `update session set last_used_at = now(), address = $3, user_agent = $4 where organization_id = $1 and id = $2`,
);

/** Keeps a sign-in up with refresh tokens that are good once each. */
@Injectable()
export class SessionRefresh {
  constructor(
    private readonly database: Database,
    private readonly tokens: AccessTokens,
    private readonly sessions: Sessions,
    private readonly audit: AuditTrail,
  ) {}

  /** RFC 9700 §4.14: each refresh token is good once. A second use means that two hold it, so the session ends. */
  async refresh(refreshToken: string, origin: SignInOrigin): Promise<SignedIn> {
    const row = isOpaqueToken('refresh', refreshToken) ? await this.findRefreshToken(refreshToken) : undefined;
    if (!row) throw refusedRefresh();

    const { organization_id: organizationId, session_id: sessionId, user_id: userId, user_name: name } = row;
    const caller = signedInUser(organizationId, { id: userId, name }, origin);
    const next = await this.database.inTransaction(caller, async (tx) => {
      const [used] = await tx.query(useRefreshToken, [row.id]);
      if (!used) {
        await this.endReused(tx, sessionId, userId);
        return undefined;
      }
      if (!row.live) return undefined;
      await tx.query(touchSession, [sessionId, origin.address, shortened(origin.userAgent)]);
      return addRefreshToken(tx, sessionId);
    });
    if (next === undefined) throw refusedRefresh();
    return { ...(await this.tokens.sign({ sub: userId, sid: sessionId, org: organizationId })), refreshToken: next };
  }

  private async endReused(tx: Transaction, sessionId: string, userId: string): Promise<void> {
    if (!(await this.sessions.endWithin(tx, userId, sessionId))) return;
    const subject = { subjectType: 'user', subjectId: userId } as const;
    await this.audit.record(tx, { action: 'user.refreshTokenReused', ...subject, after: { sessionId } });
  }

  private async findRefreshToken(token: string): Promise<RefreshRow | undefined> {
    const reason = 'a refresh token alone says whose it is';
    const [row] = await this.database.asSystem(reason, (system) =>
      system.query(refreshTokenByHash, [hashOfToken(token)]),
    );
    return row;
  }
}

function refusedRefresh(): UnauthenticatedError {
  return new UnauthenticatedError('The refresh token is not valid.');
}
