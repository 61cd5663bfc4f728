import { Inject, Injectable } from '@nestjs/common';
import { serverCaller } from '@app/access';
import { type AuditEvent, AuditTrail, eventValues } from '@app/audit';
import { Administrators } from '@app/directory';
import { type BruteForceDetectionPolicy, UnavailableError } from '@app/kernel';
import { Database, ranOutOfTime, statement, type Transaction } from '@app/persistence';
import { type Count, countAgain, type Counted, countValues, stateOf, timeOf } from './attempt-store.js';
import { type AfterFailure, afterFailure, isLocked, noFailures } from './lockout.js';
import { Sessions } from './sessions.js';
import type { Because, Proven } from './sign-in-candidate.js';
import { newSession, open, type OpenedSession, pass, refuse, sessionValues } from './sign-in-outcomes.js';
import { signedInUser, type SignInOrigin } from './sign-in.js';
import { Turns, TurnsByKey } from './turns.js';

export const bruteForcePolicy = Symbol('BruteForceDetectionPolicy');

/** Where a password is tried, and from where. */
export interface Door {
  readonly origin: SignInOrigin;
  /** Whether a right password opens a session here. */
  readonly opens: (proven: Proven) => boolean;
}

/** One try, after its hash. */
export interface Tried extends Door {
  readonly organizationId: string;
  readonly counted: Counted;
  /** Undefined if anything but a lock stands in the way, which is then told. */
  readonly proven: Proven | undefined;
  readonly because: Because | undefined;
}

/** Somebody whose password was right, and the session it opened. */
export interface SignIn {
  readonly proven: Proven;
  readonly opened: OpenedSession | undefined;
}

/** Undefined if the count had changed since it was looked at: nothing was done. */
type Outcome = { readonly signIn: SignIn | undefined } | undefined;

const waiting = 200;
/** Where the count is held by somebody, those behind the first who waited for it are told so at once. */
const patienceMs = 5_000;

const deactivate = statement<{ id: string }>(
  undefined,
  `update app_user set active = false, inactive_reason = 'tooManyFailedLogons', updated_at = now()
    where organization_id = $1 and id = $2 and active returning id`,
);

/**
 * Judges tries. One statement writes the count and does what the try came to, if the count is still the one that was
 * judged; else it is looked at and judged again. So of many guesses at once none that comes after the last allowed
 * failure is let in, and each is counted.
 */
@Injectable()
export class SignInJudge {
  private readonly turns = new TurnsByKey(() => new Turns(1, waiting, patienceMs, busy));

  constructor(
    private readonly database: Database,
    private readonly sessions: Sessions,
    private readonly administrators: Administrators,
    private readonly audit: AuditTrail,
    @Inject(bruteForcePolicy) private readonly policy: BruteForceDetectionPolicy,
  ) {}

  /**
   * Undefined for every reason to refuse. Tries of one count wait here for one another, and not in the database, each
   * with a connection that everybody else would lack.
   */
  async settle(tried: Tried, lookedAt: Count): Promise<SignIn | undefined> {
    return this.turns.take(keyOf(tried), async () => this.settleNow(tried, lookedAt));
  }

  private async settleNow(tried: Tried, lookedAt: Count): Promise<SignIn | undefined> {
    try {
      for (let count = lookedAt; ; count = await countAgain(this.database, tried)) {
        const outcome = await this.judge(tried, count);
        if (outcome) return outcome.signIn;
      }
    } catch (error) {
      throw ranOutOfTime(error) ? busy() : error;
    }
  }

  /** A right password while locked takes the way of a wrong one to the last step, or a watch would tell it apart. */
  private async judge(tried: Tried, count: Count): Promise<Outcome> {
    const locked = this.policy.enabled && isLocked(stateOf(count), timeOf(count));
    return tried.proven && !locked ? this.accept(tried, tried.proven, count) : this.refuse(tried, count, locked);
  }

  private async accept(tried: Tried, proven: Proven, count: Count): Promise<Outcome> {
    const values = countValues(tried.counted, count, noFailures);
    if (tried.opens(proven)) return this.open(tried, proven, values);
    const done = await this.database.inOneStatement({ organizationId: tried.organizationId }, pass, values);
    return done.length > 0 ? { signIn: { proven, opened: undefined } } : undefined;
  }

  private async open({ organizationId, origin }: Tried, proven: Proven, count: readonly unknown[]): Promise<Outcome> {
    const opened = newSession();
    const caller = signedInUser(organizationId, proven, origin);
    const event = eventValues(caller, loggedIn(proven, opened, origin));
    const values = [...count, ...sessionValues(opened, proven, origin), ...event];
    const [done] = await this.database.inOneStatement(caller, open, values);
    if (!done) return undefined;
    await this.sessions.keepToLimit(caller, proven, opened.sessionId, done.others);
    return { signIn: { proven, opened } };
  }

  private async refuse(tried: Tried, count: Count, locked: boolean): Promise<Outcome> {
    const { organizationId, counted, origin } = tried;
    const caller = { ...serverCaller(organizationId, 'system', 'sign-in', null), requestId: origin.requestId };
    const after = afterFailure(stateOf(count), this.policy, timeOf(count));
    const refused = { because: causeOf(tried, locked), address: origin.address };
    const event = { action: 'user.loginRefused', ...subjectOf(organizationId, counted), after: refused };
    const values = [...countValues(counted, count, after.state), ...eventValues(caller, event)];
    const refusal = 'userId' in counted ? refuse.user : refuse.nobody;
    const write = async (tx: Transaction) => {
      const done = await tx.query(refusal, values);
      if (done.length > 0) await this.lock(tx, counted, after);
      return done;
    };
    const done =
      after.effect === 'counted'
        ? await this.database.inOneStatement(caller, refusal, values)
        : await this.database.inTransaction(caller, write);
    return done.length > 0 ? { signIn: undefined } : undefined;
  }

  /** A name nobody has is locked too, and told of the organization, as it would show who exists if it were not. */
  private async lock(tx: Transaction, counted: Counted, { state, effect }: AfterFailure): Promise<void> {
    const after = { lockedUntil: state.lockedUntil && new Date(state.lockedUntil).toISOString() };
    await this.audit.record(tx, { action: 'user.locked', ...subjectOf(tx.organizationId, counted), after });
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

/** Whoever tries changes nothing of his own, so nothing of his is in conflict: the count was not to be had in time. */
function busy(): UnavailableError {
  return new UnavailableError('Too many try to sign in by this name at the moment.', 2);
}

/** While locked a right password and a wrong one are told alike: the trail must not say which was the right one. */
function causeOf({ because = 'locked' }: Tried, locked: boolean): Because {
  return locked && because === 'wrongPassword' ? 'locked' : because;
}

function keyOf({ organizationId, counted }: Tried): string {
  return `${organizationId} ${'userId' in counted ? counted.userId : counted.bucket}`;
}

function loggedIn({ id }: Proven, { sessionId }: OpenedSession, { address }: SignInOrigin): AuditEvent {
  return { action: 'user.loggedIn', subjectType: 'user', subjectId: id, after: { sessionId, address } };
}

function subjectOf(organizationId: string, counted: Counted) {
  return 'userId' in counted
    ? ({ subjectType: 'user', subjectId: counted.userId } as const)
    : ({ subjectType: 'organization', subjectId: organizationId } as const);
}
