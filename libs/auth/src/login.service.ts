import { Injectable } from '@nestjs/common';
import { DomainError, fold, isStorable, UnauthenticatedError } from '@app/kernel';
import { OrganizationService } from '@app/organizations';
import { Database, statement } from '@app/persistence';
import { PasswordService } from './password.service.js';
import { Sessions } from './sessions.js';
import type { SignedIn, SignInOrigin } from './sign-in.js';

export interface LoginRequest {
  readonly username: string;
  readonly password: string;
  /** Slug; absent: the server's first organization. */
  readonly organization: string | undefined;
}

interface CandidateRow {
  id: string;
  display_name: string;
  password_hash: string;
  must_change: boolean;
  credential_version: number;
  may_sign_in: boolean;
}

/** By user name first, then by e-mail. */
const candidate = statement<CandidateRow>(
  'login.candidate',
  `select u.id, u.display_name, c.password_hash, c.must_change, u.credential_version,
          u.active and not u.invitation_pending and not u.system as may_sign_in
     from app_user u join credential c on c.organization_id = $1 and c.user_id = u.id
    where u.organization_id = $1 and u.deleted_at is null and (u.user_name_key = $2 or u.email_key = $2)
    order by u.user_name_key = $2 desc limit 1`,
);
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
    private readonly sessions: Sessions,
  ) {}

  async login(request: LoginRequest, origin: SignInOrigin): Promise<SignedIn> {
    const organizationId = await this.organizations.findId(request.organization);
    const found = organizationId === undefined ? undefined : await this.find(organizationId, request.username);
    const correct = await this.passwords.verify(found?.password_hash, request.password);
    if (!correct || !found?.may_sign_in || organizationId === undefined) {
      throw new UnauthenticatedError('The user name or the password is wrong.');
    }
    if (found.must_change) throw new PasswordChangeRequiredError();
    const proven = { id: found.id, name: found.display_name, credentialVersion: found.credential_version };
    return this.sessions.open(organizationId, proven, origin);
  }

  private async find(organizationId: string, username: string): Promise<CandidateRow | undefined> {
    if (!isStorable(username)) return undefined;
    const [row] = await this.database.query({ organizationId }, candidate, [fold(username)]);
    return row;
  }
}
