// Who owns a connector, beside the floor: one of them, and a page of a hundred, in an organization where one in two
// people signs in here.
import { besideFloor } from './beside-floor.mjs';

const pageSize = 100;

export async function measureConnectorOwners(setup, options, say) {
  const { client } = setup.database;
  await fill(setup);
  const { rows } = await client.query(
    `select c.id, c.application_id, min(w.user_id::text) as user_id from connector c
       join connector_owner w on w.connector_id = c.id where c.authoritative group by 1, 2`,
  );
  const [{ id, application_id, user_id }] = rows;
  const owners = `/api/v2/apps/${application_id}/connectors/${id}/owners/users`;
  const reads = [
    {
      title: 'an owner of a connector',
      floorTarget: `/connector-owners/one/${application_id}/${id}/owner/${user_id}`,
      target: `${owners}/owner/${user_id}`,
    },
    {
      title: `page of ${pageSize} owners of a connector`,
      floorTarget: `/connector-owners/page/${application_id}/${id}`,
      target: `${owners}?page_size=${pageSize}`,
    },
  ];
  return besideFloor(setup, reads, options, say);
}

/** A user for every second governed person; a hundred of all over own the directory's connector. */
async function fill({ database: { client }, organization }) {
  await client.query(
    `insert into app_user (organization_id, id, user_name, user_name_key, display_name, display_name_key, email, email_key)
     select $1, new_id(), o.email, o.email_key, o.name, o.name_key, o.email, o.email_key from owner o
      where o.organization_id = $1 and o.deleted_at is null and hashtext(o.id::text) % 2 = 0`,
    [organization],
  );
  // A table that was empty when it was last looked at is joined row by row.
  await client.query('analyze app_user');
  await client.query(
    `update owner o set user_id = u.id from app_user u
      where o.organization_id = $1 and u.organization_id = $1 and u.email_key = o.email_key`,
    [organization],
  );
  await client.query(
    `insert into connector_owner (organization_id, connector_id, role_slug, user_id)
     select $1, c.id, 'owner', u.user_id from connector c
      cross join (select user_id from owner where organization_id = $1 and user_id is not null
                   order by hashtext(id::text) limit $2) u
      where c.organization_id = $1 and c.authoritative`,
    [organization, pageSize],
  );
  await client.query('vacuum analyze');
}
