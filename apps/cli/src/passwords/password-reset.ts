import { serverCaller } from '@app/access';
import { AuditTrail } from '@app/audit';
import { Credential, PasswordService } from '@app/auth';
import { User } from '@app/directory';
import { fold } from '@app/kernel';
import { OrganizationService } from '@app/organizations';
import { type Database, requestTimeouts, type Transaction, withDatabase } from '@app/persistence';
import { migrations } from '../../../../database/migrations/index.js';
import { CommandError } from '../command.js';

export interface PasswordResetRequest {
  /** User name or e-mail address. */
  readonly userName: string;
  readonly password: string;
  /** Slug; absent: the server's first organization. */
  readonly organization: string | undefined;
}

/** A new password given by whoever runs the server: no policy is asked who may. */
export class PasswordReset {
  private readonly passwords = new PasswordService();
  private readonly audit = new AuditTrail();

  constructor(private readonly database: Database) {}

  static async on<T>(serverUrl: string, work: (reset: PasswordReset) => Promise<T>): Promise<T> {
    const options = {
      url: serverUrl,
      entities: [User, Credential],
      migrations,
      poolSize: 2,
      timeouts: requestTimeouts,
    };
    return withDatabase({ ...options, applicationName: 'ostiary set-password' }, (database) =>
      work(new PasswordReset(database)),
    );
  }

  /** @returns the user's name as stored */
  async apply({ userName, password, organization }: PasswordResetRequest): Promise<string> {
    await this.requireMigrated();
    const organizationId = await this.organizationCalled(organization);
    const passwordHash = await this.passwords.hash(password);
    const caller = serverCaller(organizationId, 'system', 'ostiary set-password', null);
    return this.database.inTransaction(caller, async (tx) => {
      const user = await userCalled(tx, userName);
      await this.store(tx, user, passwordHash);
      user.credentialVersion++;
      await this.audit.record(tx, { action: 'user.passwordChanged', subjectType: 'user', subjectId: user.id });
      return user.userName;
    });
  }

  private async store(tx: Transaction, user: User, passwordHash: string): Promise<void> {
    const credential = await tx.em.findOne(Credential, { userId: user.id });
    if (!credential) {
      tx.em.persist(Credential.of(tx.organizationId, user.id, passwordHash));
      return;
    }
    credential.passwordHash = passwordHash;
    credential.mustChange = false;
    credential.changedAt = new Date();
  }

  private async requireMigrated(): Promise<void> {
    const pending = await this.database.pendingMigrations();
    if (pending.length > 0)
      throw new CommandError('The database is not up to date: run "npm run ostiary -- migrate" first.');
  }

  private async organizationCalled(slug: string | undefined): Promise<string> {
    const id = await new OrganizationService(this.database).findId(slug);
    if (id !== undefined) return id;
    throw new CommandError(
      slug === undefined
        ? 'There is no organization yet: the first start of the server makes one.'
        : `There is no organization with the slug ${JSON.stringify(slug)}.`,
    );
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
