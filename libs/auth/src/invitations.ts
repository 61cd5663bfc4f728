import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Principal, userOf } from '@app/access';
import { AuditTrail } from '@app/audit';
import { parseUserDraft, requireRightsOf, type UserRow, UserService, UserWrites } from '@app/directory';
import { ConflictError, NotFoundError } from '@app/kernel';
import { Database, statement, type Transaction } from '@app/persistence';
import { InvitationMail } from './invitation-mail.js';
import { hashOfToken, newOpaqueToken } from './opaque-tokens.js';
import { invitationSeconds } from './token-lives.js';

export interface NewInvitation {
  readonly email: string;
  readonly userName: string;
  readonly displayName: string;
  /** A week, if nothing is said. */
  readonly expiresInSeconds?: number | undefined;
}

/** The one time the token is seen. */
export interface Invited {
  readonly user: UserRow;
  readonly token: string;
}

type Guest = Pick<UserRow, 'id' | 'display_name' | 'email'>;

/** How invitations are made. */
export interface Issuing {
  readonly expiresInSeconds?: number | undefined;
  /** Whether the token is mailed besides; whoever makes it sees it anyway. */
  readonly mailed: boolean;
}

const revokeOpen = statement<{ user_id: string }>(
  'invitation.revoke-open',
  `update invitation set revoked_at = now()
    where organization_id = $1 and user_id = any($2::uuid[]) and used_at is null and revoked_at is null returning user_id`,
);
/** The hashes in hex, each beside its user; made by a user, by an API key, or by a user of the managing organization. */
const insert = statement<{ user_id: string; expires_at: string; organization: string }>(
  undefined,
  `with wanted as materialized (
     select w.user_id, decode(w.token_hash, 'hex') as token_hash from unnest($2::uuid[], $3::text[]) w (user_id, token_hash)),
   ends as (
     update app_user u set invitation_expires_at = now() + make_interval(secs => $4), updated_at = now()
       from wanted w where u.organization_id = $1 and u.id = w.user_id)
   insert into invitation (organization_id, user_id, token_hash, expires_at, created_by, created_by_key, created_by_manager)
   select $1, w.user_id, w.token_hash, now() + make_interval(secs => $4), $5, $6, $7 from wanted w
   returning user_id, expires_at, (select name from organization where id = $1) as organization`,
);
/** One invitation of a user is made after another, and none for somebody who accepts at this moment. */
const holdPending = statement<Guest & Pick<UserRow, 'active'>>(
  undefined,
  `select id, display_name, email, active from app_user where organization_id = $1 and id = $2 and invitation_pending and deleted_at is null for update`,
);
/** Invitations: whoever holds the token becomes the user it was made for, once. */
@Injectable()
export class Invitations implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly users: UserService,
    private readonly writes: UserWrites,
    private readonly audit: AuditTrail,
    private readonly mail: InvitationMail,
  ) {}

  /** A restored user is invited anew, and so is a guest whose address was not his: the token is in another’s mail. */
  onModuleInit(): void {
    this.database.announcements.on('auth', 'user.deleted', async (tx, events) => {
      await this.revoke(tx, idsOf(events));
    });
    this.database.announcements.on('auth', 'user.addressChanged', async (tx, events) => {
      const told = { action: 'user.invitationRevoked', subjectType: 'user' } as const;
      const revoked = await this.revoke(tx, idsOf(events));
      await this.audit.recordAll(
        tx,
        revoked.map((subjectId) => ({ ...told, subjectId })),
      );
    });
  }

  async invite(caller: Principal, wanted: NewInvitation): Promise<Invited> {
    const { expiresInSeconds, ...draft } = wanted;
    const profile = parseUserDraft(draft);
    const { id, token } = await this.database.inTransaction(caller, async (tx) => {
      const made = await this.writes.insert(tx, profile, { action: 'user.invited', pending: true });
      return { id: made.id, token: await this.issue(tx, caller, made, expiresInSeconds) };
    });
    return { user: await this.users.get(caller, id), token };
  }

  /** Another token; the one before is worth nothing from then on. */
  async inviteAgain(caller: Principal, userId: string, expiresInSeconds?: number): Promise<Invited> {
    const user = await this.users.get(caller, userId);
    if (user.deleted_at !== null) throw new NotFoundError('user');
    const token = await this.database.inTransaction(caller, async (tx) => {
      const [held] = await tx.query(holdPending, [user.id]);
      if (!held) throw new ConflictError('This user has accepted an invitation, or never needed one.');
      await requireRightsOf(tx, caller, user.id);
      if (!held.active) throw new ConflictError('This user is not active: the invitation could not be accepted.');
      await this.audit.record(tx, { action: 'user.invitedAgain', subjectType: 'user', subjectId: user.id });
      return this.issue(tx, caller, held, expiresInSeconds);
    });
    return { user: await this.users.get(caller, user.id), token };
  }

  /** Within a transaction of whoever makes the guests. Their tokens, by whose they are. */
  async issueAll(
    tx: Transaction,
    caller: Principal,
    guests: readonly Guest[],
    { expiresInSeconds = invitationSeconds, mailed }: Issuing,
  ): Promise<Map<string, string>> {
    if (guests.length === 0) return new Map();
    const tokens = new Map(guests.map(({ id }) => [id, newOpaqueToken('invitation')]));
    await this.revoke(tx, [...tokens.keys()]);
    const hashes = [...tokens.values()].map((token) => hashOfToken(token).toString('hex'));
    const made = await tx.query(insert, [[...tokens.keys()], hashes, expiresInSeconds, ...makerOf(caller)]);
    if (made.length !== tokens.size) throw new Error('an invitation was not made');
    if (!mailed) return tokens;
    const ends = new Map(made.map((one) => [one.user_id, one]));
    await this.mail.sendAll(
      tx,
      guests.map((guest) => {
        const { expires_at: expiresAt, organization } = ends.get(guest.id)!;
        return { guest, issued: { token: tokens.get(guest.id)!, organization, expiresAt } };
      }),
    );
    return tokens;
  }

  /** Where the guest accepts with this token. */
  urlOf(token: string): string {
    return this.mail.urlOf(token);
  }

  private async issue(tx: Transaction, caller: Principal, guest: Guest, expiresInSeconds?: number): Promise<string> {
    const tokens = await this.issueAll(tx, caller, [guest], { expiresInSeconds, mailed: true });
    return tokens.get(guest.id)!;
  }

  /** And no mail brings the token any more. Returns whose invitations were open. */
  private async revoke(tx: Transaction, userIds: readonly string[]): Promise<string[]> {
    const revoked = await tx.query(revokeOpen, [userIds]);
    await this.mail.withdraw(tx, [...userIds]);
    return [...new Set(revoked.map(({ user_id: id }) => id))];
  }
}

/** The user who made it, or the API key, or who from the managing organization. */
function makerOf(caller: Principal): [userId: string | null, keyId: string | null, managerId: string | null] {
  if (caller.kind === 'key') return [null, caller.actor.id, null];
  return caller.kind === 'managing' ? [null, null, caller.actor.id] : [userOf(caller), null, null];
}

function idsOf(events: readonly { readonly ids: readonly string[] }[]): string[] {
  return events.flatMap(({ ids }) => ids);
}
