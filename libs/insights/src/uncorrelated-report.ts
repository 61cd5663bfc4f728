import { comparedColumns, type ComparedAccount, posture, StrongestOwners } from '@app/accounts';
import { type Look, statement } from '@app/persistence';
import { type AccountPlace, placeColumns, placeJoins } from './account-places.js';
import type { ReportSource } from './report-source.js';

/** An account that nobody owns, and who most likely does. */
export interface UncorrelatedRow extends AccountPlace {
  readonly email: string | null;
  readonly created_at: string;
  readonly last_login_at: string | null;
  readonly privileged: boolean;
  readonly disabled: boolean;
  readonly candidate_id: string | null;
  readonly candidate_name: string | null;
  readonly candidate_score: number | null;
}

type AccountRow = Omit<UncorrelatedRow, `candidate_${string}`> & ComparedAccount;

/** All are sorted, so only what sorts them is looked at; the rest is fetched for each piece. */
const inOrder = statement<{ id: string }>(
  undefined,
  `select a.id from account a
     join (select c.id, row_number() over (order by p.name_key, p.id, c.name_key, c.id) as place
             from connector c join application p on p.organization_id = $1 and p.id = c.application_id
            where c.organization_id = $1) k on k.id = a.connector_id
    where a.organization_id = $1 and a.owner_id is null and a.deleted_at is null
    order by k.place, a.name_key, a.id`,
);

const byIds = statement<AccountRow>(
  undefined,
  `select ${placeColumns}, ${posture.createdAt} as created_at, a.last_login_at, ${posture.privileged} as privileged,
     a.disabled, ${comparedColumns}, a.attributes
     from unnest($2::uuid[]) with ordinality as wanted (id, place)
     join account a on a.organization_id = $1 and a.id = wanted.id
     ${placeJoins}
    order by wanted.place`,
);

export function uncorrelated({ database, caller }: ReportSource): AsyncGenerator<UncorrelatedRow[]> {
  const owners = new StrongestOwners();
  return database.streamWhole(caller, inOrder, [], async (accounts, look) => rowsOf(accounts, look, owners));
}

async function rowsOf(accounts: readonly { readonly id: string }[], look: Look, owners: StrongestOwners) {
  const rows = await look(byIds, [accounts.map(({ id }) => id)]);
  const strongest = await owners.of(rows, look);
  return rows.map((row, i): UncorrelatedRow => {
    const candidate = strongest[i];
    return {
      application_id: row.application_id,
      application: row.application,
      connector_id: row.connector_id,
      connector: row.connector,
      account_id: row.account_id,
      account_name: row.account_name,
      native_identity: row.native_identity,
      email: row.email,
      created_at: row.created_at,
      last_login_at: row.last_login_at,
      privileged: row.privileged,
      disabled: row.disabled,
      candidate_id: candidate?.owner.id ?? null,
      candidate_name: candidate?.owner.name ?? null,
      candidate_score: candidate?.score ?? null,
    };
  });
}
