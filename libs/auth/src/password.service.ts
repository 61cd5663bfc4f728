import { hash, type Options, verify } from '@node-rs/argon2';
import { Injectable } from '@nestjs/common';
import { DomainError } from '@app/kernel';

/** OWASP's minimum for argon2id: 19 MiB, two passes, one lane. PHC text keeps them, so they can be raised later. */
const parameters: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const running = 2;
const waiting = 200;

/** Hashes are heavy on purpose, so only a few run at once and a flood of logins is turned away instead of queued. */
@Injectable()
export class PasswordService {
  private active = 0;
  private readonly queue: (() => void)[] = [];
  /** Verified in place of a hash that does not exist, so that an unknown user costs the same. */
  private readonly dummy = hash('no such user has this password', parameters);

  async hash(password: string): Promise<string> {
    return this.bounded(() => hash(normalised(password), parameters));
  }

  async verify(storedHash: string | undefined, password: string): Promise<boolean> {
    const against = storedHash ?? (await this.dummy);
    const matches = await this.bounded(() => verify(against, normalised(password)));
    return matches && storedHash !== undefined;
  }

  private async bounded<T>(work: () => Promise<T>): Promise<T> {
    if (this.active >= running) {
      if (this.queue.length >= waiting) {
        throw new DomainError('too_many_requests', 'Too many sign-ins at the moment.', [], 2);
      }
      await new Promise<void>((resolve) => this.queue.push(resolve));
    } else {
      this.active++;
    }
    try {
      return await work();
    } finally {
      const next = this.queue.shift();
      if (next) next();
      else this.active--;
    }
  }
}

/** NIST SP 800-63B: normalised once, never trimmed, cut or folded. */
function normalised(password: string): string {
  return password.normalize('NFC');
}
