import { Injectable } from '@nestjs/common';
import { type Caller, isClosedTo, type Principal } from '@app/access';
import { actorValues, AuditTrail, eventsInsert } from '@app/audit';
import { ConflictError, ForbiddenError, isId, newId, NotFoundError } from '@app/kernel';
import { Database, statement, type Transaction } from '@app/persistence';
import { membershipEvents, roleEvents, userEdges } from '../groups/membership-events.js';
import { Administrators, type RolesAtStake } from '../roles/administrators.js';
import { requireRightsOf } from '../roles/rights-of.js';
import { forgetFailedLogins } from './failed-logins.js';
import { requireFreeNames, requireOwnName } from './user-names.js';
import {
  namesIn,
  parseUserDraft,
  profileColumns,
  profileOf,
  profileValues,
  type UserDraft,
  type UserProfile,
} from './user-profile.js';
import { type InactiveReason, storedUserColumns, userColumns, type UserRow, withFailedLogins } from './user-rows.js';

/** First the count of failed logins, then the user, as a login takes them: in the other order each could wait for the other. */
const holdById = statement<UserRow & { readonly account_owner: boolean }>(
  'user.hold',
  `with counted as materialized (
     select 1 from login_attempt where organization_id = $1 and user_id = $2 for update)
   select ${userColumns}, coalesce(g.account_owner_user_id = u.id, false) as account_owner
     from (select count(*) from counted) held cross join app_user u ${withFailedLogins} join organization g on g.id = $1
    where u.organization_id = $1 and u.id = $2 for update of u`,
);
const stored = storedUserColumns.join(', ');
const places = profileColumns.map((_, i) => `$${i + 3}`);
const reasonPlace = `$${profileColumns.length + 3}`;
const pendingPlace = `$${profileColumns.length + 4}`;
const insertUser = statement<UserRow>(
  'user.insert',
  `with u as (
     insert into app_user (organization_id, id, ${profileColumns.join(', ')}, inactive_reason, invitation_pending)
     values ($1, $2, ${places.join(', ')}, ${reasonPlace}, ${pendingPlace}) returning ${stored})
   select ${userColumns} from u ${withFailedLogins}`,
);
const assignments = profileColumns.map((name, i) => `${name} = ${places[i]}`).join(', ');
const updateUser = statement<UserRow>(
  'user.update',
  `with u as (
     update app_user set ${assignments}, inactive_reason = ${reasonPlace}, updated_at = now(),
         invitation_expires_at = case when email is not distinct from ${places[profileColumns.indexOf('email')]} then invitation_expires_at end
      where organization_id = $1 and id = $2 returning ${stored})
   select ${userColumns} from u ${withFailedLogins}`,
);
const rolesHeld = `roles as (
     select user_id as holder_id, role from role_assignment where organization_id = $1 and user_id = $2)`;
/** The memberships are kept apart, for a restore, and the roles are held back; either end is told of all of them. */
const deleteUser = statement<never>(
  'user.delete',
  `with gone as (
     update app_user set deleted_at = now(), updated_at = now() where organization_id = $1 and id = $2),
   left_groups as (
     delete from membership where organization_id = $1 and user_id = $2 returning group_id, user_id),
   kept as (
     insert into former_membership (organization_id, user_id, group_id) select $1, $2, group_id from left_groups),
   ${userEdges('edges', 'left_groups')},
   ${rolesHeld}
   ${eventsInsert(
     4,
     `${membershipEvents('before', 'edges')}
      union all ${roleEvents('before', 'user', 'roles')}
      union all select 'user.deleted', 'user', $2::uuid, $3::jsonb, null::jsonb`,
   )}`,
);
const restoreUser = statement<UserRow>(
  undefined,
  `with u as (
     update app_user set deleted_at = null, updated_at = now() where organization_id = $1 and id = $2 returning ${stored}),
   back as (
     delete from former_membership where organization_id = $1 and user_id = $2 returning group_id, user_id),
   joined as (
     insert into membership (organization_id, user_id, group_id) select $1, $2, group_id from back),
   ${userEdges('edges', 'back')},
   ${rolesHeld},
   told as (${eventsInsert(
     4,
     `${membershipEvents('after', 'edges')}
      union all ${roleEvents('after', 'user', 'roles')}
      union all select 'user.restored', 'user', $2::uuid, null::jsonb, $3::jsonb`,
   )})
   select ${userColumns} from u ${withFailedLogins}`,
);
type Edit = (now: UserProfile) => UserDraft;
type Changes = { readonly [K in keyof UserProfile]?: unknown };

interface Held {
  readonly user: UserRow;
  readonly roles: RolesAtStake;
}

/** Makes, changes, deletes and restores users, each in one transaction with its event in the trail. */
@Injectable()
export class UserWrites {
  constructor(
    private readonly database: Database,
    private readonly administrators: Administrators,
    private readonly audit: AuditTrail,
  ) {}

  /** Within a transaction of whoever brings the way to sign in along: a password, an invitation, another provider. */
  async insert(tx: Transaction, profile: UserProfile, { action, pending }: { action: string; pending: boolean }) {
    const id = newId();
    await requireFreeNames(tx, namesIn(profile));
    requireOwnName(profile);
    const reason = profile.active ? null : reasonFor(tx.caller, profile);
    const [user] = await tx.query(insertUser, [id, ...profileValues(profile), reason, pending]);
    if (!user) throw new Error('the user was not made');
    await this.audit.record(tx, { action, subjectType: 'user', subjectId: id, after: filled(profile) });
    tx.announce({ kind: 'user.created', ids: [id] });
    return user;
  }

