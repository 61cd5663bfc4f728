import { Injectable } from '@nestjs/common';
import { UnauthenticatedError } from '@app/kernel';
import { Database } from '@app/persistence';
import { PasswordChangeRequiredError, PasswordExpiration } from './password-expiration.js';
import { type NamedPassword, PasswordGate } from './password-gate.js';
import { PasswordService } from './password.service.js';
import { Sessions } from './sessions.js';
import type { Proven } from './sign-in-candidate.js';
import { type SignedIn, signedInUser, type SignInOrigin } from './sign-in.js';
import { storeRehash } from './stored-password.js';

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
    private readonly expiration: PasswordExpiration,
  ) {}

  async login(request: NamedPassword, origin: SignInOrigin): Promise<SignedIn> {
    const mayStay = (proven: Proven) => !this.expiration.isOver(proven);
    const signIn = await this.gate.proveByName(request, origin, mayStay);
    if (!signIn) throw wrongNameOrPassword();
    const { proven, opened } = signIn;
    if (!opened) throw new PasswordChangeRequiredError();

    await this.renewHash(proven, request.password, origin);
    return this.sessions.signedIn(proven, opened);
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
