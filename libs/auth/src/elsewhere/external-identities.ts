import { Injectable } from '@nestjs/common';
import { type Caller, covers, type Principal, type Rights, rightsFor, type Role } from '@app/access';
import { type AuditEvent, AuditTrail } from '@app/audit';
import { Administrators, requireRightsOf, UserService } from '@app/directory';
import { ConflictError, type DomainError, ForbiddenError, InvalidError, NotFoundError } from '@app/kernel';
import { OrganizationService } from '@app/organizations';
import { Database, statement, type Transaction } from '@app/persistence';
import { Sessions } from '../sessions.js';
import { issuerOf, Providers } from './providers.js';

/** Who a user is at a provider of the configuration. */
export interface NamedIdentity {
  readonly provider: string;
  readonly subject: string;
}

interface ExternalIdentityRow {
  readonly issuer: string;
  readonly subject: string;
  readonly created_at: string;
  readonly last_used_at: string | null;
}

export interface ExternalIdentity extends ExternalIdentityRow {
  /** Undefined: no provider of this issuer is configured any more. */
  readonly provider: string | undefined;
}

type Key = Pick<ExternalIdentityRow, 'issuer' | 'subject'>;

const ofUser = statement<ExternalIdentityRow>(
  'external-identity.of-user',
  `select issuer, subject, created_at, last_used_at from external_identity
    where organization_id = $1 and user_id = $2 order by issuer`,
);
const holdUser = statement<{ system: boolean; invitation_pending: boolean }>(
  undefined,
  `select system, invitation_pending from app_user where organization_id = $1 and id = $2 and deleted_at is null for update`,
);
const drop = statement<never>(
  undefined,
  `delete from external_identity where organization_id = $1 and user_id = $2 and issuer = $3 and subject = $4`,
);
const give = statement<{ issuer: string }>(
  undefined,
  `insert into external_identity (organization_id, user_id, issuer, subject) values ($1, $2, $3, $4)
   on conflict (organization_id, issuer, subject) do nothing returning issuer`,
);
/** Whose it is until the transaction ends, and what he holds or, deleted, would hold again. */
const holdOwner = statement<{ user_id: string; deleted: boolean; roles: Role[] }>(
  undefined,
  `select e.user_id, u.deleted_at is not null as deleted, roles_of($1, u.id) || array(
       select r.role from former_membership m
         left join group_closure c on c.organization_id = $1 and c.descendant_id = m.group_id
         join role_assignment r on r.organization_id = $1 and r.group_id in (m.group_id, c.ancestor_id)
        where m.organization_id = $1 and m.user_id = u.id) as roles
     from external_identity e join app_user u on u.organization_id = $1 and u.id = e.user_id
    where e.organization_id = $1 and e.issuer = $2 and e.subject = $3 for update of e`,
);
const pass = statement<never>(
  undefined,
  `update external_identity set user_id = $2, created_at = now(), last_used_at = null
    where organization_id = $1 and issuer = $3 and subject = $4`,
);

/** An identity for somebody, by whoever has these rights. */
interface Gift {
  readonly userId: string;
  readonly key: Key;
  /** Of the body that named it. */
  readonly field: string;
  readonly by: Rights;
  /** What is said where they do not cover those of a deleted user who still has it. */
  readonly lacking: DomainError;
}

/** Who users are at the providers they may sign in at. */
@Injectable()
export class ExternalIdentities {
  constructor(
    private readonly database: Database,
    private readonly users: UserService,
    private readonly organizations: OrganizationService,
    private readonly providers: Providers,
    private readonly sessions: Sessions,
    private readonly administrators: Administrators,
    private readonly audit: AuditTrail,
  ) {}

  async list(caller: Caller, userId: string): Promise<ExternalIdentity[]> {
    const user = await this.users.get(caller, userId);
    const rows = await this.database.query(caller, ofUser, [user.id]);
    const known = await this.knownFor(caller);
    return rows.map((row) => ({ ...row, provider: this.providers.nameOf(row.issuer, known) }));
  }

