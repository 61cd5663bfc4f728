import { Injectable, type OnModuleInit } from '@nestjs/common';
import { actorValues, eventsInsert } from '@app/audit';
import { Announcements, statement, type Transaction } from '@app/persistence';

/**
 * A role for each department with its title that these owners have, in the spelling of whoever had it first. One that is
 * there is not written; two who make one at the same moment wait for each other, in one order of the keys.
 */
const makeRoles = statement<never>(
  undefined,
  `insert into business_role (organization_id, name, department, department_key, title, title_key)
   select $1, concat_ws(' - ', department, title), department, department_key, title, title_key
     from (
       select distinct on (o.department_key, o.title_key) o.department, o.department_key, o.title, o.title_key from owner o
        where o.organization_id = $1 and o.id = any($2::uuid[]) and o.deleted_at is null
          and coalesce(o.department_key, o.title_key) is not null
        order by o.department_key, o.title_key, o.created_at, o.id) first
    order by department_key, title_key
   on conflict (organization_id, department_key, title_key) where mined do nothing`,
);

/** Of an owner `o`; one of them at most. Comparing what may be null would look at every role there is. */
const roleOf = ['= o.department_key/= o.title_key', '= o.department_key/is null', 'is null/= o.title_key']
  .map((pair) => pair.split('/'))
  .map(
    ([department, title]) => `select r.id, r.name from business_role r
      where r.organization_id = $1 and r.mined and r.department_key ${department} and r.title_key ${title}
        ${department === 'is null' ? 'and o.department_key is null' : ''} ${title === 'is null' ? 'and o.title_key is null' : ''}`,
  )
  .join(' union all ');

const role = `jsonb_build_object('role', jsonb_build_object('id', r.id, 'name', r.name))`;

/**
 * A new owner's first role is part of how he came, and so is no news; to whoever is deleted no role is left. Links are
 * looked up owner by owner: before anybody has counted them, the planner would look through those of everybody.
 */
const moveOwners = statement<never>(
  undefined,
  `with wanted as materialized (
     select o.id, o.deleted_at is not null as deleted, o.version > 1 as known, r.id as role_id
       from owner o left join lateral (${roleOf}) r on o.deleted_at is null
      where o.organization_id = $1 and o.id = any($2::uuid[])),
   held as materialized (
     select w.id as owner_id, x.role_id, x.origin from wanted w cross join lateral (
       select x.role_id, x.origin from owner_role x where x.organization_id = $1 and x.owner_id = w.id offset 0) x),
   lost as (
     delete from owner_role x using held h join wanted w on w.id = h.owner_id
      where x.organization_id = $1 and x.owner_id = h.owner_id and x.role_id = h.role_id
        and h.role_id is distinct from w.role_id and (h.origin = 'mined' or w.deleted)
     returning x.owner_id, x.role_id),
   got as (
     insert into owner_role (organization_id, owner_id, role_id, origin)
     select $1, w.id, w.role_id, 'mined' from wanted w
      where w.role_id is not null and not exists (
        select from held h where h.owner_id = w.id and h.role_id = w.role_id)
     returning owner_id, role_id)
   ${eventsInsert(
     3,
     `select 'owner.roleRemoved', 'owner', lost.owner_id, ${role}, null::jsonb
        from lost join business_role r on r.organization_id = $1 and r.id = lost.role_id
      union all
      select 'owner.roleAdded', 'owner', got.owner_id, null::jsonb, ${role}
        from got join wanted w on w.id = got.owner_id and w.known
        join business_role r on r.organization_id = $1 and r.id = got.role_id`,
   )}`,
);

/** Keeps the role that follows from an owner's department and title, for whoever changes owners. */
@Injectable()
export class RoleMining implements OnModuleInit {
  constructor(private readonly announcements: Announcements) {}

  /** Last of all: a new role is in the way of others who need it until this transaction ends. */
  onModuleInit(): void {
    this.announcements.on('owners', ['owner.changed', 'owner.deleted'], async (tx, events) => {
      tx.beforeCommit(() => mine(tx, [...new Set(events.flatMap(({ ids }) => ids))]));
    });
  }
}

async function mine(tx: Transaction, ownerIds: readonly string[]): Promise<void> {
  if (ownerIds.length === 0) return;
  await tx.execute(makeRoles, [ownerIds]);
  await tx.query(moveOwners, [ownerIds, ...actorValues(tx.caller)]);
}
