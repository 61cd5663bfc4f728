/** Joins `s`, the owner behind the first user who answers for the connector in role `owner`; there may be none. */
export function sourceOwnerOf(connector: string): string {
  return `left join lateral (
     select so.id, so.name, so.name_key from connector_owner co
       join app_user u on u.organization_id = $1 and u.id = co.user_id and u.deleted_at is null
       join owner so on so.organization_id = $1 and so.user_id = co.user_id and so.deleted_at is null
      where co.organization_id = $1 and co.connector_id = ${connector} and co.role_slug = 'owner'
      order by co.created_at, co.user_id limit 1) s on true`;
}
