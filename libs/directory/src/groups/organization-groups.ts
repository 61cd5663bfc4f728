import { Injectable } from '@nestjs/common';
import { actorValues, type AuditEvent, AuditTrail, eventsInsert } from '@app/audit';
import { fold } from '@app/kernel';
import { type Look, statement, type Transaction } from '@app/persistence';
import { personColumns, personOrder, type PersonRow } from '../users/people.js';
import { membershipEvents, userEdges } from './membership-events.js';

export interface OrganizationGroup {
  readonly id: string;
  readonly name: string;
}

export interface OrganizationGroupWithMembers extends OrganizationGroup {
  readonly members: readonly PersonRow[];
}

/** A group and exactly who is to be in it. */
export interface GroupMembers {
  readonly groupId: string;
  readonly userIds: readonly string[];
}

/** What becomes of the groups, judged by what there is afterwards: two may change names. */
export interface GroupEdits {
  readonly deleted: readonly OrganizationGroup[];
  readonly renamed: readonly (OrganizationGroup & { readonly formerName: string })[];
  readonly made: readonly OrganizationGroup[];
  readonly members: readonly GroupMembers[];
}

interface GroupRow extends OrganizationGroup {
  /** Ids with commas between them; null where there is nobody. */
  readonly members: string | null;
}

const kind = 'org_group';

const listGroups = statement<GroupRow>(
  'organization-group.list',
  `select g.id, g.name, (
     select string_agg(m.user_id::text, ',') from membership m where m.organization_id = $1 and m.group_id = g.id) as members
     from user_group g
    where g.organization_id = $1 and g.kind = '${kind}' and ($2::uuid is null or g.id = $2)
    order by g.name_key, g.id`,
);
/** Each once, of however many groups: two hundred thousand memberships may be of a few people. */
const listMembers = statement<PersonRow>(
  'organization-group.members',
  `select ${personColumns} from app_user u
    where u.organization_id = $1 and u.deleted_at is null and u.id in (
      select m.user_id from user_group g join membership m on m.organization_id = $1 and m.group_id = g.id
       where g.organization_id = $1 and g.kind = '${kind}' and ($2::uuid is null or g.id = $2))
    order by ${personOrder}`,
);
/** Others may point at them meanwhile, as whoever deletes or restores a user does, who holds him already. */
const holdGroups = statement<OrganizationGroup>(
  undefined,
  `select id, name from user_group where organization_id = $1 and kind = '${kind}' order by id for no key update`,
);
/** Whoever is in one of them, or would be back in it once he is restored. */
const holdMembers = statement<never>(
  undefined,
  `select u.id from app_user u
    where u.organization_id = $1 and u.id in (
      select m.user_id from membership m where m.organization_id = $1 and m.group_id = any($2::uuid[])
      union all
      select f.user_id from former_membership f where f.organization_id = $1 and f.group_id = any($2::uuid[]))
    order by u.id for key share of u`,
);
const deleteGroups = statement<never>(
  undefined,
  `delete from user_group where organization_id = $1 and kind = '${kind}' and id = any($2::uuid[])`,
);
/** A name that none can have, until each has its own: an index looks at one row after another. */
const loseNames = statement<never>(
  undefined,
  `update user_group set name_key = chr(1) || id::text where organization_id = $1 and id = any($2::uuid[])`,
);
const columns = `jsonb_to_recordset($2::jsonb) as w (id uuid, name text, name_key text)`;
const giveNames = statement<never>(
  undefined,
  `update user_group g set name = w.name, name_key = w.name_key, updated_at = now() from ${columns}
    where g.organization_id = $1 and g.id = w.id`,
);
const insertGroups = statement<never>(
  undefined,
  `insert into user_group (organization_id, id, kind, name, name_key) select $1, w.id, '${kind}', w.name, w.name_key from ${columns}`,
);
/**
 * Of the groups `$2`; `$3` and `$4` are who is to be in which, one beside the other. Whoever is deleted is not among them,
 * and does not come back into them: nobody saw him in one, so nothing tells of it.
 */
