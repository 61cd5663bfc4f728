import { InvalidError, isId } from '@app/kernel';
import { statement, type Transaction } from '@app/persistence';

const lock = statement<never>(
  'owner.lock-managers',
  `select pg_advisory_xact_lock(hashtextextended('manager tree ' || $1::uuid, 0))`,
);

const findManager = statement<{ id: string }>(
  'owner.find-manager',
  `select id from owner where organization_id = $1 and id = $2 and deleted_at is null`,
);

const levels = 64;

/** From the manager `$3` upwards, until the owner `$2` is met or nobody is above. */
const walkUp = statement<{ met: boolean; levels: number }>(
  'owner.walk-managers',
  `with recursive above as (
     select o.id, o.manager_id, 1 as level from owner o where o.organization_id = $1 and o.id = $3
     union all
     select o.id, o.manager_id, above.level + 1 from above
       join owner o on o.organization_id = $1 and o.id = above.manager_id
      where above.level < ${levels} and above.id <> $2)
   select coalesce(bool_or(id = $2), false) as met,
     max(level) + coalesce(bool_or(level = ${levels} and manager_id is not null), false)::integer as levels from above`,
);

/** How many levels of reports there are below the owner `$2`, himself being none; no further than is asked for. */
const levelsBelow = statement<{ levels: number }>(
  'owner.levels-below',
  `with recursive below as (
     select $2::uuid as id, 0 as level
     union
     select r.id, below.level + 1 from below
       join owner r on r.organization_id = $1 and r.manager_id = below.id and r.deleted_at is null
      where below.level < ${levels})
   select max(level) as levels from below`,
);

/** Whoever changes who reports to whom, or takes a manager away, holds this first: what he sees above somebody then stays. */
export async function lockManagers(tx: Transaction): Promise<void> {
  await tx.query(lock);
}

/** Somebody there is, who does not report to the owner himself, by however many others; with `lockManagers` only. */
export async function requireManager(tx: Transaction, ownerId: string, managerId: string): Promise<void> {
  if (managerId === ownerId) throw refused('Nobody is his own manager.');
  const [manager] = isId(managerId) ? await tx.query(findManager, [managerId]) : [];
  if (!manager) throw refused('manager_id must be the id of an owner.');
  const [walk] = await tx.query(walkUp, [ownerId, managerId]);
  if (walk?.met) throw refused('This manager reports to the owner, himself or by others.');
  const [reports] = await tx.query(levelsBelow, [ownerId]);
  if ((walk?.levels ?? 0) + (reports?.levels ?? 0) > levels)
    throw refused(`There are more than ${levels} managers above each other.`);
}

function refused(message: string): InvalidError {
  return InvalidError.field('manager_id', message);
}
