import { ConflictError } from '@app/kernel';
import { statement, type Transaction } from '@app/persistence';

/** Edges of one organization are drawn one after another, or two could close a cycle together. */
const lock = statement<never>(
  undefined,
  `select pg_advisory_xact_lock(hashtextextended('ostiary group graph ' || $1::text, 0))`,
);
const closesCycle = statement<{ id: string }>(
  undefined,
  `select m.id from unnest($3::uuid[]) m (id)
    where m.id = $2 or exists (
      select 1 from group_closure c where c.organization_id = $1 and c.descendant_id = $2 and c.ancestor_id = m.id)
    limit 1`,
);

/**
 * The ways that lead over edges from the group `$2` to the groups `$3`: from whatever holds the group, itself included,
 * to whatever those hold, themselves included.
 */
const ways = `up as (
     select $2::uuid as id, 1::numeric as paths
     union all
     select c.ancestor_id, c.paths from group_closure c where c.organization_id = $1 and c.descendant_id = $2),
   down as (
     select below.id, sum(below.paths) as paths from (
       select m as id, 1::numeric as paths from unnest($3::uuid[]) m
       union all
       select c.descendant_id, c.paths from group_closure c
        where c.organization_id = $1 and c.ancestor_id = any($3::uuid[])) below
      group by below.id),
   ways as materialized (
     select up.id as ancestor_id, down.id as descendant_id, up.paths * down.paths as paths from up cross join down)`;
const addWays = statement<never>(
  undefined,
  `with ${ways}
   insert into group_closure as c (organization_id, ancestor_id, descendant_id, paths)
   select $1, ancestor_id, descendant_id, paths from ways
   on conflict (organization_id, descendant_id, ancestor_id) do update set paths = c.paths + excluded.paths`,
);
/** A way less leaves the others; the last way less leaves nothing. */
const endingOf = (ways: string) => `with ${ways},
   ended as (
     delete from group_closure c using ways w where c.organization_id = $1
        and c.ancestor_id = w.ancestor_id and c.descendant_id = w.descendant_id and c.paths <= w.paths)
   update group_closure c set paths = c.paths - w.paths from ways w where c.organization_id = $1
      and c.ancestor_id = w.ancestor_id and c.descendant_id = w.descendant_id and c.paths > w.paths`;
const endWays = statement<never>(undefined, endingOf(ways));
const endWaysThrough = statement<never>(
  undefined,
  endingOf(`ways as materialized (
     select a.ancestor_id, d.descendant_id, a.paths * d.paths as paths
       from group_closure a join group_closure d on d.organization_id = $1 and d.ancestor_id = $2
      where a.organization_id = $1 and a.descendant_id = $2)`),
);

/**
 * Which group holds which at any depth, with the number of ways there, kept edge by edge: taking one edge away knows
 * whether another way is left. Hold the rows of the groups first, then the graph.
 */
export const groupGraph = {
  async hold(tx: Transaction): Promise<void> {
    await tx.query(lock);
  },

  async add(tx: Transaction, groupId: string, members: readonly string[]): Promise<void> {
    await tx.execute(addWays, [groupId, members]);
  },

  /** Refuses what would make a group a member of itself, over however many others. */
  async requireNoCycle(tx: Transaction, groupId: string, members: readonly string[]): Promise<void> {
    if ((await tx.query(closesCycle, [groupId, members])).length === 0) return;
    throw new ConflictError('A group cannot be a member of itself, nor of a group that is its member.');
  },

  async remove(tx: Transaction, groupId: string, members: readonly string[]): Promise<void> {
    await tx.execute(endWays, [groupId, members]);
  },

  /** Of a group that is about to go: the ways over it, not those from it and to it, which go with its row. */
  async detach(tx: Transaction, groupId: string): Promise<void> {
    await tx.execute(endWaysThrough, [groupId]);
  },
} as const;
