import { announcing, expectSameOwners, matches, modifiedNow, rulesValue, tallying } from '@app/accounts';
import { auditInsert } from '@app/audit';
import { rulesOf } from '@app/connectors';
import { statement, type Transaction } from '@app/persistence';
import type { LeasedRun } from './leased-run.js';
import { noteReasons } from './row-notes.js';

interface Difference {
  id: string;
  old_owner: string | null;
  new_owner: string | null;
}

/**
 * Accounts after `$3` whose rule-made link differs from what the rules say now, in id order. What the account of a
 * refused row is compared by may be of former rules.
 */
const findDifferences = statement<Difference & { last: string }>(
  undefined,
  `with ${matches(
    `select a.id, a.correlation_keys as keys, a.owner_id from account a
      where a.organization_id = $1 and a.connector_id = $2 and a.deleted_at is null and a.correlation in ('none', 'rule')
        and not exists (select from refused_row f where f.organization_id = $1 and f.run_id = $6 and f.native_key = a.native_key)
        and a.id > $3::uuid order by a.id limit $5`,
    '$4',
  )}
   select k.id, k.owner_id as old_owner, m.owner_id as new_owner, (select max(id::text) from keyed) as last
     from keyed k left join matched m on m.id = k.id
    where k.owner_id is distinct from m.owner_id
   union all
   select null, null, null, max(id::text) from keyed having count(*) > 0
   order by 1 nulls last`,
);

const relink = statement<never>(
  undefined,
  `with wanted as (select * from jsonb_to_recordset($5::jsonb) as w(id uuid, old_owner uuid, new_owner uuid)),
   changed as (
     update account a set owner_id = w.new_owner, correlation = case when w.new_owner is null then 'none' else 'rule' end,
         owner_name_key = o.name_key, owner_state = o.status, version = a.version + 1, modified_at = ${modifiedNow}, last_run_id = $6
       from wanted w left join owner o on o.organization_id = $1 and o.id = w.new_owner
      where a.organization_id = $1 and a.id = w.id and a.correlation in ('none', 'rule')
        and a.owner_id is not distinct from w.old_owner
     returning a.id, a.name, w.old_owner, w.new_owner),
   on_linked as (${auditInsert(
     'account.correlated',
     'account',
     `select id as subject_id, jsonb_build_object('ownerId', old_owner) as before, jsonb_build_object('ownerId', new_owner) as after
        from changed where new_owner is not null`,
   )}),
   on_unlinked as (${auditInsert(
     'account.uncorrelated',
     'account',
     `select id as subject_id, jsonb_build_object('ownerId', old_owner) as before, jsonb_build_object('ownerId', null) as after
        from changed where new_owner is null`,
   )}),
   on_old_owner as (${auditInsert(
     'owner.accountRemoved',
     'owner',
     `select old_owner as subject_id, jsonb_build_object('accountId', id, 'name', name) as before, null::jsonb as after
        from changed where old_owner is not null`,
   )})
   ${auditInsert(
     'owner.accountAdded',
     'owner',
     `select new_owner as subject_id, null::jsonb as before, jsonb_build_object('accountId', id, 'name', name) as after
        from changed where new_owner is not null`,
   )}`,
);

const keepRules = statement<never>(
  undefined,
  `update connector set applied_rules = $3 where organization_id = $1 and id = $2 and applied_rules is distinct from $3
      and not exists (select from refused_row f
        join account a on a.organization_id = $1 and a.connector_id = $2 and a.native_key = f.native_key and a.deleted_at is null
       where f.organization_id = $1 and f.run_id = $4 and f.reason <> all($5))`,
);

/** Every account of the connector has its keys by these rules now; unless a refused row kept one from getting them. */
export async function keepAppliedRules(run: LeasedRun): Promise<void> {
  await run.step(async (tx) => {
    await tx.execute(keepRules, [run.connectorId, rulesOf(run.config), run.id, noteReasons]);
    return {};
  });
}

const first = '00000000-0000-0000-0000-000000000000';
const walked = 20_000;

/** Rule-made links of all the connector's accounts once more: owners may have come or changed since they were made. */
export async function correlateAll(run: LeasedRun): Promise<void> {
  for (let after: string | null = first; after !== null;) {
    const from: string = after;
    const { last } = await run.step(async (tx) => {
      const found = await tx.query(findDifferences, [run.connectorId, from, rulesValue(run.config), walked, run.id]);
      const differences = found.filter(({ id }) => id !== null);
      await applyDifferences(tx, run, differences);
      return {
        last: found.at(-1)?.last ?? null,
        added: {
          accounts_linked: differences.filter((d) => d.new_owner !== null).length,
          accounts_unlinked: differences.filter((d) => d.old_owner !== null).length,
        },
      };
    });
    after = last;
  }
}

async function applyDifferences(tx: Transaction, run: LeasedRun, differences: readonly Difference[]): Promise<void> {
  if (differences.length === 0) return;
  const ids = differences.map(({ id }) => id);
  const { actor } = run.caller;
  const values = [actor.type, actor.id, actor.name, JSON.stringify(differences), run.id];
  await announcing(tx, ids, () => tallying(tx, run.connectorId, ids, () => tx.query(relink, values)));
  expectSameOwners(tx, ids);
}
