import { Injectable } from '@nestjs/common';
import {
  covers,
  givableRights,
  type KeyKind,
  permissionsOfKey,
  type Rights,
  rightsFor,
  type Role,
  serverCaller,
} from '@app/access';
import { AuditTrail } from '@app/audit';
import {
  isFreeUserName,
  mayBeCalled,
  parseDirectoryName,
  parseUserText,
  PasswordPolicy,
  requireFreeNames,
  requireOwnName,
  UserService,
} from '@app/directory';
import { DomainError, fold, InvalidError, NotFoundError } from '@app/kernel';
import { Database, statement, systemStatement, type Transaction } from '@app/persistence';
import { ExternalIdentities, identityTaken } from './elsewhere/external-identities.js';
import { InvitationMail } from './invitation-mail.js';
import { hashOfToken, isOpaqueToken } from './opaque-tokens.js';
import { PasswordService } from './password.service.js';
import { managersOf, managingRights } from './managing.js';
import { signedInUser, type SignInOrigin } from './sign-in.js';
import { storePassword } from './stored-password.js';

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

interface Accepting {
  readonly userId: string;
  readonly userName: string;
  readonly displayName: string;
}

/** How the guest signs in from then on. */
interface Way {
  readonly identity?: { readonly issuer: string; readonly subject: string };
  /** False if it came too late. */
  readonly store: (tx: Transaction, guest: Rights) => Promise<boolean>;
}

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
/**
 * First the count of failed logins, then the user and only then the invitation, as whoever changes, deletes or invites him
 * takes them: in another order each could wait for the other.
 */
const holdGuest = statement<never>(
  undefined,
  `with counted as materialized (
     select 1 from login_attempt where organization_id = $1 and user_id = $2 for update)
   select u.id from (select count(*) from counted) held cross join app_user u
    where u.organization_id = $1 and u.id = $2 for update of u`,
);
const use = statement<{ email: string | null }>(
  undefined,
  `with used as (
     update invitation set used_at = now()
      where organization_id = $1 and id = $2 and used_at is null and revoked_at is null and expires_at > now() returning user_id)
   select u.email from used join app_user u on u.organization_id = $1 and u.id = used.user_id
    where u.invitation_pending and u.active and u.deleted_at is null`,
);
/** Whoever made it: a user who is active, an API key that is still good, or an Administrator of the managing organization. */
const rolesOfBoth = statement<{ issuer: Role[]; key: KeyKind | null; manager: Role[] | null; guest: Role[] }>(
  undefined,
  `select roles_of($1, u.id) as issuer, k.level || '/' || k.permission as key,
          case when m.id is not null then roles_of(m.organization_id, m.id) end as manager, roles_of($1, $3) as guest
     from invitation i
     left join app_user u on u.organization_id = $1 and u.id = i.created_by and u.active and u.deleted_at is null
     left join api_key k on k.organization_id = $1 and k.id = i.created_by_key and (k.expires_at is null or k.expires_at > now())
     left join (select a.organization_id, a.id from ${managersOf} where g.id = $1) m on m.id = i.created_by_manager
    where i.organization_id = $1 and i.id = $2 and num_nonnulls(u.id, k.id, m.id) > 0`,
);
/** A subject elsewhere is the user's external id too: no password of his is kept here. */
const settle = statement<never>(
  undefined,
  `update app_user set user_name = $3, user_name_key = $4, display_name = $5, display_name_key = $6,
      external_id = coalesce($7, external_id), invitation_pending = false, invitation_expires_at = null, updated_at = now()
    where organization_id = $1 and id = $2`,
);

/** What whoever holds an invitation's token may do with it: become the user it was made for, by a name he chooses. */
@Injectable()
export class InvitationAcceptance {
  constructor(
    private readonly database: Database,
    private readonly users: UserService,
    private readonly passwords: PasswordService,
    private readonly policy: PasswordPolicy,
    private readonly identities: ExternalIdentities,
    private readonly audit: AuditTrail,
    private readonly mail: InvitationMail,
  ) {}

