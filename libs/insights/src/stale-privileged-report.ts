import { posture } from '@app/accounts';
import { statement } from '@app/persistence';
import { type AccountPlace, placeColumns, placeJoins } from './account-places.js';
import { lastUse, ownRules } from './owner-counters.js';
import type { ReportSource } from './report-source.js';
import { daysUnused } from './unused-days.js';

/** An enabled privileged account that has not been used for 90 days. */
export interface StalePrivilegedRow extends AccountPlace {
  readonly owner_id: string | null;
  readonly owner_name: string | null;
  readonly owner_email: string | null;
  readonly created_at: string;
  readonly last_login_at: string | null;
  readonly days_unused: number;
  readonly vaulted: boolean;
  readonly mfa_enabled: boolean | null;
}

/** All are sorted, so only what sorts them is looked at; the rest is fetched for each piece. */
const inOrder = statement<{ id: string }>(
  undefined,
  `select a.id from account a
    where a.organization_id = $1 and a.deleted_at is null and ${posture.privileged}
      and ${ownRules('$2::timestamptz').not_used_90}
    order by ${lastUse}, a.id`,
);

const byIds = statement<StalePrivilegedRow>(
  undefined,
  `select ${placeColumns}, o.id as owner_id, o.name as owner_name, o.email as owner_email,
     ${posture.createdAt} as created_at, a.last_login_at, ${daysUnused('$3::timestamptz')} as days_unused,
     a.vaulted, a.mfa_enabled
     from unnest($2::uuid[]) with ordinality as wanted (id, place)
     join account a on a.organization_id = $1 and a.id = wanted.id
     ${placeJoins}
     left join owner o on o.organization_id = $1 and o.id = a.owner_id and o.deleted_at is null
    order by wanted.place`,
);

/** The longest unused first, those of nobody among them. */
export function stalePrivileged({ database, caller, now }: ReportSource): AsyncGenerator<StalePrivilegedRow[]> {
  const at = now.toISOString();
  return database.streamWhole(caller, inOrder, [at], async (accounts, look) =>
    look(byIds, [accounts.map(({ id }) => id), at]),
  );
}
