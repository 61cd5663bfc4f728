import { type OwnerFigures, figureNames } from './owner-figures.js';
import { statement, systemStatement, type Transaction } from '@app/persistence';
import { counterColumns, countedPersons, counterTables } from './owner-counters.js';
import { riskModelVersion } from './risk-categories.js';
import { assess } from './risk-model.js';

/** Figures of one owner and when time alone will change them. */
export interface CountedOwner extends OwnerFigures {
  readonly owner_id: string;
  readonly next_change_at: string | null;
}

const batch = 5_000;

/** Two changes at once of one owner's accounts would each miss the other: the later one waits, then counts both. */
const holdOwners = statement<never>(
  undefined,
  `select o.id from owner o where o.organization_id = $1 and o.id = any($2::uuid[]) order by o.id for no key update`,
);

const countOwners = statement<CountedOwner>(
  undefined,
  `with ${counterTables}
   select p.id as owner_id, ${counterColumns} from ${countedPersons} where p.id is not null`,
);

const stored = [...figureNames, 'total_threat', 'risk_level', 'risk_model_version', 'next_change_at'];

/** A row that says the same already is not written. */
const storeRows = statement<never>(
  undefined,
  `insert into owner_statistics as s (organization_id, owner_id, ${stored.join(', ')}, calculated_at)
   select $1::uuid, r.owner_id, ${stored.map((name) => `r.${name}`).join(', ')}, $3::timestamptz
     from jsonb_to_recordset($2::jsonb) as r (owner_id uuid, ${figureNames.map((name) => `${name} integer`).join(', ')},
       total_threat smallint, risk_level text, risk_model_version integer, next_change_at timestamptz)
    order by r.owner_id
   on conflict (organization_id, owner_id) do update set
     ${stored.map((name) => `${name} = excluded.${name}`).join(', ')}, calculated_at = excluded.calculated_at
   where (${stored.map((name) => `s.${name}`).join(', ')})
     is distinct from (${stored.map((name) => `excluded.${name}`).join(', ')})`,
);

const removeRows = statement<never>(
  undefined,
  `delete from owner_statistics s where s.organization_id = $1 and s.owner_id = any($2::uuid[]) and not exists (
     select from owner o where o.organization_id = $1 and o.id = s.owner_id and o.deleted_at is null)`,
);

/** Counts, judges and stores the owners anew, in the transaction of whatever changed them. */
export async function recompute(tx: Transaction, ownerIds: readonly string[], now: Date): Promise<void> {
  const ids = [...new Set(ownerIds)].toSorted();
  for (let first = 0; first < ids.length; first += batch) {
    await recomputeBatch(tx, ids.slice(first, first + batch), now.toISOString());
  }
}

async function recomputeBatch(tx: Transaction, ids: readonly string[], now: string): Promise<void> {
  await tx.query(holdOwners, [ids]);
  const counted = await tx.query(countOwners, [ids, now]);
  if (counted.length > 0) await tx.execute(storeRows, [JSON.stringify(counted.map(judged)), now]);
  if (counted.length < ids.length) await tx.execute(removeRows, [ids]);
}

function judged(counted: CountedOwner): object {
  const { score, level } = assess(counted);
  return { ...counted, total_threat: score, risk_level: level, risk_model_version: riskModelVersion };
}

export interface OwnerOfOrganization {
  readonly organization_id: string;
  readonly owner_id: string;
}

/** Owners whose figures time has changed, the longest waiting first. */
export const dueOwners = systemStatement<OwnerOfOrganization>(
  undefined,
  `select organization_id, owner_id from owner_statistics where next_change_at <= $1 order by next_change_at limit $2`,
);

export const dueOwnersOf = statement<OwnerOfOrganization>(
  'insights.due-owners',
  `select organization_id, owner_id from owner_statistics
    where organization_id = $1 and next_change_at <= $2 order by next_change_at limit $3`,
);

/** Owners judged by an earlier model. */
export const outdatedOwners = systemStatement<OwnerOfOrganization>(
  undefined,
  `select organization_id, owner_id from owner_statistics where risk_model_version < $1 limit $2`,
);
