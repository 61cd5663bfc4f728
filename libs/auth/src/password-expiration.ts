import { Inject, Injectable } from '@nestjs/common';
import { DomainError, type PasswordExpirationPolicy } from '@app/kernel';

export const expirationPolicy = Symbol('PasswordExpirationPolicy');

/** Told only to whoever proved that it is he: the one way on is to change the password. */
export class PasswordChangeRequiredError extends DomainError {
  /** The word clients look for. */
  readonly reason = 'passwordChangeRequired';

  constructor() {
    super('forbidden', 'The password must be changed before signing in.');
  }
}

/** A password as it is kept. */
interface KeptPassword {
  readonly mustChange: boolean;
  readonly changedAt: string;
  readonly external: boolean;
}

/** Which passwords open nothing any more but the door to change them. */
@Injectable()
export class PasswordExpiration {
  constructor(@Inject(expirationPolicy) private readonly policy: PasswordExpirationPolicy) {}

  /** Passwords of external users grow old where they come from, not here. */
  isOver({ mustChange, changedAt, external }: KeptPassword): boolean {
    const { enabled, changeInterval } = this.policy;
    const old = enabled && !external && Date.parse(changedAt) + changeInterval * 86_400_000 <= Date.now();
    return mustChange || old;
  }
}
