import { Injectable } from '@nestjs/common';
import { covers, givableRights, type Principal, rightsFor } from '@app/access';
import { actorValues, eventsInsert } from '@app/audit';
import { ConflictError, ForbiddenError } from '@app/kernel';
import { type Look, lookIn, statement, type Transaction } from '@app/persistence';
import { membershipEvents, roleEvents, userEdges } from '../groups/membership-events.js';
import { personColumns, personOrder, type PersonRow } from '../users/people.js';
import { Administrators } from './administrators.js';

/** Of `g`: the group an organization has from its first day for those who administer it. */
const systemGroups = `select g.id from user_group g
    join role_assignment r on r.organization_id = $1 and r.group_id = g.id and r.role = 'Administrator'
   where g.organization_id = $1 and g.system`;

const listed = statement<PersonRow>(
  'administrator.listed',
  `with holders as (
     select r.user_id from role_assignment r
      where r.organization_id = $1 and r.role = 'Administrator' and r.user_id is not null
     union
     select m.user_id from membership m where m.organization_id = $1 and m.user_id is not null and m.group_id in (${systemGroups}))
   select ${personColumns} from holders h join app_user u on u.organization_id = $1 and u.id = h.user_id
    where u.deleted_at is null and not u.system
      and u.id is distinct from (select o.account_owner_user_id from organization o where o.id = $1)
    order by ${personOrder}`,
);
/** The roles are those from before it. */
const grant = statement<{ id: string; was_one: boolean }>(
  undefined,
  `with made as (
     insert into role_assignment (organization_id, user_id, role) select $1, id, 'Administrator' from unnest($2::uuid[]) id
     on conflict (organization_id, user_id, role) where user_id is not null do nothing returning user_id as holder_id, role),
   told as (${eventsInsert(3, roleEvents('after', 'user', 'made'))})
   select holder_id as id, 'Administrator' = any(roles_of($1, holder_id)) as was_one from made`,
);
const revoke = statement<never>(
  undefined,
  `with ended as (
     delete from role_assignment where organization_id = $1 and role = 'Administrator' and user_id = any($2::uuid[])
     returning user_id as holder_id, role),
   gone as (
     delete from membership where organization_id = $1 and user_id = any($2::uuid[]) and group_id in (${systemGroups})
     returning group_id, user_id),
   ${userEdges('edges', 'gone')}
   ${eventsInsert(3, `${roleEvents('before', 'user', 'ended')} union all ${membershipEvents('before', 'edges')}`)}`,
);
/** Whoever is one of them, or would be one again once he is restored. */
const hold = statement<{ id: string }>(
  undefined,
  `select u.id from app_user u
    where u.organization_id = $1 and u.id in (
      select r.user_id from role_assignment r where r.organization_id = $1 and r.role = 'Administrator' and r.user_id is not null
      union all
      select m.user_id from membership m where m.organization_id = $1 and m.group_id in (${systemGroups})
      union all
      select f.user_id from former_membership f where f.organization_id = $1 and f.group_id in (${systemGroups}))
    order by u.id for key share of u`,
);
/** Nobody saw a role or a membership of theirs, so nothing tells of it. */
const forgetDeleted = statement<never>(
  undefined,
  `with gone as materialized (
     select u.id from app_user u where u.organization_id = $1 and u.id = any($2::uuid[]) and u.deleted_at is not null),
   ended as (
     delete from role_assignment r
      where r.organization_id = $1 and r.role = 'Administrator' and r.user_id in (select gone.id from gone))
   delete from former_membership f
    where f.organization_id = $1 and f.user_id in (select gone.id from gone) and f.group_id in (${systemGroups})`,
);
const stillThere = statement<{ id: string }>(
  undefined,
  `select id from unnest($2::uuid[]) id where 'Administrator' = any(roles_of($1, id)) limit 1`,
);

/**
 * The Administrators of an organization by name: those who hold the role themselves or are in its system group. Whoever
 * answers for the account is one of them anyway and never listed; whoever holds the role through another group is in the
 * hands of those who keep that group.
 */
@Injectable()
export class ListedAdministrators {
  constructor(private readonly administrators: Administrators) {}

  async list(look: Look): Promise<PersonRow[]> {
    return look(listed, []);
  }

  /**
   * Nobody of them is deleted until the transaction ends, nor restored who was one of them. It comes before names of people
   * are held: whoever restores a user holds him before that.
   *
   * @returns their ids, also of those who are deleted
   */
  async hold(tx: Transaction): Promise<string[]> {
    return (await tx.query(hold)).map(({ id }) => id);
  }

  /** They stay who they are until the transaction ends, as far as nobody in it changes that. */
  async listHeld(tx: Transaction): Promise<PersonRow[]> {
    await this.administrators.holdAll(tx);
    return this.list(lookIn(tx));
  }

  /** Who of those that are held is deleted does not come back as one of them. */
  async forgetDeleted(tx: Transaction, heldIds: readonly string[]): Promise<void> {
    await tx.execute(forgetDeleted, [heldIds]);
  }

  /** @returns who was none before, in whatever way */
  async grant(tx: Transaction, caller: Principal, userIds: readonly string[]): Promise<string[]> {
    if (userIds.length === 0) return [];
    requireMayGive(caller);
    const made = await tx.query(grant, [userIds, ...actorValues(tx.caller)]);
    tx.announce({ kind: 'user.rightsChanged', ids: made.map(({ id }) => id) });
    return made.flatMap((one) => (one.was_one ? [] : [one.id]));
  }

  /** They are none afterwards, by whatever way they were, or nothing is done. */
  async revoke(tx: Transaction, caller: Principal, userIds: readonly string[]): Promise<void> {
    if (userIds.length === 0) return;
    requireMayGive(caller);
    await this.administrators.keepOne(tx, async () => {
      await tx.execute(revoke, [userIds, ...actorValues(tx.caller)]);
      if ((await tx.query(stillThere, [userIds])).length === 0) return;
      throw new ConflictError(
        'Somebody who would be no Administrator any more is one through a group too: take him out of that group first.',
      );
    });
    tx.announce({ kind: 'user.rightsChanged', ids: userIds });
  }
}

function requireMayGive(caller: Principal): void {
  if (covers(givableRights(caller), rightsFor(['Administrator']))) return;
  throw new ForbiddenError('You lack rights that Administrator gives.');
}