  /** A weak password, or a name or an identity that is taken, leaves the invitation as it was. */
  async accept(wanted: Acceptance, origin: SignInOrigin): Promise<void> {
    const { organization_id: organizationId, id, user_id: userId } = await this.getOpen(wanted.token);
    const userName = parseDirectoryName('userName', wanted.userName);
    const displayName = parseUserText('displayName', wanted.displayName);
    const way = await this.wayOf(wanted, organizationId, { userId, userName, displayName });

    const guest = signedInUser(organizationId, { id: userId, name: displayName }, origin);
    await this.database.inTransaction(guest, async (tx) => {
      await tx.query(holdGuest, [userId]);
      const rights = await guestsRights(tx, id, userId);
      const [used] = await tx.query(use, [id]);
      if (!used) throw invitationOver();
      await requireFreeNames(tx, { userName, email: undefined }, userId);
      requireOwnName({ userName, email: used.email });
      const names = [userName, fold(userName), displayName, fold(displayName)];
      await tx.execute(settle, [userId, ...names, way.identity?.subject ?? null]);
      if (!(await way.store(tx, rights))) throw invitationOver();
      await this.mail.withdraw(tx, [userId]);
      const after = { userName, displayName, ...way.identity };
      await this.audit.record(tx, { action: 'user.invitationAccepted', subjectType: 'user', subjectId: userId, after });
    });
  }

  /** The token is judged before the name is looked at, or anybody could ask who is here. */
  async isUserNameFree(token: string, userName: string): Promise<boolean> {
    const { organization_id: organizationId, id, user_id: userId } = await this.getOpen(token);
    const { email } = await this.users.get({ organizationId }, userId);
    const caller = serverCaller(organizationId, 'system', 'invitation', null);
    return this.database.inTransaction(caller, async (tx) => {
      await guestsRights(tx, id, userId);
      const asked = parseDirectoryName('userName', userName);
      return mayBeCalled(asked, email) && isFreeUserName(tx, asked, userId);
    });
  }

  private async wayOf(wanted: Acceptance, organizationId: string, accepting: Accepting): Promise<Way> {
    if ('password' in wanted) return this.withPassword(wanted.password, organizationId, accepting);
    requireExternalId(wanted.subject);
    const identity = await this.identities.claimed({ organizationId }, wanted.provider, wanted.subject);
    const store = async (tx: Transaction, by: Rights) => {
      const gift = { userId: accepting.userId, key: identity, field: 'jwtSubject', by };
      await this.identities.give(tx, { ...gift, lacking: identityTaken('jwtSubject') });
      return true;
    };
    return { identity, store };
  }

  private async withPassword(password: string, organizationId: string, accepting: Accepting): Promise<Way> {
    const { userId, ...names } = accepting;
    const { email } = await this.users.get({ organizationId }, userId);
    const refusal = await this.policy.refusal(password, { ...names, email: email ?? undefined });
    if (refusal !== undefined) throw InvalidError.field('password', refusal);
    const hash = await this.passwords.hash(password);
    return { store: async (tx) => storePassword(tx, { userId, hash, mustChange: false }) };
  }

  private async getOpen(token: string): Promise<InvitationRow> {
    const [found] = isOpaqueToken('invitation', token) ? await this.find(token) : [];
    if (!found) throw new NotFoundError('invitation');
    if (!found.open) throw invitationOver();
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
async function guestsRights(tx: Transaction, invitationId: string, userId: string): Promise<Rights> {
  const [row] = await tx.query(rolesOfBoth, [invitationId, userId]);
  const rights = rightsFor(row?.guest ?? []);
  const issuers = row && issuersRights(row);
  if (!issuers || !covers(issuers, rights)) throw invitationOver();
  return rights;
}

interface IssuersRoles {
  readonly issuer: readonly Role[];
  readonly key: KeyKind | null;
  readonly manager: readonly Role[] | null;
}

/** Undefined: he is no Administrator of the managing organization any more, and so nobody here. */
function issuersRights({ issuer, key, manager }: IssuersRoles): Rights | undefined {
  if (manager !== null) return managingRights(manager);
  if (key === null) return rightsFor(issuer);
  const permissions = permissionsOfKey(key);
  return givableRights({ kind: 'key', permissions, widePermissions: permissions });
}

/** A subject becomes the user's external id, and so is held to what others write there, letter for letter. */
function requireExternalId(subject: string): void {
  if (parseUserText('jwtSubject', subject) === subject) return;
  throw InvalidError.field('jwtSubject', 'jwtSubject must have no blanks around it.');
}

/** One answer for all causes. */
export function invitationOver(): DomainError {
  return new DomainError(
    'gone',
    'The invitation was used or replaced by another, has expired, or whoever made it may not invite any more.',
  );
}
