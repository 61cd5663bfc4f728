import { Injectable } from '@nestjs/common';
import { type Caller, type Principal, signInOf } from '@app/access';
import { AuditTrail } from '@app/audit';
import { forgetFailedLogins, PasswordPolicy, requireRightsOf, type UserRow, UserService } from '@app/directory';
import { ConflictError, ForbiddenError, InvalidError, NotFoundError } from '@app/kernel';
import { Database, type Transaction } from '@app/persistence';
import { wrongNameOrPassword } from './login.service.js';
import { type NamedPassword, PasswordGate } from './password-gate.js';
import { PasswordService } from './password.service.js';
import { Principals } from './principals.js';
import type { Proven } from './sign-in-candidate.js';
import { signedInUser, type SignInOrigin } from './sign-in.js';
import { storePassword } from './stored-password.js';

/** Who gets a new password: everybody by his old one, others by whoever may help them. */
@Injectable()
export class PasswordChangeService {
  constructor(
    private readonly database: Database,
    private readonly gate: PasswordGate,
    private readonly passwords: PasswordService,
    private readonly policy: PasswordPolicy,
    private readonly users: UserService,
    private readonly principals: Principals,
    private readonly audit: AuditTrail,
  ) {}

  /** Without a token, by name and present password: the way out of a password that must change. As hard to guess at as a login. */
  async changeByPassword(request: NamedPassword, newPassword: string, origin: SignInOrigin): Promise<void> {
    const signIn = await this.gate.proveByName(request, origin, () => false);
    if (!signIn) throw wrongNameOrPassword();
    await this.change(signIn.proven, request.password, newPassword, origin);
  }

  async changeOwn(caller: Principal, current: string, newPassword: string, origin: SignInOrigin): Promise<void> {
    const { userId } = signInOf(caller);
    refuseExternal(await this.users.get(caller, userId));
    const proven = await this.gate.proveById(caller.organizationId, userId, current, origin);
    if (!proven) throw new ForbiddenError('The current password is wrong.');
    await this.change(proven, current, newPassword, origin);
  }

  /** By somebody who may help; the user's sessions end, and so does a temporary lock. */
  async reset(caller: Principal, userId: string, password: string, mustChange: boolean): Promise<void> {
    const user = await this.getHelped(caller, userId);
    await this.requireAcceptable('password', password, namesOf(user));

    const hash = await this.passwords.hash(password);
    await this.database.inTransaction(caller, async (tx) => {
      await requireRightsOf(tx, caller, user.id);
      if (!(await storePassword(tx, { userId: user.id, hash, mustChange }))) throw new NotFoundError('user');
      await this.recordChange(tx, user.id, { mustChange });
    });
  }

  /** The same of somebody else, for whoever could set it: an answer tells of the names that it may not contain. */
  async refusalForOther(caller: Principal, userId: string, password: string): Promise<string | undefined> {
    const user = await this.getHelped(caller, userId);
    return this.policy.refusal(password, namesOf(user));
  }

  /** Why a password would be refused; undefined if it would do. */
  async refusalFor(caller: Caller, userId: string, password: string): Promise<string | undefined> {
    return this.policy.refusal(password, namesOf(await this.getLive(caller, userId)));
  }

  /** Ends a temporary lock; an account that was locked for good stays inactive. */
  async clearFailures(caller: Principal, userId: string): Promise<void> {
    const user = await this.getLive(caller, userId);
    if (user.system) throw new ForbiddenError('A system user never signs in.');
    await this.database.inTransaction(caller, async (tx) => {
      await requireRightsOf(tx, caller, user.id);
      await forgetFailedLogins(tx, this.audit, user.id);
    });
  }

  private async change(proven: Proven, current: string, newPassword: string, origin: SignInOrigin): Promise<void> {
    if (newPassword.normalize('NFC') === current.normalize('NFC')) {
      throw InvalidError.field('newPassword', 'The new password is the present one.');
    }
    await this.requireAcceptable('newPassword', newPassword, {
      userName: proven.userName,
      displayName: proven.name,
      email: proven.email ?? undefined,
    });
    const hash = await this.passwords.hash(newPassword);
    const { id: userId, credentialVersion: since } = proven;
    await this.database.inTransaction(signedInUser(proven.organizationId, proven, origin), async (tx) => {
      if (!(await storePassword(tx, { userId, hash, mustChange: false, since }))) {
        throw changedByAnother();
      }
      await this.recordChange(tx, userId);
    });
  }

  private async recordChange(tx: Transaction, subjectId: string, after?: object): Promise<void> {
    tx.afterCommit.push(() => this.principals.forget(tx.organizationId));
    const event = { action: 'user.passwordChanged', subjectType: 'user', subjectId } as const;
    await this.audit.record(tx, { ...event, ...(after && { after: { ...after } }) });
  }

  private async requireAcceptable(field: string, password: string, names: ReturnType<typeof namesOf>): Promise<void> {
    const refusal = await this.policy.refusal(password, names);
    if (refusal !== undefined) throw InvalidError.field(field, refusal);
  }

  /** Whom the caller may give a password. */
  private async getHelped(caller: Principal, userId: string): Promise<UserRow> {
    const user = await this.getLive(caller, userId);
    if (user.id === caller.userId) throw new ForbiddenError('Your own password you change by the present one.');
    if (user.system) throw new ForbiddenError('A system user never signs in.');
    refuseExternal(user);
    if (user.invitation_pending) throw new ConflictError('This user has not accepted the invitation yet.');
    await this.database.inTransaction(caller, async (tx) => requireRightsOf(tx, caller, user.id));
    return user;
  }

  private async getLive(caller: Caller, userId: string): Promise<UserRow> {
    const user = await this.users.get(caller, userId);
    if (user.deleted_at !== null) throw new NotFoundError('user');
    return user;
  }
}

function namesOf({ user_name, display_name, email }: UserRow) {
  return { userName: user_name, displayName: display_name, email: email ?? undefined };
}

function refuseExternal({ external_id }: UserRow): void {
  if (external_id !== null) throw new ConflictError('This user’s password is kept where the user comes from.');
}

/** What was proven is the password no more. */
export function changedByAnother(): ConflictError {
  return new ConflictError('The password was changed by somebody else in the meantime.');
}
