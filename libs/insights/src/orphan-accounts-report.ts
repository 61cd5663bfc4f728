import { posture } from '@app/accounts';
import { statement } from '@app/persistence';
import { type AccountPlace, placeColumns, placeJoins } from './account-places.js';
import { lastUse } from './owner-counters.js';
import type { ReportSource } from './report-source.js';
import { daysUnused } from './unused-days.js';

/** An enabled account that nobody owns. */
export interface OrphanAccountRow extends AccountPlace {
  readonly email: string | null;
  readonly privileged: boolean;
  readonly locked: boolean;
  readonly created_at: string;
  readonly last_login_at: string | null;
  readonly days_unused: number;
}

/** All are sorted, so only what sorts them is looked at; the rest is fetched for each piece. */
const inOrder = statement<{ id: string }>(
  undefined,
  `select a.id from account a
    where a.organization_id = $1 and a.owner_id is null and a.deleted_at is null and ${posture.enabled}
    order by ${posture.privileged} desc, ${lastUse}, a.id`,
);

const byIds = statement<OrphanAccountRow>(
  undefined,
  `select ${placeColumns}, a.email, ${posture.privileged} as privileged, a.locked, ${posture.createdAt} as created_at,
     a.last_login_at, ${daysUnused('$3::timestamptz')} as days_unused
     from unnest($2::uuid[]) with ordinality as wanted (id, place)
     join account a on a.organization_id = $1 and a.id = wanted.id
     ${placeJoins}
    order by wanted.place`,
);

/** Privileged ones first, then the longest unused. */
export function orphanAccounts({ database, caller, now }: ReportSource): AsyncGenerator<OrphanAccountRow[]> {
  return database.streamWhole(caller, inOrder, [], async (accounts, look) =>
    look(byIds, [accounts.map(({ id }) => id), now.toISOString()]),
  );
}
