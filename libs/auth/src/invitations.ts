import { Injectable, type OnModuleInit } from '@nestjs/common';
import { covers, type Principal, rightsFor, type Role, serverCaller, userOf } from '@app/access';
import { AuditTrail } from '@app/audit';
import {
  isFreeUserName,
  parseUserDraft,
  parseUserText,
  PasswordPolicy,
  requireFreeNames,
  requireRightsOf,
  type UserRow,
  UserService,
  UserWrites,
} from '@app/directory';
import { ConflictError, DomainError, fold, InvalidError, NotFoundError } from '@app/kernel';
import { Database, statement, systemStatement, type Transaction } from '@app/persistence';
import { ExternalIdentities, giveIdentity } from './elsewhere/external-identities.js';
import { InvitationMail } from './invitation-mail.js';
import { hashOfToken, isOpaqueToken, newOpaqueToken } from './opaque-tokens.js';
import { PasswordService } from './password.service.js';
import { signedInUser, type SignInOrigin } from './sign-in.js';
import { storePassword } from './stored-password.js';

export interface NewInvitation {
  readonly email: string;
  readonly userName: string;
  readonly displayName: string;
  readonly expiresInSeconds: number;
}

/** The one way the guest chose to sign in from then on. */
type ChosenWay =
  | { readonly password: string }
  /** Without a provider: at the only one there is. */
  | { readonly subject: string; readonly provider: string | undefined };

export type Acceptance = ChosenWay & {
  readonly token: string;
  readonly userName: string;
  readonly displayName: string;
};

/** The one time the token is seen. */
export interface Invited {
  readonly user: UserRow;
  readonly token: string;
}

interface Accepting {
  readonly userId: string;
  readonly userName: string;
  readonly displayName: string;
}

/** How the guest signs in from then on. */
interface Way {
  readonly identity?: { readonly issuer: string; readonly subject: string };
  /** False if it came too late. */
  readonly store: (tx: Transaction) => Promise<boolean>;
}

type Guest = Pick<UserRow, 'id' | 'display_name' | 'email'>;

interface InvitationRow {
  organization_id: string;
  id: string;
  user_id: string;
  open: boolean;
}

const byHash = systemStatement<InvitationRow>(
  'invitation.by-hash',
  `select i.organization_id, i.id, i.user_id,
          i.used_at is null and i.revoked_at is null and i.expires_at > now()
            and u.invitation_pending and u.active and u.deleted_at is null and g.account_type <> 'DISABLED' as open
     from invitation i
     join organization g on g.id = i.organization_id
     join app_user u on u.organization_id = i.organization_id and u.id = i.user_id
    where i.token_hash = $1`,
);
const use = statement<{ email: string | null }>(
  undefined,
  `with used as (
     update invitation set used_at = now()
      where organization_id = $1 and id = $2 and used_at is null and revoked_at is null and expires_at > now() returning user_id)
   select u.email from used join app_user u on u.organization_id = $1 and u.id = used.user_id
    where u.invitation_pending and u.active and u.deleted_at is null`,
);
const revokeOpen = statement<{ user_id: string }>(
  'invitation.revoke-open',
  `update invitation set revoked_at = now()
    where organization_id = $1 and user_id = any($2::uuid[]) and used_at is null and revoked_at is null returning user_id`,
);
const insert = statement<{ expires_at: string; organization: string }>(
  undefined,
  `with ends as (update app_user set invitation_expires_at = now() + make_interval(secs => $4), updated_at = now()
     where organization_id = $1 and id = $2)
   insert into invitation (organization_id, user_id, token_hash, expires_at, created_by)
   values ($1, $2, $3, now() + make_interval(secs => $4), $5)
   returning expires_at, (select name from organization where id = $1) as organization`,
);
/** One invitation of a user is made after another, and none for somebody who accepts at this moment. */
const holdPending = statement<Guest>(
  undefined,
  `select id, display_name, email from app_user where organization_id = $1 and id = $2 and invitation_pending and deleted_at is null for update`,
);
const rolesOfBoth = statement<{ issuer: Role[]; guest: Role[] }>(
  undefined,
  `select roles_of($1, i.created_by) as issuer, roles_of($1, $3) as guest
     from invitation i join app_user u on u.organization_id = $1 and u.id = i.created_by
    where i.organization_id = $1 and i.id = $2 and u.active and u.deleted_at is null`,
);
/** A subject elsewhere is the user's external id too: no password of his is kept here. */
const settle = statement<never>(
  undefined,
  `update app_user set user_name = $3, user_name_key = $4, display_name = $5, display_name_key = $6,
      external_id = coalesce($7, external_id), invitation_pending = false, invitation_expires_at = null, updated_at = now()
    where organization_id = $1 and id = $2`,
);