  /**
   * `edit` gets what the user is at this moment, and nobody changes it until its result is stored. Whom the caller says
   * to be active has a lock no longer, if the caller may end locks at all.
   */
  async change(caller: Principal, id: string, edit: Edit, { saysActive = false } = {}): Promise<UserRow> {
    return this.database.inTransaction(caller, async (tx) => {
      const user = await this.hold(tx, id);
      if (user.deleted_at !== null) throw new NotFoundError('user');
      const roles = await rolesAtStake(tx, caller, user.id);
      const now = profileOf(user);
      const next = parseUserDraft(edit(now), now);
      const changed = keysThatDiffer(now, next);
      const mayUnlock = !isClosedTo('users:help', caller.kind);
      if (!mayUnlock && next.active && user.inactive_reason === 'tooManyFailedLogons') {
        throw new ForbiddenError('An OAuth client ends no lock that failed logins led to.');
      }
      const unlocked = mayUnlock && next.active && (saysActive || !user.active);
      if (unlocked) await forgetFailedLogins(tx, this.audit, user.id);
      if (changed.length > 0) return this.write(tx, { user, roles }, next, changed);
      return unlocked ? { ...user, temporarily_locked: false } : user;
    });
  }

  async delete(caller: Principal, id: string): Promise<void> {
    await this.database.inTransaction(caller, async (tx) => {
      const user = await this.hold(tx, id);
      if (user.deleted_at !== null) throw new NotFoundError('user');
      if (user.id === caller.userId) throw new ConflictError('Nobody deletes himself.');
      const roles = await rolesAtStake(tx, caller, user.id);
      if (user.account_owner) {
        throw new ConflictError('The owner of the organization’s account cannot be deleted.');
      }
      const values = [user.id, filled(profileOf(user)), ...actorValues(caller)];
      await this.administrators.keepOneOf(tx, roles, () => tx.execute(deleteUser, values));
      tx.announce({ kind: 'user.deleted', ids: [user.id] });
      tx.announce({ kind: 'user.rightsChanged', ids: [user.id] });
    });
  }

  /** With the memberships and roles that are still there. Who restores must have every right that comes back. */
  async restore(caller: Principal, id: string): Promise<UserRow> {
    return this.database.inTransaction(caller, async (tx) => {
      const held = await this.hold(tx, id);
      if (held.deleted_at === null) throw new ConflictError('This user is not deleted.');
      await requireFreeNames(tx, namesIn(profileOf(held)), held.id);
      const [user] = await tx.query(restoreUser, [held.id, filled(profileOf(held)), ...actorValues(caller)]);
      if (!user) throw new Error('the user was not restored');
      await requireRightsOf(tx, caller, user.id);
      tx.announce({ kind: 'user.rightsChanged', ids: [user.id] });
      return user;
    });
  }

  private async hold(tx: Transaction, id: string) {
    const [user] = isId(id) ? await tx.query(holdById, [id]) : [];
    if (!user) throw new NotFoundError('user');
    if (user.system) throw new ForbiddenError('A system user cannot be changed.');
    return user;
  }

  private async write(tx: Transaction, { user, roles }: Held, next: UserProfile, changed: (keyof UserProfile)[]) {
    if (changed.includes('userName') || changed.includes('email')) await requireFreeNames(tx, namesIn(next), user.id);
    if (changed.includes('userName')) requireOwnName(next);
    const switchedOn = next.active && !user.active;
    const switchedOff = !next.active && user.active;

    const reason = switchedOff ? reasonFor(tx.caller, next) : next.active ? null : user.inactive_reason;
    const store = () => tx.query(updateUser, [user.id, ...profileValues(next), reason]);
    const [written] = await (switchedOff ? this.administrators.keepOneOf(tx, roles, store) : store());
    if (!written) throw new Error('the user was not written');

    const before = { ...pick(profileOf(user), changed), ...(switchedOn && reasonOf(user)) };
    const after = { ...pick(next, changed), ...(switchedOff && reasonOf(written)) };
    await this.audit.record(tx, { action: 'user.updated', subjectType: 'user', subjectId: user.id, before, after });
    if (user.invitation_pending && changed.includes('email'))
      tx.announce({ kind: 'user.addressChanged', ids: [user.id] });
    if (switchedOn || switchedOff) tx.announce({ kind: 'user.rightsChanged', ids: [user.id] });
    return written;
  }
}

/** Refused where the caller lacks a right of the user’s, now and later. */
async function rolesAtStake(tx: Transaction, caller: Principal, userId: string): Promise<RolesAtStake> {
  const now = async () => requireRightsOf(tx, caller, userId);
  return { seen: await now(), now };
}

/** A program that brings users from elsewhere switches off those who were switched off there. */
function reasonFor({ actor }: Caller, { externalId }: UserProfile): InactiveReason {
  return actor.type === 'client' && externalId !== null ? 'externalAccountDisabled' : 'manual';
}

function reasonOf({ inactive_reason: inactiveReason }: UserRow) {
  return inactiveReason !== null && { inactiveReason };
}

function keysThatDiffer(now: UserProfile, next: UserProfile): (keyof UserProfile)[] {
  return (Object.keys(next) as (keyof UserProfile)[]).filter((key) => now[key] !== next[key]);
}

function pick(profile: UserProfile, keys: readonly (keyof UserProfile)[]): Changes {
  return Object.fromEntries(keys.map((key) => [key, profile[key]]));
}

function filled(profile: UserProfile): Changes {
  return Object.fromEntries(Object.entries(profile).filter(([, value]) => value !== null));
}
