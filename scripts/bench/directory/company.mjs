// Users and nested groups of a large organization, made by the database itself: the same number gives the same company.
const groupCount = 10_000;
const levels = 12;
const memberCount = 100_000;

/** Users with and without an address, a few switched off, a few of another directory; then groups and who is in them. */
export async function fill({ database: { client }, organization }, users) {
  await client.query(
    `insert into app_user (organization_id, id, user_name, user_name_key, display_name, display_name_key, email, email_key,
       active, inactive_reason, external_id, created_at, updated_at)
     select $1, new_id(), 'person.' || n, 'person.' || n, d.name || ' ' || n, lower(d.name) || ' ' || n,
            e.address, e.address, n % 50 <> 0, case when n % 50 = 0 then 'manual' end, case when n % 40 = 0 then 'x-' || n end,
            timestamptz '2026-01-01' + n * interval '3 s', timestamptz '2026-06-01' + n * interval '2 s'
       from generate_series(1, $2::int) n
       cross join lateral (select (array['Ada', 'Bo', 'Chen', 'Dana', 'Elif', 'Farah'])[1 + n % 6] as name) d
       cross join lateral (select case when n % 10 < 8 then 'person.' || n || '@example.com' end as address) e`,
    [organization, users],
  );
  await client.query(
    `insert into user_group (organization_id, id, name, name_key)
     select $1, new_id(), 'Team ' || n, 'team ' || n from generate_series(1, $2::int) n`,
    [organization, groupCount],
  );
  await nest(client, organization);
  await client.query(
    `insert into membership (organization_id, group_id, user_id)
     select distinct on (u.id, g.id) $1::uuid, g.id, u.id
       from (select id, row_number() over (order by id) as n from app_user
              where organization_id = $1 and user_name_key like 'person.%' order by id limit $2) u
       cross join generate_series(1, 2) k
       join (select id, row_number() over (order by id) as n from user_group where organization_id = $1 and not system) g
         on g.n = 1 + (u.n * 7919 + k * 104729) % $3`,
    [organization, memberCount, groupCount],
  );
  await client.query('vacuum analyze');
}

/** One group on top, then eleven levels; each group is in one of the level above, each tenth in two. */
async function nest(client, organization) {
  await client.query(
    `with placed as (
       select id, row_number() over (order by id) as n from user_group where organization_id = $1 and not system),
     leveled as (
       select id, n, case when n = 1 then 1 else 2 + (n - 2) * ($2 - 1) / ($3 - 1) end as level from placed),
     numbered as (
       select id, n, level, row_number() over (partition by level order by n) as place, count(*) over (partition by level) as width
         from leveled)
     insert into membership (organization_id, group_id, member_group_id)
     select distinct $1::uuid, above.id, below.id from numbered below
       cross join generate_series(0, 1) k
       join numbered above on above.level = below.level - 1
        and above.place = 1 + (below.place * 31 + k * 17) % above.width
      where k = 0 or below.n % 10 = 0`,
    [organization, levels, groupCount],
  );
  await client.query(
    `with recursive way as (
       select group_id as ancestor_id, member_group_id as descendant_id from membership
        where organization_id = $1 and member_group_id is not null
       union all
       select w.ancestor_id, m.member_group_id from way w
         join membership m on m.organization_id = $1 and m.group_id = w.descendant_id and m.member_group_id is not null)
     insert into group_closure (organization_id, ancestor_id, descendant_id, paths)
     select $1, ancestor_id, descendant_id, count(*) from way group by 2, 3`,
    [organization],
  );
}
