export type IdentityState = 'ACTIVE' | 'INACTIVE_SHORT_TERM' | 'INACTIVE_LONG_TERM';

/** Whether less than 90 days have passed since an inactive owner `o` left. */
export const isShortlyInactive = `now() < coalesce(o.end_date::timestamp at time zone 'UTC', o.status_changed_at) + interval '2160 hours'`;

/** SQL of the state of an owner `o`; null where there is none. */
export const identityState = `case
    when o.id is null then null
    when o.status = 'active' then 'ACTIVE'
    when ${isShortlyInactive} then 'INACTIVE_SHORT_TERM'
    else 'INACTIVE_LONG_TERM' end`;