  /** These and no others: sessions end when one is taken away. */
  async replace(caller: Principal, userId: string, wanted: readonly NamedIdentity[]): Promise<ExternalIdentity[]> {
    const keys = await this.keysOf(caller, wanted);
    await this.database.inTransaction(caller, async (tx) => {
      await requireChangeable(tx, userId);
      const now = async () => requireRightsOf(tx, caller, userId);
      const seen = await now();
      const before = await keysOfUser(tx, userId);
      const [lost, gained] = [without(before, keys), without(keys, before).toSorted(byIssuer)];
      if (lost.length + gained.length === 0) return;
      const change = async () => {
        for (const { issuer, subject } of lost) await tx.execute(drop, [userId, issuer, subject]);
        const lacking = new ForbiddenError('A deleted user with rights you lack is known by this identity.');
        for (const key of gained)
          await this.give(tx, { userId, key, field: 'externalIdentities', by: caller, lacking });
      };
      await (lost.length > 0 ? this.administrators.keepOneOf(tx, { seen, now }, change) : change());
      if (lost.length > 0) await this.sessions.endAllWithin(tx, userId);
      await this.audit.record(tx, identitiesChanged(userId, before, keys));
    });
    return this.list(caller, userId);
  }

  /**
   * The identity that somebody says is his, at the only provider there is if he names none. It opens nothing to him: only
   * whom the provider says to be it comes in by it.
   */
  async claimed(caller: Pick<Caller, 'organizationId'>, provider: string | undefined, subject: string): Promise<Key> {
    const known = await this.knownFor(caller);
    if (known.length === 0) {
      throw InvalidError.field('jwtSubject', 'No other provider to sign in with is set up here: choose a password.');
    }
    const name = provider ?? (known.length === 1 ? known[0] : undefined);
    if (name === undefined) throw InvalidError.field('provider', `provider must be one of ${known.join(', ')}.`);
    const [key] = await this.keysOf(caller, [{ provider: name, subject }]);
    if (!key) throw new Error('one identity has one key');
    return key;
  }

  /** A deleted user keeps his until somebody else has it; whoever gives it to another has the rights to restore him. */
  async give(tx: Transaction, { userId, key, field, by, lacking }: Gift): Promise<void> {
    const { issuer, subject } = key;
    if ((await tx.query(give, [userId, issuer, subject])).length > 0) return;
    const [owner] = await tx.query(holdOwner, [issuer, subject]);
    if (!owner?.deleted) throw identityTaken(field);
    if (!covers(by, rightsFor(owner.roles))) throw lacking;
    const before = await keysOfUser(tx, owner.user_id);
    await tx.execute(pass, [userId, issuer, subject]);
    await this.audit.record(tx, identitiesChanged(owner.user_id, before, without(before, [key])));
  }

  private async keysOf(caller: Pick<Caller, 'organizationId'>, wanted: readonly NamedIdentity[]): Promise<Key[]> {
    const known = await this.knownFor(caller);
    const keys = wanted.map(({ provider, subject }) => {
      if (!known.includes(provider)) throw InvalidError.field('provider', 'No such provider is set up here.');
      return { issuer: issuerOf(this.providers.client(provider).provider), subject };
    });
    if (new Set(keys.map(({ issuer }) => issuer)).size < keys.length) {
      throw InvalidError.field('provider', 'A user has one identity at a provider.');
    }
    return keys;
  }

  private async knownFor({ organizationId }: Pick<Caller, 'organizationId'>): Promise<string[]> {
    const names = await this.organizations.namesOf(organizationId);
    return names ? this.providers.namesFor(names.slug) : [];
  }
}

/** @param field of the body that named it */
export function identityTaken(field: string): ConflictError {
  const message = 'Somebody else is known by this identity.';
  return new ConflictError(message, [{ field, message }]);
}

async function requireChangeable(tx: Transaction, userId: string): Promise<void> {
  const [user] = await tx.query(holdUser, [userId]);
  if (!user) throw new NotFoundError('user');
  if (user.system) throw new ForbiddenError('A system user never signs in.');
  if (user.invitation_pending) throw new ConflictError('This user has not accepted the invitation yet.');
}

/** Who wants the same two as somebody else at this moment takes them in the same order. */
function byIssuer(one: Key, other: Key): number {
  return one.issuer < other.issuer ? -1 : 1;
}

async function keysOfUser(tx: Transaction, userId: string): Promise<Key[]> {
  return (await tx.query(ofUser, [userId])).map(({ issuer, subject }) => ({ issuer, subject }));
}

function identitiesChanged(subjectId: string, before: readonly Key[], after: readonly Key[]): AuditEvent {
  const change = { before: { externalIdentities: before }, after: { externalIdentities: after } };
  return { action: 'user.externalIdentitiesChanged', subjectType: 'user', subjectId, ...change };
}

function without(keys: readonly Key[], others: readonly Key[]): Key[] {
  return keys.filter((one) => !others.some(({ issuer, subject }) => issuer === one.issuer && subject === one.subject));
}
