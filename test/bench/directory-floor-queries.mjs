// What the floor answers of the directory: the rows of the public calls, field for field, from named statements. Written
// out on their own, so that a mistake in the server's shows as a difference.
const user = `u.id, u.created_at, u.updated_at, u.external_id, u.system, u.user_name, u.display_name, u.active, u.inactive_reason,
  u.email, u.unix_home_directory, u.unix_user_name, u.user_principal_name, u.invitation_pending, u.invitation_expires_at,
  u.deleted_at, coalesce(l.locked_until > now(), false) as temporarily_locked`;
const tally = (where) =>
  `select coalesce(sum(delta), 0)::int as total from directory_tally where organization_id = $1 and kind = 'user' and not deleted ${where}`;
const counted = (where) =>
  `select count(*)::int as total from app_user u where u.organization_id = $1 and u.deleted_at is null ${where}`;

const lists = {
  userName: { order: 'u.user_name_key, u.id', count: tally('') },
  displayName: { order: 'u.display_name_key, u.id', count: tally('') },
  created: { order: 'u.created_at desc, u.id desc', count: tally('') },
  modified: { order: 'u.updated_at, u.id', count: tally('') },
  deep: { order: 'u.user_name_key, u.id', count: tally(''), offset: 10_000 },
  inactive: { where: 'and not u.active', order: 'u.user_name_key, u.id', count: tally('and not active') },
  external: {
    where: 'and u.external_id is not null',
    order: 'u.user_name_key, u.id',
    count: tally('and external'),
  },
  email: { where: 'and u.email_key = $2', order: 'u.user_name_key, u.id', count: counted('and u.email_key = $2') },
  part: {
    where: 'and u.user_name_key like $2',
    order: 'u.user_name_key, u.id',
    count: counted('and u.user_name_key like $2'),
  },
};

/** `{count, page, present}` by the name of a list. */
export const userLists = Object.fromEntries(
  Object.entries(lists).map(([name, { where = '', order, count, offset = 0 }]) => [
    name,
    {
      count: { name: `floor-users-count-${name}`, text: count },
      page: {
        name: `floor-users-${name}`,
        text: `with page as (
            select u.id from app_user u where u.organization_id = $1 and u.deleted_at is null ${where}
             order by ${order} limit 100 offset ${offset})
          select ${user} from page join app_user u on u.organization_id = $1 and u.id = page.id
            left join login_attempt l on l.organization_id = $1 and l.user_id = u.id order by ${order}`,
      },
      present: ([{ total }], rows) => ({ totalCount: total, data: rows.map(presentUser) }),
    },
  ]),
);

export const groupsOfUser = {
  name: 'floor-groups-of-user',
  text: `select g.id, g.name, bool_or(r.direct) as direct from (
      select m.group_id as id, true as direct from membership m where m.organization_id = $1 and m.user_id = $2
      union all
      select c.ancestor_id, false from membership m
        join group_closure c on c.organization_id = $1 and c.descendant_id = m.group_id
       where m.organization_id = $1 and m.user_id = $2) r
     join user_group g on g.organization_id = $1 and g.id = r.id
    group by g.id, g.name, g.name_key order by g.name_key, g.id`,
  present: (rows) => rows.map(({ id, name, direct }) => ({ membershipType: direct ? 'direct' : 'indirect', id, name })),
};

function presentUser(row) {
  return {
    _id: row.id,
    _created: row.created_at,
    _modified: row.updated_at,
    ...(row.external_id !== null && { externalId: row.external_id }),
    system: row.system,
    userName: row.user_name,
    displayName: row.display_name,
    active: row.active,
    ...(row.inactive_reason !== null && { inactiveReason: row.inactive_reason }),
    ...(row.email !== null && { email: row.email }),
    ...(row.unix_home_directory !== null && { unixHomeDirectory: row.unix_home_directory }),
    ...(row.unix_user_name !== null && { unixUserName: row.unix_user_name }),
    ...(row.user_principal_name !== null && { userPrincipalName: row.user_principal_name }),
    invitationPending: row.invitation_pending,
    ...(row.invitation_expires_at !== null && { invitationExpiry: row.invitation_expires_at }),
    ...(row.deleted_at !== null && { deleted: row.deleted_at }),
    temporarilyLocked: row.temporarily_locked,
  };
}
