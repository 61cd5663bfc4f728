// What the floor answers: the rows of the public calls, field for field, from one named statement each. `$1` is the
// organization. The shapes are written out here on their own, so that a mistake in the server's shows as a difference.
const account = `a.id, a.name, a.created_at, a.modified_at, a.connector_id, a.owner_id, a.attributes, a.description, a.disabled,
  a.locked, a.native_identity, a.uuid, a.correlation, a.entitlement_count, a.system_account, a.origin,
  c.name as connector_name, c.kind, c.authoritative, o.name as owner_name, o.status as owner_status,
  case when o.id is null then null when o.status = 'active' then 'ACTIVE'
    when now() < coalesce(o.end_date::timestamp at time zone 'UTC', o.status_changed_at) + interval '2160 hours'
      then 'INACTIVE_SHORT_TERM' else 'INACTIVE_LONG_TERM' end as identity_state, s.id as contact_id, s.name as contact_name`;

const joined = `join connector c on c.organization_id = $1 and c.id = a.connector_id
  left join owner o on o.organization_id = $1 and o.id = a.owner_id and o.deleted_at is null
  left join lateral (
    select so.id, so.name from connector_owner co
      join app_user u on u.organization_id = $1 and u.id = co.user_id and u.deleted_at is null
      join owner so on so.organization_id = $1 and so.user_id = co.user_id and so.deleted_at is null
     where co.organization_id = $1 and co.connector_id = a.connector_id and co.role_slug = 'owner'
     order by co.created_at, co.user_id limit 1) s on true`;

const pageOf = (where, order, offset = 0) => `with page as (
    select a.id from account a where a.organization_id = $1 and a.deleted_at is null ${where} order by ${order} limit 250 offset ${offset})
  select ${account} from page join account a on a.organization_id = $1 and a.id = page.id ${joined} order by ${order}`;

export const list = {
  name: 'floor-list',
  text: pageOf('and a.connector_id = $2', 'a.name_key, a.id'),
  present: presentList,
};

export const page = { name: 'floor-page', text: pageOf('', 'a.id'), present: presentList };

export const count = {
  name: 'floor-count',
  text: `select coalesce(sum(delta), 0)::int as total from account_tally where organization_id = $1`,
};

export const one = {
  name: 'floor-one',
  text: `select ${account} from account a ${joined} where a.organization_id = $1 and a.id = $2 and a.deleted_at is null`,
  present: (rows) => presentAccount(rows[0]),
};

/** Filters and orders of the list, each sorted by the same index as the server's; `$2` is the value. */
const ofOwner = (test) =>
  `and exists (select from owner f where f.organization_id = $1 and f.id = a.owner_id and f.deleted_at is null and ${test})`;
const families = {
  'id-in': { where: 'and a.id = any(string_to_array($2, $3)::uuid[])' },
  'name-sw': { where: `and a.name_key >= $2 and a.name_key < $2 || '\u{10ffff}'`, order: 'a.name_key, a.id' },
  native: { where: 'and a.native_identity_key = $2' },
  source: { where: 'and a.connector_id = $2::uuid', order: 'a.created_at, a.id' },
  unowned: { where: 'and a.owner_id is null', order: 'a.name_key, a.id' },
  entitlement: {
    where: `and exists (select from account_entitlement h
      where h.organization_id = $1 and h.account_id = a.id and h.entitlement_id = $2::uuid)`,
  },
  'none-held': { where: 'and a.entitlement_count = 0' },
  manual: { where: `and a.correlation = 'manual'` },
  provisioned: { where: `and a.origin = 'PROVISIONED'` },
  created: { where: 'and a.created_at > $2::timestamptz', order: 'a.created_at, a.id' },
  'identity-name': {
    where: `and a.owner_name_key >= $2 and a.owner_name_key < $2 || '\u{10ffff}'`,
    order: 'a.owner_name_key, a.id',
  },
  'identity-correlated': { where: ofOwner('f.connector_id is not null') },
  'identity-active': { where: `and a.owner_state = 'active'` },
  authoritative: {
    where: 'and a.connector_id in (select k.id from connector k where k.organization_id = $1 and k.authoritative)',
  },
  'source-name': {
    where: 'and a.connector_id in (select k.id from connector k where k.organization_id = $1 and k.name_key = $2)',
  },
  'by-name': { order: 'a.name_key, a.id' },
  'by-created': { order: 'a.created_at desc, a.id desc' },
  'by-modified': { order: 'a.modified_at desc, a.id desc' },
  'by-native': { order: 'a.native_identity_key, a.id' },
  'by-identity-name': { order: 'a.owner_name_key, a.id' },
  'by-source': { order: 'a.connector_id, a.id' },
  'by-identity': { order: 'a.owner_id, a.id' },
  'by-entitlements': { order: 'a.entitlement_count desc, a.id desc' },
  'by-two': { order: 'a.created_at, a.name_key, a.id' },
  deep: { order: 'a.name_key, a.id', offset: 100_000 },
};

