import { Injectable } from '@nestjs/common';
import { AuditTrail } from '@app/audit';
import { UnauthenticatedError } from '@app/kernel';
import { Database, statement, systemStatement, type Transaction } from '@app/persistence';
import { AccessTokens } from './access-tokens.js';
import { PasswordChangeRequiredError, PasswordExpiration } from './password-expiration.js';
import { hashesOf, readRefreshToken, refreshTokenAfter, type RefreshTokenHashes, textOf } from './refresh-token.js';
import { Sessions } from './sessions.js';
import { type SignedIn, signedInUser, type SignInOrigin, shortened } from './sign-in.js';

interface RefreshRow {
  organization_id: string;
  session_id: string;
  user_id: string;
  user_name: string;
  present: boolean;
  live: boolean;
  external: boolean;
  /** Nulls where the user has no password here. */
  must_change: boolean | null;
  changed_at: string | null;
}

const sessionOfRefreshToken = systemStatement<RefreshRow>(
  'session.of-refresh-token',
  `select s.organization_id, s.id as session_id, s.user_id, u.display_name as user_name, s.refresh_hash = $2 as present,
          s.revoked_at is null and s.expires_at > now() and s.credential_version = u.credential_version
            and u.active and u.deleted_at is null and not u.invitation_pending and g.account_type <> 'DISABLED' as live,
          u.external_id is not null as external, c.must_change, c.changed_at
     from session s
     join app_user u on u.organization_id = s.organization_id and u.id = s.user_id
     join organization g on g.id = s.organization_id
     left join credential c on c.organization_id = s.organization_id and c.user_id = s.user_id
    where s.refresh_family_hash = $1`,
);
/** Of many who come with the present token at once, one finds it still so. */
const renewSession = statement<{ id: string }>(
  'session.renew',
  `update session set refresh_hash = $4, last_used_at = now(), address = $5, user_agent = $6
    where organization_id = $1 and id = $2 and refresh_hash = $3 and revoked_at is null returning id`,
);

/** Keeps a sign-in up with refresh tokens that are good once each. */
@Injectable()
export class SessionRefresh {
  constructor(
    private readonly database: Database,
    private readonly tokens: AccessTokens,
    private readonly sessions: Sessions,
    private readonly expiration: PasswordExpiration,
    private readonly audit: AuditTrail,
  ) {}

  /** RFC 9700 §4.14: each refresh token is good once. A second use means that two hold it, so the session ends. */
  async refresh(refreshToken: string, origin: SignInOrigin): Promise<SignedIn> {
    const token = readRefreshToken(refreshToken);
    const row = token && (await this.findSession(hashesOf(token)));
    if (!row || (row.present && !row.live)) throw refusedRefresh();
    // A login would open none like it any more, so nothing keeps it up either; a token used again still ends it.
    if (row.present && this.mustChange(row)) throw new PasswordChangeRequiredError();

    const { organization_id: organizationId, session_id: sessionId, user_id: userId, user_name: name } = row;
    const caller = signedInUser(organizationId, { id: userId, name }, origin);
    const next = refreshTokenAfter(token);
    const renewed = await this.database.inTransaction(caller, async (tx) => {
      const secrets = [hashesOf(token).secret, hashesOf(next).secret];
      const from = [origin.address, shortened(origin.userAgent)];
      if ((await tx.query(renewSession, [sessionId, ...secrets, ...from])).length > 0) return true;
      await this.endReused(tx, sessionId, userId);
      return false;
    });
    if (!renewed) throw refusedRefresh();
    const access = await this.tokens.sign({ sub: userId, sid: sessionId, org: organizationId });
    return { ...access, refreshToken: textOf(next) };
  }

  private mustChange({ external, must_change: mustChange, changed_at: changedAt }: RefreshRow): boolean {
    if (mustChange === null || changedAt === null) return false;
    return this.expiration.isOver({ external, mustChange, changedAt });
  }

  private async endReused(tx: Transaction, sessionId: string, userId: string): Promise<void> {
    if (!(await this.sessions.endWithin(tx, userId, sessionId))) return;
    const subject = { subjectType: 'user', subjectId: userId } as const;
    await this.audit.record(tx, { action: 'user.refreshTokenReused', ...subject, after: { sessionId } });
  }

  private async findSession({ family, secret }: RefreshTokenHashes): Promise<RefreshRow | undefined> {
    const reason = 'a refresh token alone says whose it is';
    const [row] = await this.database.asSystem(reason, (system) =>
      system.query(sessionOfRefreshToken, [family, secret]),
    );
    return row;
  }
}

/** One answer for all causes. */
export function refusedRefresh(): UnauthenticatedError {
  return new UnauthenticatedError('The refresh token is not valid.');
}
