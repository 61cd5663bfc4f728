import { Inject, Injectable } from '@nestjs/common';
import { type Caller, type Principal, signInOf } from '@app/access';
import { AuditTrail } from '@app/audit';
import { isId, NotFoundError, type OffsetPageOf } from '@app/kernel';
import { Database, type Statement, statement, type Transaction } from '@app/persistence';
import { AccessTokens } from './access-tokens.js';
import { Principals } from './principals.js';
import { textOf } from './refresh-token.js';
import type { OpenedSession } from './sign-in-outcomes.js';
import type { SignedIn } from './sign-in.js';

/** Somebody whose credential was just proved, as it then was: a password changed since then leaves the session dead. */
export interface ProvenUser {
  readonly organizationId: string;
  readonly id: string;
  readonly name: string;
  readonly credentialVersion: number;
}

/** How many sign-ins of one user may be open at once. */
export const sessionsPerUser = Symbol('sessionsPerUser');

export interface SessionRow {
  readonly id: string;
  readonly kind: 'login' | 'impersonation';
  readonly created_at: string;
  readonly last_used_at: string;
  readonly expires_at: string;
  readonly address: string | null;
  readonly user_agent: string | null;
  readonly actor_id: string | null;
  readonly actor_name: string | null;
}

const endOf = (which: string) => `update session set revoked_at = now()
   where organization_id = $1 and user_id = $2 and revoked_at is null and expires_at > now() ${which} returning id`;
const endOne = statement<{ id: string }>('session.end', endOf('and id = $3'));
const endAll = statement<{ id: string }>('session.end-all', endOf(''));
/** More than sign in as one user at the same moment. */
const atOnce = 50;
const holdUser = statement<never>(
  undefined,
  `select id from app_user where organization_id = $1 and id = $2 for no key update`,
);
/** All but the newest; what hangs on a former password is dead already. */
const endOldest = statement<{ id: string }>(
  'session.end-oldest',
  endOf(`and id in (
    select id from session
     where organization_id = $1 and user_id = $2 and credential_version = $3 and kind = 'login' and id <> $4
       and revoked_at is null and expires_at > now()
     order by created_at desc, id desc offset $5)`),
);

const liveSessions = `from session s
     join app_user u on u.organization_id = $1 and u.id = s.user_id
     left join session b on b.organization_id = $1 and b.id = s.actor_session_id
     left join app_user a on a.organization_id = $1 and a.id = s.actor_user_id
    where s.organization_id = $1 and s.user_id = $2 and s.revoked_at is null and s.expires_at > now()
      and s.credential_version = u.credential_version and (s.kind = 'login' or b.revoked_at is null and b.expires_at > now())`;
const listSessions = statement<SessionRow>(
  'session.list',
  `select s.id, s.kind, s.created_at, s.last_used_at, s.expires_at, s.address, s.user_agent,
          a.id as actor_id, a.display_name as actor_name
     ${liveSessions} order by s.created_at desc, s.id desc limit $3 offset $4`,
);
const countSessions = statement<{ total: number }>('session.count', `select count(*)::int as total ${liveSessions}`);

/** Sign-ins: opened by a login, listed and ended. */
@Injectable()
export class Sessions {
  constructor(
    private readonly database: Database,
    private readonly tokens: AccessTokens,
    private readonly principals: Principals,
    private readonly audit: AuditTrail,
    @Inject(sessionsPerUser) private readonly limit: number,
  ) {}

  /**
   * A program that signs in for each of its runs would else leave sessions for a month. Whoever signs in now stays, and
   * those who sign in at the same moment, and are not among the `others` seen, wait for one another.
   */
  async keepToLimit(caller: Caller, { id, credentialVersion }: ProvenUser, newest: string, others: number) {
    if (others + atOnce < this.limit) return;
    await this.database.inTransaction(caller, async (tx) => {
      await tx.query(holdUser, [id]);
      const sessionIds = await this.endedBy(tx, endOldest, [id, credentialVersion, newest, this.limit - 1]);
      if (sessionIds.length === 0) return;
      const event = { action: 'user.sessionsEnded', subjectType: 'user', subjectId: id } as const;
      await this.audit.record(tx, { ...event, before: { sessionIds }, after: { because: 'tooManySessions' } });
    });
  }

  /** The tokens of a session, once it is there for good. */
  async signedIn(user: ProvenUser, { sessionId, refreshToken }: OpenedSession): Promise<SignedIn> {
    const { id: sub, organizationId: org } = user;
    return { ...(await this.tokens.sign({ sub, sid: sessionId, org })), refreshToken: textOf(refreshToken) };
  }

  /** Ends the session behind the caller's own token; an impersonation ends alone, without the session it was begun in. */
  async logOut(caller: Principal): Promise<void> {
    const { userId, sessionId } = signInOf(caller);
    await this.end(caller, userId, one(sessionId), 'user.loggedOut');
  }

  async list(caller: Caller, userId: string, page: { limit: number; offset: number }) {
    const [items, [counted]] = await Promise.all([
      this.database.query(caller, listSessions, [userId, page.limit, page.offset]),
      this.database.query(caller, countSessions, [userId]),
    ]);
    return { items, total: counted?.total ?? 0 } satisfies OffsetPageOf<SessionRow>;
  }

  async endOne(caller: Caller, userId: string, sessionId: string): Promise<void> {
    const ended = isId(sessionId) ? await this.end(caller, userId, one(sessionId), 'user.sessionsEnded') : 0;
    if (ended === 0) throw new NotFoundError('session');
  }

  async endAll(caller: Caller, userId: string): Promise<void> {
    await this.end(caller, userId, all, 'user.sessionsEnded');
  }

  /** Ends one session inside a transaction that is about something else; false if it had ended before. */
  async endWithin(tx: Transaction, userId: string, sessionId: string): Promise<boolean> {
    return (await this.endedBy(tx, endOne, [userId, sessionId])).length > 0;
  }

  /** @returns the ids of those that had not ended before */
  async endAllWithin(tx: Transaction, userId: string): Promise<string[]> {
    return this.endedBy(tx, endAll, [userId]);
  }

  private async end(caller: Caller, userId: string, ending: Ending, action: string): Promise<number> {
    return this.database.inTransaction(caller, async (tx) => {
      const sessionIds = await this.endedBy(tx, ending.statement, [userId, ...ending.values]);
      if (sessionIds.length === 0) return 0;
      await this.audit.record(tx, { action, subjectType: 'user', subjectId: userId, before: { sessionIds } });
      return sessionIds.length;
    });
  }

  private async endedBy(
    tx: Transaction,
    end: Statement<{ id: string }>,
    values: readonly unknown[],
  ): Promise<string[]> {
    const ended = await tx.query(end, values);
    if (ended.length > 0) tx.afterCommit.push(() => this.principals.forget(tx.organizationId));
    return ended.map(({ id }) => id);
  }
}

interface Ending {
  readonly statement: Statement<{ id: string }>;
  readonly values: readonly unknown[];
}

function one(sessionId: string): Ending {
  return { statement: endOne, values: [sessionId] };
}

const all: Ending = { statement: endAll, values: [] };
