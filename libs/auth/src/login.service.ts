import { Inject, Injectable } from '@nestjs/common';
import { DomainError, type PasswordExpirationPolicy, UnauthenticatedError } from '@app/kernel';
import { Database } from '@app/persistence';
import { type NamedPassword, PasswordGate } from './password-gate.js';
import { PasswordService } from './password.service.js';
import { Sessions } from './sessions.js';
import type { Proven } from './sign-in-candidate.js';
import { type SignedIn, signedInUser, type SignInOrigin } from './sign-in.js';
import { storeRehash } from './stored-password.js';

export const expirationPolicy = Symbol('PasswordExpirationPolicy');

/** Thrown only after a correct password: the one way on is to change it. */
class PasswordChangeRequiredError extends DomainError {
  /** The word clients look for. */
  readonly reason = 'passwordChangeRequired';

  constructor() {
    super('forbidden', 'The password must be changed before signing in.');
  }
}

/** One answer for each reason to refuse; which it was, only the audit trail knows. */
export function wrongNameOrPassword(): UnauthenticatedError {
  return new UnauthenticatedError('The user name or the password is wrong.');
}

@Injectable()
export class LoginService {
  constructor(
    private readonly database: Database,
    private readonly gate: PasswordGate,
    private readonly passwords: PasswordService,
    private readonly sessions: Sessions,
    @Inject(expirationPolicy) private readonly expiration: PasswordExpirationPolicy,
  ) {}

  async login(request: NamedPassword, origin: SignInOrigin): Promise<SignedIn> {
    const mayStay = (proven: Proven) => !proven.mustChange && !this.hasExpired(proven);
    const signIn = await this.gate.proveByName(request, origin, mayStay);
    if (!signIn) throw wrongNameOrPassword();
    const { proven, opened } = signIn;
    if (!opened) throw new PasswordChangeRequiredError();

    await this.renewHash(proven, request.password, origin);
    return this.sessions.signedIn(proven, opened);
  }

  /** Passwords of external users grow old where they come from, not here. */
  private hasExpired({ external, changedAt }: Proven): boolean {
    const { enabled, changeInterval } = this.expiration;
    return enabled && !external && Date.parse(changedAt) + changeInterval * 86_400_000 <= Date.now();
  }

  /** At the present costs, unless so many wait for a hash that it would be refused: the next login will do. */
  private async renewHash(proven: Proven, password: string, origin: SignInOrigin): Promise<void> {
    if (!this.passwords.isOutdated(proven.passwordHash) || !this.passwords.hasRoom) return;
    const hash = await this.passwords.hash(password);
    await this.database.inTransaction(signedInUser(proven.organizationId, proven, origin), async (tx) =>
      storeRehash(tx, proven.id, proven.passwordHash, hash),
    );
  }
}
