import { statement } from '@app/persistence';
import { hasLeft } from './has-left.js';
import { dayOf, type ReportSource } from './report-source.js';

/** Somebody who is here, and nobody who is here answers for. */
export interface WithoutManagerRow {
  readonly owner_id: string;
  readonly owner_name: string;
  readonly owner_email: string | null;
  readonly department: string | null;
  readonly title: string | null;
  readonly reason: 'no_manager' | 'manager_deleted' | 'manager_left';
  /** Of whom has left; a deleted owner is named nowhere. */
  readonly manager_name: string | null;
  readonly direct_reports: number;
  readonly total_accounts: number;
  readonly active_accounts: number;
}

/** `$2` is the day. All are sorted, so only what sorts them is looked at; the rest is fetched for each piece. */
const inOrder = statement<{ id: string }>(
  undefined,
  `select o.id from owner o
     left join owner m on m.organization_id = $1 and m.id = o.manager_id and m.deleted_at is null
       and not ${hasLeft('m', '$2::date')}
     left join owner_statistics s on s.organization_id = $1 and s.owner_id = o.id
    where o.organization_id = $1 and o.deleted_at is null and o.owner_type = 'human'
      and not ${hasLeft('o', '$2::date')} and m.id is null
    order by coalesce(s.active_accounts, 0) desc, o.name_key, o.id`,
);

const byIds = statement<WithoutManagerRow>(
  undefined,
  `select o.id as owner_id, o.name as owner_name, o.email as owner_email, o.department, o.title,
     case when o.manager_id is null then 'no_manager' when m.id is null then 'manager_deleted' else 'manager_left' end as reason,
     m.name as manager_name, r.direct_reports, coalesce(s.total_accounts, 0) as total_accounts,
     coalesce(s.active_accounts, 0) as active_accounts
     from unnest($2::uuid[]) with ordinality as wanted (id, place)
     join owner o on o.organization_id = $1 and o.id = wanted.id
     left join owner m on m.organization_id = $1 and m.id = o.manager_id and m.deleted_at is null
     left join owner_statistics s on s.organization_id = $1 and s.owner_id = o.id
    cross join lateral (
      select count(*)::int as direct_reports from owner d
       where d.organization_id = $1 and d.manager_id = o.id and d.deleted_at is null) r
    order by wanted.place`,
);

/** Whoever can do the most first: with the largest number of enabled accounts. */
export function withoutManager({ database, caller, now }: ReportSource): AsyncGenerator<WithoutManagerRow[]> {
  return database.streamWhole(caller, inOrder, [dayOf(now)], async (owners, look) =>
    look(byIds, [owners.map(({ id }) => id)]),
  );
}