const setMembers = statement<never>(
  undefined,
  `with wanted as materialized (
     select w.group_id, w.user_id from unnest($3::uuid[], $4::uuid[]) w (group_id, user_id)),
   gone as (
     delete from membership m
      where m.organization_id = $1 and m.group_id = any($2::uuid[])
        and not exists (select from wanted w where w.group_id = m.group_id and w.user_id = m.user_id)
      returning m.group_id, m.user_id),
   come as (
     insert into membership (organization_id, group_id, user_id) select $1, group_id, user_id from wanted
     on conflict (organization_id, user_id, group_id) where user_id is not null do nothing returning group_id, user_id),
   forgotten as (
     delete from former_membership f where f.organization_id = $1 and f.group_id = any($2::uuid[])),
   ${userEdges('lost', 'gone')},
   ${userEdges('won', 'come')}
   ${eventsInsert(5, `${membershipEvents('before', 'lost')} union all ${membershipEvents('after', 'won')}`)}`,
);

/**
 * Groups of the organization's account: sets of users and nothing else. They give no roles, are in no other group, and
 * the directory's lists do not show them.
 */
@Injectable()
export class OrganizationGroups {
  constructor(private readonly audit: AuditTrail) {}

  /** By name, each with its members; or the one of that id. */
  async list(look: Look, id?: string): Promise<OrganizationGroupWithMembers[]> {
    const groups = await look(listGroups, [id ?? null]);
    const people = await look(listMembers, [id ?? null]);
    const places = new Map(people.map((person, place) => [person.id, place]));
    return groups.map(({ members, ...group }) => {
      const found = (members?.split(',') ?? []).flatMap((userId) => places.get(userId) ?? []);
      return { ...group, members: found.toSorted((a, b) => a - b).map((place) => people[place]!) };
    });
  }

  /**
   * Nobody changes one of them until the transaction ends. It may take long, however few people are named: each may be in
   * every group, and who leaves is not named at all.
   */
  async hold(tx: Transaction): Promise<OrganizationGroup[]> {
    await tx.takeLong();
    return tx.query(holdGroups);
  }

  /**
   * Nobody who is in these groups is deleted until the transaction ends, nor restored who was in them. It comes before names
   * of people are held and before the groups are changed: whoever deletes or restores a user holds him before all that.
   */
  async holdMembers(tx: Transaction, groups: readonly OrganizationGroup[]): Promise<void> {
    if (groups.length > 0) await tx.query(holdMembers, [groups.map(({ id }) => id)]);
  }

  /** The groups and their members are held; names are free where everything is done. A constant number of statements, however many. */
  async apply(tx: Transaction, { deleted, renamed, made, members }: GroupEdits): Promise<void> {
    await this.delete(tx, deleted);
    await this.rename(tx, renamed);
    await this.make(tx, made);
    await this.setMembers(tx, members);
  }

  private async delete(tx: Transaction, groups: readonly OrganizationGroup[]): Promise<void> {
    if (groups.length === 0) return;
    await this.setMembers(
      tx,
      groups.map(({ id }) => ({ groupId: id, userIds: [] })),
    );
    await tx.execute(deleteGroups, [groups.map(({ id }) => id)]);
    await this.audit.recordAll(
      tx,
      groups.map(({ id, name }) => event('group.deleted', id, { before: { name } })),
    );
  }

  private async rename(tx: Transaction, groups: GroupEdits['renamed']): Promise<void> {
    if (groups.length === 0) return;
    await tx.execute(loseNames, [groups.map(({ id }) => id)]);
    await tx.execute(giveNames, [named(groups)]);
    await this.audit.recordAll(
      tx,
      groups.map(({ id, name, formerName }) => {
        return event('group.updated', id, { before: { name: formerName }, after: { name } });
      }),
    );
  }

  private async make(tx: Transaction, groups: readonly OrganizationGroup[]): Promise<void> {
    if (groups.length === 0) return;
    await tx.execute(insertGroups, [named(groups)]);
    await this.audit.recordAll(
      tx,
      groups.map(({ id, name }) => event('group.created', id, { after: { name, kind } })),
    );
  }

  private async setMembers(tx: Transaction, sets: readonly GroupMembers[]): Promise<void> {
    if (sets.length === 0) return;
    const groupIds = sets.map(({ groupId }) => groupId);
    const memberships = sets.flatMap(({ groupId, userIds }) => userIds.map((userId) => ({ groupId, userId })));
    const wanted = [memberships.map(({ groupId }) => groupId), memberships.map(({ userId }) => userId)];
    await tx.execute(setMembers, [groupIds, ...wanted, ...actorValues(tx.caller)]);
  }
}

function event(action: string, subjectId: string, told: Pick<AuditEvent, 'before' | 'after'>): AuditEvent {
  return { action, subjectType: 'group', subjectId, ...told };
}

function named(groups: readonly OrganizationGroup[]): string {
  return JSON.stringify(groups.map(({ id, name }) => ({ id, name, name_key: fold(name) })));
}
