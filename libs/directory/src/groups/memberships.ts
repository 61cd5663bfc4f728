import { Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import { isId, NotFoundError } from '@app/kernel';
import { Database, type Statement, statement } from '@app/persistence';
import { largestPage, unseen } from '../directory-search.js';

export type MembershipType = 'direct' | 'indirect';
export type PrincipalType = 'User' | 'Group';

export interface GroupMembershipRow {
  readonly id: string;
  readonly name: string;
  readonly direct: boolean;
}

export interface MemberRow extends GroupMembershipRow {
  readonly type: PrincipalType;
}

export interface MemberFilter {
  readonly membershipType?: MembershipType | undefined;
  readonly principalType?: PrincipalType | undefined;
}

/** All members at once, or some of them in their order. */
export interface MemberPage {
  readonly limit: number;
  readonly offset: number;
}

/** One row for a principal that is in no group, with nothing in it; none for a principal that does not exist. */
type Found<Row> = Row | { readonly id: null };

/** `direct` decides which ones are wanted: null for all. Each group once; one that is both is direct. */
const groupsOf = (principal: string, member: string, above: string) =>
  `with principal as (${principal}),
     reached as (
       select r.id, bool_or(r.direct) as direct from (
         select m.group_id as id, true as direct from membership m where m.organization_id = $1 and m.${member} = $2
         union all
         ${above}) r
        group by r.id)
   select g.id, g.name, g.direct from principal left join (
     select g.id, g.name, g.name_key, r.direct from reached r
       join user_group g on g.organization_id = $1 and g.id = r.id and g.kind = 'directory'
      where $3::boolean is null or r.direct = $3) g on true
    order by g.name_key, g.id`;

const groupsOfUser = statement<Found<GroupMembershipRow>>(
  'membership.groups-of-user',
  groupsOf(
    `select id from app_user where organization_id = $1 and id = $2`,
    'user_id',
    `select c.ancestor_id, false from membership m
       join group_closure c on c.organization_id = $1 and c.descendant_id = m.group_id
      where m.organization_id = $1 and m.user_id = $2`,
  ),
);
const groupsOfGroup = statement<Found<GroupMembershipRow>>(
  'membership.groups-of-group',
  groupsOf(
    `select id from user_group where organization_id = $1 and id = $2 and kind = 'directory'`,
    'member_group_id',
    `select c.ancestor_id, false from group_closure c where c.organization_id = $1 and c.descendant_id = $2`,
  ),
);

/** The group `$2` and, unless `$3` asks for what is in it directly, all groups it holds. */
const circle = `circle as (
     select $2::uuid as id
     union all
     select c.descendant_id from group_closure c
      where c.organization_id = $1 and c.ancestor_id = $2 and $3::boolean is distinct from true)`;
const wanted = (direct: string) => `($3::boolean is null or ${direct} = $3)`;
const isDirect = (member: string, id: string) => `exists (
  select 1 from membership own where own.organization_id = $1 and own.${member} = ${id} and own.group_id = $2)`;

const gathered = `with ${circle},
   users as (
     select m.user_id as id, bool_or(m.group_id = $2) as direct from circle
       join membership m on m.organization_id = $1 and m.group_id = circle.id
      where m.user_id is not null and $4::text is distinct from 'Group' group by m.user_id),
   groups as (
     select c.descendant_id as id, ${isDirect('member_group_id', 'c.descendant_id')} as direct from group_closure c
      where c.organization_id = $1 and c.ancestor_id = $2 and $4::text is distinct from 'User')
   select p.id, p.name, p.type, p.direct from (
     select g.id, g.name, g.name_key, 'Group' as type, m.direct from groups m
       join user_group g on g.organization_id = $1 and g.id = m.id
     union all
     select u.id, u.user_name, u.user_name_key, 'User', m.direct from users m
       join app_user u on u.organization_id = $1 and u.id = m.id) p
    where ${wanted('p.direct')}
    order by p.name_key, p.id`;

/** So many users are asked, and so many rows of a page and before it are looked for, before gathering is the better way. */
const mostAsked = 20_000;
const furthestWalked = 5_000;

/** `complete` unless more users would have to be asked to know what is on the page. */
interface WalkedRow extends MemberRow {
  readonly complete: boolean;
}

/**
 * Where many users are members, the first in order are found by asking one after another. Either side gives as many as
 * the page could need; whose membership is direct is asked of those on it, unless it decides who is on it.
 */
function walked({ membershipType }: MemberFilter): Statement<WalkedRow> {
  const narrowed = (member: string, id: string) =>
    membershipType === undefined ? '' : `and ${membershipType === 'direct' ? '' : 'not'} ${isDirect(member, id)}`;
  const upTo = `limit $4::bigint + $5::bigint`;
  return statement(
    undefined,
    `with users as materialized (
       select u.id, u.name, u.name_key, 'User' as type from (
         select o.id, o.user_name as name, o.user_name_key as name_key from app_user o
          where o.organization_id = $1 and o.deleted_at is null order by o.user_name_key, o.id limit ${mostAsked}) u
        where exists (
           select 1 from membership m where m.organization_id = $1 and m.user_id = u.id and (m.group_id = $2 or exists (
             select 1 from group_closure c
              where c.organization_id = $1 and c.descendant_id = m.group_id and c.ancestor_id = $2)))
          ${narrowed('user_id', 'u.id')}
        order by u.name_key, u.id ${upTo}),
     page as (
       select p.id, p.name, p.name_key, p.type from (
         table users
         union all
         (select g.id, g.name, g.name_key, 'Group' from user_group g
           where g.organization_id = $1 and g.kind = 'directory' and $3::text is distinct from 'User' and exists (
             select 1 from group_closure c
              where c.organization_id = $1 and c.descendant_id = g.id and c.ancestor_id = $2)
             ${narrowed('member_group_id', 'g.id')}
           order by g.name_key, g.id ${upTo})) p
        order by p.name_key, p.id limit $4 offset $5)
     select p.id, p.name, p.type, (select count(*) from users) = $4::bigint + $5::bigint as complete,
            case p.type when 'User' then ${isDirect('user_id', 'p.id')} else ${isDirect('member_group_id', 'p.id')} end as direct
       from page p order by p.name_key, p.id`,
  );
}

const paged = (text: string) =>
  `select id, name, type, direct from (${text} limit ${largestPage} offset ${unseen(6)}) page limit ${unseen(5)}`;
const allMembers = statement<MemberRow>('membership.members', gathered);
const gatheredPage = statement<MemberRow>('membership.members-gathered', paged(gathered));

/** Above so many memberships, asking users one after another finds the first page sooner than gathering them all. */
const many = 20_000;
const sizeOf = statement<{ memberships: number }>(
  'membership.size',
  `with ${circle}
   select count(*)::int as memberships from (
     select 1 from circle join membership m on m.organization_id = $1 and m.group_id = circle.id limit ${many}) counted`,
);
const isGroup = statement<{ id: string }>(
  'membership.is-group',
  `select id from user_group where organization_id = $1 and id = $2 and kind = 'directory'`,
);

/** Who is in which group: directly, or through groups in it at any depth. Both together name each principal once. */
@Injectable()
export class Memberships {
  constructor(private readonly database: Database) {}

  async groupsOfUser(caller: Caller, userId: string, type?: MembershipType): Promise<GroupMembershipRow[]> {
    return (await this.find(caller, groupsOfUser, userId, type)) ?? missing('user');
  }

  async groupsOfGroup(caller: Caller, groupId: string, type?: MembershipType): Promise<GroupMembershipRow[]> {
    return (await this.find(caller, groupsOfGroup, groupId, type)) ?? missing('group');
  }

  async groupsOfPrincipal(caller: Caller, id: string, type?: MembershipType): Promise<GroupMembershipRow[]> {
    const ofUser = await this.find(caller, groupsOfUser, id, type);
    return ofUser ?? (await this.find(caller, groupsOfGroup, id, type)) ?? missing('principal');
  }

  /** By name, users and groups in one order. */
  async members(caller: Caller, groupId: string, filter: MemberFilter, page?: MemberPage): Promise<MemberRow[]> {
    if (!isId(groupId) || (await this.database.query(caller, isGroup, [groupId])).length === 0) missing('group');
    const values = [groupId, directness(filter.membershipType), filter.principalType ?? null];
    if (!page) return this.database.query(caller, allMembers, values);

    const slice = [page.limit, page.offset];
    const walk = await this.walk(caller, filter, values, slice);
    return walk ?? this.database.query(caller, gatheredPage, [...values, ...slice]);
  }

  /** Undefined where gathering is the better way, or turns out to be: where members come late in the order. */
  private async walk(
    caller: Caller,
    filter: MemberFilter,
    values: readonly unknown[],
    [limit = 0, offset = 0]: readonly number[],
  ): Promise<MemberRow[] | undefined> {
    if (filter.principalType === 'Group' || limit + offset > furthestWalked) return undefined;
    const [size] = await this.database.query(caller, sizeOf, values.slice(0, 2));
    if ((size?.memberships ?? 0) < many) return undefined;
    const [groupId, , type] = values;
    const rows = await this.database.query(caller, walked(filter), [groupId, type, limit, offset]);
    return rows[0]?.complete
      ? rows.map(({ id, name, type: kind, direct }) => ({ id, name, type: kind, direct }))
      : undefined;
  }

  private async find(
    caller: Caller,
    groups: Statement<Found<GroupMembershipRow>>,
    id: string,
    type: MembershipType | undefined,
  ): Promise<GroupMembershipRow[] | undefined> {
    const rows = isId(id) ? await this.database.query(caller, groups, [id, directness(type)]) : [];
    return rows.length === 0 ? undefined : rows.filter((row) => row.id !== null);
  }
}

function directness(type: MembershipType | undefined): boolean | null {
  return type === undefined ? null : type === 'direct';
}

function missing(what: string): never {
  throw new NotFoundError(what);
}
