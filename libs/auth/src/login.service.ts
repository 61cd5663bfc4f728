import { Injectable } from '@nestjs/common';
import { serverCaller } from '@app/access';
import { DomainError, fold, isStorable, newId, UnauthenticatedError } from '@app/kernel';
import { OrganizationService } from '@app/organizations';
import { Database, statement } from '@app/persistence';
import { AccessTokens, type IssuedToken } from './access-tokens.js';
import { PasswordService } from './password.service.js';
import { Session } from './session.entity.js';

export interface LoginRequest {
  readonly username: string;
  readonly password: string;
  /** Slug; absent: the server's first organization. */
  readonly organization: string | undefined;
}

interface CandidateRow {
  id: string;
  password_hash: string;
  must_change: boolean;
  credential_version: number;
  may_sign_in: boolean;
}

/** By user name first, then by e-mail. */
const candidate = statement<CandidateRow>(
  'login.candidate',
  `select u.id, c.password_hash, c.must_change, u.credential_version,
          u.active and not u.invitation_pending and not u.system as may_sign_in
     from app_user u join credential c on c.organization_id = $1 and c.user_id = u.id
    where u.organization_id = $1 and u.deleted_at is null and (u.user_name_key = $2 or u.email_key = $2)
    order by u.user_name_key = $2 desc limit 1`,
);
const signedIn = statement<never>(
  undefined,
  `update app_user set last_login_at = now() where organization_id = $1 and id = $2`,
);

const sessionDays = 30;

/** Thrown only after a correct password: the one way on is to change it. */
class PasswordChangeRequiredError extends DomainError {
  /** The word clients look for. */
  readonly reason = 'passwordChangeRequired';

  constructor() {
    super('forbidden', 'The password must be changed before signing in.');
  }
}

/** Every step starts from "no": one answer, after the same work, for each reason to refuse. */
@Injectable()
export class LoginService {
  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationService,
    private readonly passwords: PasswordService,
    private readonly tokens: AccessTokens,
  ) {}

  async login(request: LoginRequest): Promise<IssuedToken> {
    const organizationId = await this.organizations.findId(request.organization);
    const found = organizationId === undefined ? undefined : await this.find(organizationId, request.username);
    const correct = await this.passwords.verify(found?.password_hash, request.password);
    if (!correct || !found?.may_sign_in || organizationId === undefined) {
      throw new UnauthenticatedError('The user name or the password is wrong.');
    }
    if (found.must_change) throw new PasswordChangeRequiredError();
    return this.open(organizationId, found);
  }

  private async find(organizationId: string, username: string): Promise<CandidateRow | undefined> {
    if (!isStorable(username)) return undefined;
    const [row] = await this.database.query({ organizationId }, candidate, [fold(username)]);
    return row;
  }

  private async open(organizationId: string, user: CandidateRow): Promise<IssuedToken> {
    const sessionId = newId();
    const caller = serverCaller(organizationId, 'system', 'login', user.id);
    await this.database.inTransaction(caller, async (tx) => {
      tx.em.create(Session, {
        id: sessionId,
        organizationId,
        userId: user.id,
        credentialVersion: user.credential_version,
        expiresAt: new Date(Date.now() + sessionDays * 86_400_000),
      });
      await tx.query(signedIn, [user.id]);
    });
    return this.tokens.sign({ sub: user.id, sid: sessionId, org: organizationId });
  }
}