/** Invitations: whoever holds the token chooses name and password of the user it was made for, once. */
@Injectable()
export class Invitations implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly users: UserService,
    private readonly writes: UserWrites,
    private readonly passwords: PasswordService,
    private readonly policy: PasswordPolicy,
    private readonly identities: ExternalIdentities,
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
  async inviteAgain(caller: Principal, userId: string, expiresInSeconds: number): Promise<Invited> {
    const user = await this.users.get(caller, userId);
    if (user.deleted_at !== null) throw new NotFoundError('user');
    const token = await this.database.inTransaction(caller, async (tx) => {
      const [held] = await tx.query(holdPending, [user.id]);
      if (!held) throw new ConflictError('This user has accepted an invitation, or never needed one.');
      await requireRightsOf(tx, caller, user.id);
      await this.audit.record(tx, { action: 'user.invitedAgain', subjectType: 'user', subjectId: user.id });
      return this.issue(tx, caller, held, expiresInSeconds);
    });
    return { user: await this.users.get(caller, user.id), token };
  }

  /** A weak password, or a name or an identity that is taken, leaves the invitation as it was. */
  async accept(wanted: Acceptance, origin: SignInOrigin): Promise<void> {
    const { organization_id: organizationId, id, user_id: userId } = await this.getOpen(wanted.token);
    const userName = parseUserText('userName', wanted.userName);
    const displayName = parseUserText('displayName', wanted.displayName);
    const way = await this.wayOf(wanted, organizationId, { userId, userName, displayName });

    const guest = signedInUser(organizationId, { id: userId, name: displayName }, origin);
    await this.database.inTransaction(guest, async (tx) => {
      await requireIssuersRights(tx, id, userId);
      if ((await tx.query(use, [id])).length === 0) throw gone();
      await requireFreeNames(tx, { userName, email: undefined }, userId);
      const names = [userName, fold(userName), displayName, fold(displayName)];
      await tx.execute(settle, [userId, ...names, way.identity?.subject ?? null]);
      if (!(await way.store(tx))) throw gone();
      await this.mail.withdraw(tx, [userId]);
      const after = { userName, displayName, ...way.identity };
      await this.audit.record(tx, { action: 'user.invitationAccepted', subjectType: 'user', subjectId: userId, after });
    });
  }

  /** The token is judged before the name is looked at, or anybody could ask who is here. */
  async isUserNameFree(token: string, userName: string): Promise<boolean> {
    const { organization_id: organizationId, user_id: userId } = await this.getOpen(token);
    const asked = parseUserText('userName', userName);
    const caller = serverCaller(organizationId, 'system', 'invitation', null);
    return this.database.inTransaction(caller, async (tx) => isFreeUserName(tx, asked, userId));
  }

  private async wayOf(wanted: Acceptance, organizationId: string, accepting: Accepting): Promise<Way> {
    if ('password' in wanted) return this.withPassword(wanted.password, organizationId, accepting);
    const identity = await this.identities.claimed({ organizationId }, wanted.provider, wanted.subject);
    const store = async (tx: Transaction) => {
      await giveIdentity(tx, accepting.userId, identity, 'jwtSubject');
      return true;
    };
    return { identity, store };
  }

  private async withPassword(password: string, organizationId: string, accepting: Accepting): Promise<Way> {
    const { userId, ...names } = accepting;
    const { email } = await this.users.get({ organizationId }, userId);
    const refusal = this.policy.refusal(password, { ...names, email: email ?? undefined });
    if (refusal !== undefined) throw InvalidError.field('password', refusal);
    const hash = await this.passwords.hash(password);
    return { store: async (tx) => storePassword(tx, { userId, hash, mustChange: false }) };
  }

  private async issue(tx: Transaction, caller: Principal, guest: Guest, expiresInSeconds: number) {
    const token = newOpaqueToken('invitation');
    await this.revoke(tx, [guest.id]);
    const [made] = await tx.query(insert, [guest.id, hashOfToken(token), expiresInSeconds, userOf(caller)]);
    if (!made) throw new Error('the invitation was not made');
    await this.mail.send(tx, guest, { token, organization: made.organization, expiresAt: made.expires_at });
    return token;
  }

  /** And no mail brings the token any more. Returns whose invitations were open. */
  private async revoke(tx: Transaction, userIds: readonly string[]): Promise<string[]> {
    const revoked = await tx.query(revokeOpen, [userIds]);
    await this.mail.withdraw(tx, [...userIds]);
    return [...new Set(revoked.map(({ user_id: id }) => id))];
  }

  private async getOpen(token: string): Promise<InvitationRow> {
    const [found] = isOpaqueToken('invitation', token) ? await this.find(token) : [];
    if (!found) throw new NotFoundError('invitation');
    if (!found.open) throw gone();
    return found;
  }

  private async find(token: string): Promise<InvitationRow[]> {
    return this.database.asSystem('an invitation alone says whose it is', (system) =>
      system.query(byHash, [hashOfToken(token)]),
    );
  }
}

/**
 * Whoever made the invitation may know its token. What the user was given since, he must have himself, or accepting
 * would be a way to rights that nobody gave him.
 */
async function requireIssuersRights(tx: Transaction, invitationId: string, userId: string): Promise<void> {
  const [row] = await tx.query(rolesOfBoth, [invitationId, userId]);
  if (!row || !covers(rightsFor(row.issuer), rightsFor(row.guest))) throw gone();
}

function gone(): DomainError {
  return new DomainError('gone', 'The invitation was used, was replaced by another, or has expired.');
}

function idsOf(events: readonly { readonly ids: readonly string[] }[]): string[] {
  return events.flatMap(({ ids }) => ids);
}
