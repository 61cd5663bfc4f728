/** As many as one change of members can name: more than that are told of in several events. */
const membersOfAnEvent = 1_000;

/**
 * Text of a query for the events of all memberships in `edges`, a table giving `group_id`, `group_name`, `member_id`,
 * `member_type` (User or Group) and `member_name`: what a change of members records, for the groups and for each member.
 */
export function membershipEvents(side: 'before' | 'after', edges: string): string {
  const [ofGroup, ofMember] = side === 'after' ? ['memberAdded', 'groupJoined'] : ['memberRemoved', 'groupLeft'];
  const told = (document: string) => (side === 'before' ? `${document}, null::jsonb` : `null::jsonb, ${document}`);
  const named = `jsonb_build_object('id', member_id, 'type', member_type, 'name', member_name)`;
  const members = `jsonb_build_object('members', jsonb_agg(${named} order by member_name, member_id))`;
  return `select 'group.${ofGroup}' as action, 'group' as subject_type, group_id as subject_id, ${told(members)}
      from (select *, row_number() over (partition by group_id order by member_name, member_id) as nth from ${edges}) edge
     group by group_id, (nth - 1) / ${membersOfAnEvent}
    union all
    select lower(member_type) || '.${ofMember}', lower(member_type), member_id,
      ${told(`jsonb_build_object('group', jsonb_build_object('id', group_id, 'name', group_name))`)} from ${edges}`;
}

/** Text of such edges, called `name`, of users: `pairs` is a table giving `group_id` and `user_id`. */
export function userEdges(name: string, pairs: string): string {
  return `${name} as materialized (
     select g.id as group_id, g.name as group_name, u.id as member_id, 'User' as member_type, u.user_name as member_name
       from ${pairs} e join user_group g on g.organization_id = $1 and g.id = e.group_id
       join app_user u on u.organization_id = $1 and u.id = e.user_id)`;
}

/** Like `membershipEvents`, for roles in `roles`, a table giving `holder_id` and `role`, all held by users or all by groups. */
export function roleEvents(side: 'before' | 'after', holder: 'user' | 'group', roles: string): string {
  const role = `jsonb_build_object('role', role)`;
  return side === 'before'
    ? `select 'role.revoked', '${holder}', holder_id, ${role}, null::jsonb from ${roles}`
    : `select 'role.granted', '${holder}', holder_id, null::jsonb, ${role} from ${roles}`;
}
