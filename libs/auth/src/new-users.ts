import { Injectable } from '@nestjs/common';
import type { Principal } from '@app/access';
import { namesIn, parseUserDraft, PasswordPolicy, type UserDraft, type UserRow, UserWrites } from '@app/directory';
import { ForbiddenError, InvalidError } from '@app/kernel';
import { Database } from '@app/persistence';
import { PasswordService } from './password.service.js';
import { storeFirstPassword } from './stored-password.js';

export interface NewUser {
  readonly draft: UserDraft;
  readonly password: string | undefined;
  readonly mustChange: boolean;
}

/** Users made with the password they sign in with; those of another directory may go without. */
@Injectable()
export class NewUsers {
  constructor(
    private readonly database: Database,
    private readonly writes: UserWrites,
    private readonly passwords: PasswordService,
    private readonly policy: PasswordPolicy,
  ) {}

  async create(caller: Principal, { draft, password, mustChange }: NewUser): Promise<UserRow> {
    // It would know a password that is good without it: beyond its end, and from everywhere.
    if (caller.kind === 'client' && password !== undefined) {
      throw new ForbiddenError('An OAuth client makes no user with a password: give an externalId and no password.');
    }
    const profile = parseUserDraft(draft);
    if (password === undefined && profile.externalId === null) {
      throw InvalidError.field('password', 'password is required, unless the user has an externalId.');
    }
    const hash = password === undefined ? undefined : await this.hashOf(password, profile);
    return this.database.inTransaction(caller, async (tx) => {
      const user = await this.writes.insert(tx, profile, { action: 'user.created', pending: false });
      if (hash !== undefined) await storeFirstPassword(tx, { userId: user.id, hash, mustChange });
      return user;
    });
  }

  private async hashOf(password: string, profile: ReturnType<typeof parseUserDraft>): Promise<string> {
    const names = { ...namesIn(profile), displayName: profile.displayName };
    const refusal = await this.policy.refusal(password, names);
    if (refusal !== undefined) throw InvalidError.field('password', refusal);
    return this.passwords.hash(password);
  }
}
