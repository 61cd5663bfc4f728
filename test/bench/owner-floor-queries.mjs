// What the floor answers of owners, written out on its own as the queries of accounts are. `$1` is the organization.
import { ownedAccounts } from './floor-queries.mjs';

const summary = 'o.id, o.name, o.email, o.department, o.title, o.owner_type, o.status, o.created_at';
const pageOf = (where) => `select ${summary} from owner o
   left join owner_statistics s on s.organization_id = $1 and s.owner_id = o.id
  where o.organization_id = $1 and o.deleted_at is null ${where} order by o.created_at, o.id limit 51`;
const found = `and (o.department_key like '%engineering%' or o.title_key like '%engineering%')
  and (o.department_key like '%manager%' or o.title_key like '%manager%') and o.status = 'active' and s.total_threat > 20`;
const after = 'and (o.created_at, o.id) > ($2::timestamptz, $3::uuid)';

const pages = {
  list: '',
  'list-after': after,
  search: found,
  'search-after': `${found} ${after}`,
};

export const ownerPages = Object.fromEntries(
  Object.entries(pages).map(([name, where]) => [
    name,
    { name: `floor-owners-${name}`, text: pageOf(where), present: presentPage },
  ]),
);

function presentPage(rows) {
  return { owners: rows.slice(0, 50), pageInfo: { hasNextPage: rows.length > 50, endCursor: null } };
}

export const ownersAccounts = {
  name: 'floor-owners-accounts',
  text: ownedAccounts('a.owner_id = any($2::uuid[])', 'a.owner_id, a.id'),
  present: (rows, ids) => {
    const owned = Object.fromEntries(ids.map((id) => [id, []]));
    for (const { owner_id, ...account } of rows) owned[owner_id].push(account);
    return owned;
  },
};

const enabled = (rule) => `(count(*) filter (where not a.disabled and ${rule}))::int`;
const privilegedGroup = '(a.in_privileged_group or a.in_highly_privileged_group)';
const privileged = `(a.privileged or ${privilegedGroup} or a.has_highly_privileged_role)`;
const used = 'coalesce(a.last_login_at, a.source_created_at, a.created_at)';
const old = (instant, days) => enabled(`${instant} <= now() - interval '${days * 24} hours'`);
const passwordOld = (days) =>
  enabled(`a.password_enabled and a.password_last_set_at <= now() - interval '${days * 24} hours'`);
const counted = {
  total_accounts: 'count(a.id)::int',
  active_accounts: enabled('true'),
  disabled_accounts: '(count(*) filter (where a.disabled))::int',
  breached_accounts: enabled('a.breached'),
  accounts_without_mfa: enabled('a.mfa_enabled = false'),
  privileged_accounts_not_vaulted: enabled(`${privileged} and not a.vaulted`),
  shared_accounts: enabled('a.shared'),
  not_used_90: old(used, 90),
  not_used_180: old(used, 180),
  not_used_365: old(used, 365),
  failed_logins_in_hour: enabled(`a.failed_logins >= 10 and a.failed_logins_at > now() - interval '1 hour'`),
  accounts_with_password_never: enabled('a.password_enabled and a.password_last_set_at is null'),
  accounts_with_password_90: passwordOld(90),
  accounts_with_password_180: passwordOld(180),
  accounts_with_password_365: passwordOld(365),
  all_privileged_groups: enabled(privilegedGroup),
  highly_privileged_groups: enabled('a.in_highly_privileged_group'),
  highly_privileged_roles: enabled('a.has_highly_privileged_role'),
  account_group_deviation: enabled('a.group_deviation'),
};
const own =
  'name email alt_email department title location owner_type employment_type status identity_id mobile_phone phone start_date end_date'.split(
    ' ',
  );

/** Counts and the owner's fields; the score is the stored one, which the server judges anew. */
export const statistics = {
  name: 'floor-statistics',
  text: `select o.id, ${own.map((name) => `o.${name}`).join(', ')}, m.name as manager, s.total_threat, c.*,
      (select count(*)::int from account l where l.organization_id = $1 and l.owner_id is null and l.deleted_at is null
        and l.email_key in (o.email_key, o.alt_email_key)) as accounts_no_owner
    from owner o
    left join owner m on m.organization_id = $1 and m.id = o.manager_id and m.deleted_at is null
    left join owner_statistics s on s.organization_id = $1 and s.owner_id = o.id
    cross join lateral (
      select ${Object.entries(counted)
        .map(([name, rule]) => `${rule} as ${name}`)
        .join(', ')} from account a
       where a.organization_id = $1 and a.owner_id = o.id and a.deleted_at is null) c
   where o.organization_id = $1 and o.id = $2 and o.deleted_at is null`,
  present: ([row]) => {
    const texts = (...names) => Object.fromEntries(names.map((name) => [name, String(row[name])]));
    const left =
      row.status === 'inactive' || (row.end_date !== null && row.end_date < new Date().toISOString().slice(0, 10));
    return {
      identity_info: {
        identity_id: row.identity_id ?? row.id,
        identity_name: row.name,
        identity_email: row.email,
        alt_email: row.alt_email,
        department: row.department,
        title: row.title,
        location: row.location,
        manager: row.manager,
        owner_type: row.employment_type ?? row.owner_type[0].toUpperCase() + row.owner_type.slice(1),
        status: row.status[0].toUpperCase() + row.status.slice(1),
      },
      contact_info: { mobile_phone: row.mobile_phone, phone: row.phone },
      employment_info: { start_date: row.start_date, end_date: row.end_date },
      account_statistics: {
        total_accounts: row.total_accounts,
        active_accounts: row.active_accounts,
        disabled_accounts: row.disabled_accounts,
        child_count: row.total_accounts,
      },
      risk_metrics: {
        ...texts(
          'total_threat',
          'breached_accounts',
          'accounts_without_mfa',
          'privileged_accounts_not_vaulted',
          'shared_accounts',
        ),
        inactive_owners_enabled_accounts: String(left ? row.active_accounts : 0),
      },
      activity_metrics: texts('not_used_90', 'not_used_180', 'not_used_365', 'failed_logins_in_hour'),
      password_security: texts(
        'accounts_with_password_never',
        'accounts_with_password_90',
        'accounts_with_password_180',
        'accounts_with_password_365',
      ),
      privilege_metrics: texts('all_privileged_groups', 'highly_privileged_groups', 'highly_privileged_roles'),
      compliance_metrics: {
        accounts_no_owner: String(row.accounts_no_owner),
        mapped_accounts: String(row.total_accounts),
        account_group_deviation: String(row.account_group_deviation),
      },
    };
  },
};
