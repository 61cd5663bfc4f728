import { Inject, Injectable } from '@nestjs/common';
import { serverCaller } from '@app/access';
import { AuditTrail } from '@app/audit';
import { Administrators } from '@app/directory';
import { type BruteForceDetectionPolicy, fold, isStorable } from '@app/kernel';
import { OrganizationService } from '@app/organizations';
import { Database, statement, type Transaction } from '@app/persistence';
import { bucketOf, type Counted, holdAttempts, writeAttempts } from './attempt-store.js';
import { type AfterFailure, afterFailure, type AttemptState, isLocked, noFailures } from './lockout.js';
import { PasswordService } from './password.service.js';
import { Sessions } from './sessions.js';
import {
  type Because,
  candidateById,
  candidateByName,
  type CandidateRow,
  obstacle,
  type Proven,
  provenFrom,
} from './sign-in-candidate.js';
import { signedInUser, type SignInOrigin } from './sign-in.js';

export const bruteForcePolicy = Symbol('BruteForceDetectionPolicy');

export interface NamedPassword {
  /** User name or e-mail address. */
  readonly username: string;
  readonly password: string;
  /** Slug; absent: the server's first organization. */
  readonly organization: string | undefined;
}

/** What is done for whoever proved his password: in the transaction that held the count, and as him. */
type Proceed<T> = (tx: Transaction, proven: Proven) => Promise<T>;

/** One try, after its hash. */
interface Tried<T> {
  readonly found: CandidateRow | undefined;
  readonly counted: Counted;
  readonly obstacle: Because | undefined;
  readonly origin: SignInOrigin;
  readonly proceed: Proceed<T>;
}

const deactivate = statement<{ id: string }>(
  undefined,
  `update app_user set active = false, inactive_reason = 'tooManyFailedLogons', updated_at = now()
    where organization_id = $1 and id = $2 and active returning id`,
);

/**
 * Where passwords are tried, by whatever door. The same steps for every outcome: one look, one hash, one transaction
 * that holds the count. The lock is judged after the hash, so of many guesses at once none that comes after the last
 * allowed failure is let in, and each is counted. What the password was proved for is done in that same transaction.
 */
@Injectable()
export class PasswordGate {
  constructor(
    private readonly database: Database,
    private readonly organizations: OrganizationService,
    private readonly passwords: PasswordService,
    private readonly sessions: Sessions,
    private readonly administrators: Administrators,
    private readonly audit: AuditTrail,
    @Inject(bruteForcePolicy) private readonly policy: BruteForceDetectionPolicy,
  ) {}

  /** Proceeds for whoever the name means, if the password is his and he may sign in; undefined for every reason why not. */
  async proveByName<T>(
    { username, password, organization }: NamedPassword,
    origin: SignInOrigin,
    proceed: Proceed<T>,
  ): Promise<T | undefined> {
    const organizationId = await this.organizations.findId(organization);
    const key = isStorable(username) ? fold(username) : '';
    const [found] = organizationId ? await this.database.query({ organizationId }, candidateByName, [key]) : [];
    const counting = organizationId ?? (await this.organizations.findId(undefined));
    return this.prove(counting, found, bucketOf(key), password, { origin, proceed });
  }

  async proveById(organizationId: string, userId: string, password: string, origin: SignInOrigin) {
    const [found] = await this.database.query({ organizationId }, candidateById, [userId]);
    const proceed = async (_tx: Transaction, proven: Proven) => proven;
    return this.prove(organizationId, found, bucketOf(userId), password, { origin, proceed });
  }

  private async prove<T>(
    organizationId: string | undefined,
    found: CandidateRow | undefined,
    bucket: number,
    password: string,
    rest: Pick<Tried<T>, 'origin' | 'proceed'>,
  ): Promise<T | undefined> {
    const correct = await this.passwords.verify(found?.password_hash ?? undefined, password);
    if (organizationId === undefined) return undefined;
    const counted = found ? { userId: found.id } : { bucket };
    const { requestId } = rest.origin;
    const caller = { ...serverCaller(organizationId, 'system', 'sign-in', null), requestId };
    return this.database.inTransaction(caller, async (tx) =>
      this.judge(tx, { found, counted, obstacle: obstacle(found, correct), ...rest }),
    );
  }

  /** A right password while locked takes the way of a wrong one to the last step, or a watch would tell it apart. */
  private async judge<T>(tx: Transaction, tried: Tried<T>): Promise<T | undefined> {
    const { state, now } = await holdAttempts(tx, tried.counted);
    const locked = this.policy.enabled && isLocked(state, now);
    if (tried.found && tried.obstacle === undefined && !locked) {
      if (state.failures > 0) await writeAttempts(tx, tried.counted, noFailures);
      const proven = provenFrom(tx.organizationId, tried.found);
      return tried.proceed(tx.actingAs(signedInUser(tx.organizationId, proven, tried.origin)), proven);
    }
    await this.refuse(tx, tried, state, now);
    return undefined;
  }

  private async refuse(
    tx: Transaction,
    { counted, obstacle, origin }: Tried<unknown>,
    state: AttemptState,
    now: number,
  ) {
    const after = afterFailure(state, this.policy, now);
    await writeAttempts(tx, counted, after.state);
    const refused = { because: obstacle ?? 'locked', address: origin.address };
    await this.audit.record(tx, { action: 'user.loginRefused', ...subjectOf(tx, counted), after: refused });
    if (after.effect !== 'counted') await this.lock(tx, counted, after);
  }

  /** A name nobody has is locked too, and told of the organization, as it would show who exists if it were not. */
  private async lock(tx: Transaction, counted: Counted, { state, effect }: AfterFailure): Promise<void> {
    const after = { lockedUntil: state.lockedUntil && new Date(state.lockedUntil).toISOString() };
    await this.audit.record(tx, { action: 'user.locked', ...subjectOf(tx, counted), after });
    if (effect === 'lockedForGood' && 'userId' in counted) await this.lockForGood(tx, counted.userId);
  }

  /** Never the last Administrator: anybody who knows the name could shut everybody out. */
  private async lockForGood(tx: Transaction, userId: string): Promise<void> {
    if (await this.administrators.isLast(tx, userId)) return;
    if ((await tx.query(deactivate, [userId])).length === 0) return;
    await this.sessions.endAllWithin(tx, userId);
    tx.announce({ kind: 'user.rightsChanged', ids: [userId] });
    await this.audit.record(tx, {
      action: 'user.deactivated',
      subjectType: 'user',
      subjectId: userId,
      before: { active: true },
      after: { active: false, inactiveReason: 'tooManyFailedLogons' },
    });
  }
}

function subjectOf({ organizationId }: Transaction, counted: Counted) {
  return 'userId' in counted
    ? ({ subjectType: 'user', subjectId: counted.userId } as const)
    : ({ subjectType: 'organization', subjectId: organizationId } as const);
}
