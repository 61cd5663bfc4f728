// What the floor answers of those who own a connector: who they are, and where what is known of them comes from.
const person = `u.id, u.user_name, u.display_name, u.email, u.external_id, u.system, u.active, u.created_at,
  greatest(u.updated_at, o.updated_at) as updated_at,
  array(select distinct h.role from user_role h where h.organization_id = $1 and h.user_id = u.id) as roles,
  o.id as owner_id, o.owner_type, o.status, o.email as owner_email, o.alt_email, o.department, o.title, o.employment_type,
  o.identity_id, o.metadata, d.id as directory_id, m.id as manager_user_id`;
const joins = `join app_user u on u.organization_id = $1 and u.id = w.user_id and u.deleted_at is null
  left join owner o on o.organization_id = $1 and o.user_id = u.id and o.deleted_at is null
  left join connector f on f.organization_id = $1 and f.id = o.connector_id
  left join application d on d.organization_id = $1 and d.id = f.application_id and d.is_directory and d.deleted_at is null
  left join owner s on s.organization_id = $1 and s.id = o.manager_id and s.deleted_at is null
  left join app_user m on m.organization_id = $1 and m.id = s.user_id and m.deleted_at is null`;
const ownership = `select w.role_slug, w.created_at as since, ${person} from connector c
  join connector_owner w on w.organization_id = $1 and w.connector_id = c.id ${joins}
 where c.organization_id = $1 and c.application_id = $2 and c.id = $3 and c.deleted_at is null`;

export const connectorOwners = {
  one: { name: 'floor-connector-owner', text: `${ownership} and w.role_slug = $4 and w.user_id = $5` },
  page: { name: 'floor-connector-owners', text: `${ownership} order by w.role_slug, w.user_id limit 101` },
};

/** Of the fields that the feed of the bench maps, which are all in the account's own columns or attributes. */
const origins = (name, which) => ({
  name,
  text: `select o.id as owner_id, g.owner_field, c.application_id, a.id as account_id, g.account_attribute, g.id as mapping_id,
      case g.account_attribute when 'name' then a.name when 'email' then a.email
        else a.attributes ->> substr(g.account_attribute, 12) end as value
    from owner o
    join account a on a.organization_id = $1 and a.owner_id = o.id and a.deleted_at is null
    join connector c on c.organization_id = $1 and c.id = a.connector_id and c.authoritative
    join attribute_mapping g on g.organization_id = $1 and g.connector_id = c.id
   where o.organization_id = $1 and o.id = ${which}
   order by o.id, g.owner_field, g.priority, a.id`,
});
/** A list of one would be planned anew each time. */
export const originsOf = {
  one: origins('floor-origins-of-one', '$2'),
  page: origins('floor-origins', 'any($2::uuid[])'),
};

const traced = {
  departmentSources: 'department',
  directoryStatusSources: 'status',
  emailSources: 'email',
  employeeIdSources: 'identityId',
  employmentStatusSources: 'status',
  employmentTypeSources: 'employmentType',
  jobTitleSources: 'title',
  managerSources: 'manager',
  usernameSources: null,
};
const types = { human: 'USER_TYPE_HUMAN', service: 'USER_TYPE_SERVICE' };
const directoryStatuses = { active: 'ENABLED', inactive: 'DISABLED' };
const distinct = (texts) => [...new Set(texts.filter((text) => text !== null && text !== undefined))];

export function presentConnectorOwner(appId, connectorId, row, origins) {
  const of = (field) => origins.filter((origin) => origin.owner_field === field && origin.value);
  const valuesOf = (field) => of(field).map(({ value }) => value);
  return {
    appId,
    connectorId,
    roleSlug: row.role_slug,
    createdAt: row.since,
    user: {
      id: row.id,
      displayName: row.display_name,
      email: row.email ?? '',
      emails: distinct([row.email, row.owner_email, row.alt_email, ...valuesOf('email')]),
      username: row.user_name,
      usernames: [row.user_name],
      employeeIds: distinct([row.identity_id, ...valuesOf('identityId')]),
      department: row.department ?? '',
      jobTitle: row.title ?? '',
      employmentStatus: row.status ?? '',
      employmentType: row.employment_type ?? '',
      status: row.active ? 'ENABLED' : 'DISABLED',
      directoryStatus: directoryStatuses[row.status] ?? 'UNKNOWN',
      type: row.system ? 'USER_TYPE_SYSTEM' : (types[row.owner_type] ?? 'USER_TYPE_UNSPECIFIED'),
      origin: row.external_id === null ? 'USER_ORIGIN_LOCAL' : 'USER_ORIGIN_DIRECTORY',
      directoryIds: distinct([row.directory_id, ...origins.map(({ application_id }) => application_id)]),
      managerIds: distinct([row.manager_user_id]),
      roleIds: row.roles.toSorted(),
      delegatedUserId: '',
      profile: row.metadata ?? {},
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      deletedAt: null,
      ...Object.fromEntries(
        Object.entries(traced).map(([name, field]) => [
          name,
          of(field).map((origin) => ({
            appId: origin.application_id,
            appUserId: origin.account_id,
            appUserProfileAttributeKey: origin.account_attribute.replace('attributes.', ''),
            userAttributeMappingId: origin.mapping_id,
            value: origin.value,
          })),
        ]),
      ),
    },
  };
}
