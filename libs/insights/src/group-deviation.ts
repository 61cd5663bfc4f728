import { statement } from '@app/persistence';

/** Multiplied out to whole numbers, so that exactly three standard deviations are three. */
const deviates = `(not a.disabled and s.n >= 30 and s.n * s.squares > s.total * s.total
  and s.n * a.entitlement_count > s.total
  and (s.n * a.entitlement_count - s.total) ^ 2 >= 9 * (s.n * s.squares - s.total * s.total))`;

/**
 * Marks the accounts of a connector whose number of entitlements lies three standard deviations or more above the mean
 * of its enabled accounts, if there are thirty. The sums of none are null: then nobody deviates.
 */
export const markDeviation = statement<{ owner_id: string | null }>(
  undefined,
  `with sums as materialized (
     select count(*)::numeric as n, sum(a.entitlement_count)::numeric as total,
       sum(a.entitlement_count::numeric * a.entitlement_count) as squares
      from account a
     where a.organization_id = $1 and a.connector_id = $2 and a.deleted_at is null and not a.disabled)
   update account a set group_deviation = not a.group_deviation
     from sums s
    where a.organization_id = $1 and a.connector_id = $2 and a.deleted_at is null
      and a.group_deviation <> coalesce(${deviates}, false)
   returning a.owner_id`,
);
