import { serverCaller } from '@app/access';
import { AuditTrail } from '@app/audit';
import { PasswordService, storePassword } from '@app/auth';
import { PasswordPolicy, User } from '@app/directory';
import { fold, type PasswordConfiguration } from '@app/kernel';
import type { Database, Transaction } from '@app/persistence';
import { CommandError } from '../command.js';
import { organizationCalled } from '../organization-called.js';

export interface PasswordResetRequest {
  /** User name or e-mail address. */
  readonly userName: string;
  readonly password: string;
  /** Slug; absent: the server's first organization. */
  readonly organization: string | undefined;
}

/** A new password given by whoever runs the server: nobody asks whether he may, but what it is must be good. */
export class PasswordReset {
  private readonly passwords: PasswordService;
  private readonly policy: PasswordPolicy;
  private readonly audit = new AuditTrail();

  constructor(
    private readonly database: Database,
    { argon2, passwordValidity }: PasswordConfiguration,
  ) {
    this.passwords = new PasswordService(argon2);
    this.policy = new PasswordPolicy(passwordValidity);
  }

  /** @returns the user's name as stored */
  async apply({ userName, password, organization }: PasswordResetRequest): Promise<string> {
    const organizationId = await organizationCalled(this.database, organization);
    const caller = serverCaller(organizationId, 'system', 'ostiary set-password', null);
    return this.database.inTransaction(caller, async (tx) => {
      const user = await userCalled(tx, userName);
      const refusal = await this.policy.refusal(password, {
        userName: user.userName,
        displayName: user.displayName,
        email: user.email ?? undefined,
      });
      if (refusal !== undefined) throw new CommandError(refusal);
      const passwordHash = await this.passwords.hash(password);
      await storePassword(tx, { userId: user.id, hash: passwordHash, mustChange: false });
      await this.audit.record(tx, { action: 'user.passwordChanged', subjectType: 'user', subjectId: user.id });
      return user.userName;
    });
  }
}

async function userCalled(tx: Transaction, name: string): Promise<User> {
  const key = fold(name);
  const user =
    (await tx.em.findOne(User, { userNameKey: key, deletedAt: null })) ??
    (await tx.em.findOne(User, { emailKey: key, deletedAt: null }));
  if (!user) throw new CommandError(`There is no user ${JSON.stringify(name)} in this organization.`);
  if (user.system) throw new CommandError(`${user.userName} is a system user, who never signs in.`);
  return user;
}