export const accountLists = Object.fromEntries(
  Object.entries(families).map(([name, { where = '', order = 'a.id', offset }]) => [
    name,
    { name: `floor-${name}`, text: pageOf(where, order, offset), present: presentList },
  ]),
);

const privileged = 'a.in_privileged_group or a.in_highly_privileged_group';
export const ownedAccounts = (which, columns = 'a.id') => `select ${columns}, a.name, a.email, p.name as application,
      case when a.disabled then 'disabled' when a.locked then 'locked' else 'active' end as status,
      coalesce(a.source_created_at, a.created_at) as created_at, a.last_login_at, a.mfa_enabled, a.password_enabled,
      a.password_last_set_at, (a.privileged or ${privileged} or a.has_highly_privileged_role) as privileged, a.vaulted,
      a.shared, a.breached,
      case when a.failed_logins_at > now() - interval '1 hour' then a.failed_logins else 0 end as failed_logins_last_hour,
      (${privileged}) as in_privileged_group, a.in_highly_privileged_group, a.has_highly_privileged_role, a.group_deviation
    from account a
    join connector c on c.organization_id = $1 and c.id = a.connector_id
    join application p on p.organization_id = $1 and p.id = c.application_id
   where a.organization_id = $1 and ${which} and a.deleted_at is null order by p.name_key, a.name_key, a.id`;

export const owned = {
  name: 'floor-owned',
  text: ownedAccounts('a.owner_id = $2'),
  present: (rows) => ({ accounts: rows, count: rows.length }),
};

function presentList(rows) {
  return rows.map(presentAccount);
}

function presentAccount(row) {
  return {
    id: row.id,
    name: row.name,
    created: row.created_at,
    modified: row.modified_at,
    sourceId: row.connector_id,
    identityId: row.owner_id,
    attributes: row.attributes,
    description: row.description,
    disabled: row.disabled,
    locked: row.locked,
    nativeIdentity: row.native_identity,
    uuid: row.uuid,
    manuallyCorrelated: row.correlation === 'manual',
    hasEntitlements: row.entitlement_count > 0,
    features: row.kind === 'delimited-file' ? 'DISCOVER_SCHEMA, NO_RANDOM_ACCESS' : null,
    sourceName: row.connector_name,
    authoritative: row.authoritative,
    systemAccount: row.system_account,
    uncorrelated: row.owner_id === null,
    identity: reference(row.owner_id, row.owner_name),
    sourceOwner: reference(row.contact_id, row.contact_name),
    origin: row.origin,
    cloudLifecycleState: row.owner_status,
    identityState: row.identity_state,
    connectionType: row.kind === 'delimited-file' ? 'file' : 'direct',
    isMachine: false,
    recommendation: null,
  };
}

function reference(id, name) {
  return id === null ? null : { id, type: 'IDENTITY', name };
}
