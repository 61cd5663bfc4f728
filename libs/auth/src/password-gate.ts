import { Inject, Injectable } from '@nestjs/common';
import { serverCaller } from '@app/access';
import { AuditTrail } from '@app/audit';
import { Administrators } from '@app/directory';
import { type BruteForceDetectionPolicy, fold, isStorable } from '@app/kernel';
import { OrganizationService } from '@app/organizations';
import { Database, statement, type Transaction } from '@app/persistence';
import { bucketOf, type Counted, holdAttempts, writeAttempts } from './attempt-store.js';
import { afterFailure } from './lockout.js';
import { PasswordService } from './password.service.js';
import { Sessions } from './sessions.js';
import type { SignInOrigin } from './sign-in.js';

export const bruteForcePolicy = Symbol('BruteForceDetectionPolicy');

export interface NamedPassword {
  /** User name or e-mail address. */
  readonly username: string;
  readonly password: string;
  /** Slug; absent: the server's first organization. */
  readonly organization: string | undefined;
}

/** A user whose password was right, as he was at that moment. */
export interface Proven {
  readonly organizationId: string;
  readonly id: string;
  readonly name: string;
  readonly userName: string;
  readonly email: string | null;
  readonly passwordHash: string;
  readonly credentialVersion: number;
  readonly mustChange: boolean;
  readonly changedAt: string;
  readonly external: boolean;
}

interface CandidateRow {
  id: string;
  display_name: string;
  user_name: string;
  email: string | null;
  external: boolean;
  credential_version: number;
  password_hash: string | null;
  must_change: boolean;
  changed_at: string;
  may_sign_in: boolean;
}

const candidates = `select u.id, u.display_name, u.user_name, u.email, u.external_id is not null as external, u.credential_version,
    c.password_hash, c.must_change, c.changed_at,
    u.active and not u.invitation_pending and not u.system as may_sign_in
  from app_user u left join credential c on c.organization_id = $1 and c.user_id = u.id
 where u.organization_id = $1 and u.deleted_at is null and`;
/** By user name first, then by e-mail. */
const byName = statement<CandidateRow>(
  'password.candidate',
  `${candidates} (u.user_name_key = $2 or u.email_key = $2) order by u.user_name_key = $2 desc limit 1`,
);
const byId = statement<CandidateRow>('password.candidate-by-id', `${candidates} u.id = $2`);

/** A success ends the count, unless the account is locked at this very moment. */
const accept = statement<{ user_id: string }>(
  'password.accept',
  `insert into login_attempt as a (organization_id, user_id) values ($1, $2)
   on conflict (organization_id, user_id) do update
     set failures = 0, window_failures = 0, temporary_lockouts = 0, last_failure_at = null, locked_until = null
     where not $3 or a.locked_until is null or a.locked_until <= clock_timestamp()
   returning user_id`,
);
const deactivate = statement<{ id: string }>(
  undefined,
  `update app_user set active = false, inactive_reason = 'tooManyFailedLogons', updated_at = now()
    where organization_id = $1 and id = $2 and active returning id`,
);

type Because = 'unknownUser' | 'noPassword' | 'wrongPassword' | 'mayNotSignIn' | 'locked';

/**
 * Where passwords are tried, by whatever door. The same steps for every outcome: one look, one hash, one count. The lock
 * is judged after the hash, so of many guesses at once none that comes after the last allowed failure is let in, and
 * each is counted.
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

  /** Whoever the name means, if the password is his and he may sign in; undefined for every reason why not. */
  async proveByName({ username, password, organization }: NamedPassword, origin: SignInOrigin) {
    const organizationId = await this.organizations.findId(organization);
    const key = isStorable(username) ? fold(username) : '';
    const [found] = organizationId ? await this.database.query({ organizationId }, byName, [key]) : [];
    const counting = organizationId ?? (await this.organizations.findId(undefined));
    return this.prove(counting, found, bucketOf(key), password, origin);
  }

  async proveById(organizationId: string, userId: string, password: string, origin: SignInOrigin) {
    const [found] = await this.database.query({ organizationId }, byId, [userId]);
    return this.prove(organizationId, found, bucketOf(userId), password, origin);
  }

  private async prove(
    organizationId: string | undefined,
    found: CandidateRow | undefined,
    bucket: number,
    password: string,
    origin: SignInOrigin,
  ): Promise<Proven | undefined> {
    const correct = await this.passwords.verify(found?.password_hash ?? undefined, password);
    if (organizationId === undefined) return undefined;
    let because = obstacle(found, correct);
    if (found && because === undefined) {
      const accepted = await this.database.query({ organizationId }, accept, [found.id, this.policy.enabled]);
      if (accepted.length > 0) return provenFrom(organizationId, found);
      because = 'locked';
    }
    const counted = found ? { userId: found.id } : { bucket };
    await this.refuse(organizationId, counted, because ?? 'unknownUser', origin);
    return undefined;
  }

  private async refuse(organizationId: string, counted: Counted, because: Because, origin: SignInOrigin) {
    const caller = serverCaller(organizationId, 'system', 'sign-in', null);
    await this.database.inTransaction(caller, async (tx) => {
      const { state, now } = await holdAttempts(tx, counted);
      const after = afterFailure(state, this.policy, now);
      await writeAttempts(tx, counted, after.state);
      const subject =
        'userId' in counted
          ? ({ subjectType: 'user', subjectId: counted.userId } as const)
          : ({ subjectType: 'organization', subjectId: organizationId } as const);
      await this.audit.record(tx, {
        action: 'user.loginRefused',
        ...subject,
        after: { because, address: origin.address },
      });
      if (after.effect !== 'counted' && 'userId' in counted) {
        const lockedUntil = new Date(after.state.lockedUntil ?? now).toISOString();
        await this.audit.record(tx, { action: 'user.locked', ...subject, after: { lockedUntil } });
        if (after.effect === 'lockedForGood') await this.lockForGood(tx, counted.userId);
      }
    });
  }

  /** Never the last Administrator: anybody who knows the name could shut everybody out. */
  private async lockForGood(tx: Transaction, userId: string): Promise<void> {
    if (await this.administrators.isLast(tx, userId)) return;
    if ((await tx.query(deactivate, [userId])).length === 0) return;
    await this.sessions.endAllWithin(tx, userId);
    await this.audit.record(tx, {
      action: 'user.deactivated',
      subjectType: 'user',
      subjectId: userId,
      before: { active: true },
      after: { active: false, inactiveReason: 'tooManyFailedLogons' },
    });
  }
}

function obstacle(found: CandidateRow | undefined, correct: boolean): Because | undefined {
  if (!found) return 'unknownUser';
  if (found.password_hash === null) return 'noPassword';
  if (!correct) return 'wrongPassword';
  return found.may_sign_in ? undefined : 'mayNotSignIn';
}

function provenFrom(organizationId: string, row: CandidateRow): Proven {
  return {
    organizationId,
    id: row.id,
    name: row.display_name,
    userName: row.user_name,
    email: row.email,
    passwordHash: row.password_hash ?? '',
    credentialVersion: row.credential_version,
    mustChange: row.must_change,
    changedAt: row.changed_at,
    external: row.external,
  };
}
