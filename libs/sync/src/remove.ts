import { announcing, modifiedNow, tallying } from '@app/accounts';
import { auditInsert } from '@app/audit';
import { statement, type Transaction } from '@app/persistence';
import { absentAccounts } from './compare.js';
import type { LeasedRun } from './leased-run.js';
import { inactivateAbsentOwners } from './apply-owners.js';
import type { RunProgress } from './sync-run.js';

const batchSize = 5_000;

const findAbsent = statement<{ id: string }>(
  undefined,
  `select a.id from account a where ${absentAccounts('$2', '$3')} limit $4`,
);

/** Hidden everywhere, but kept with id and links: the account returns with them. */
const remove = statement<never>(
  undefined,
  `with gone as (
     update account a set deleted_at = now(), modified_at = ${modifiedNow}, version = a.version + 1, last_run_id = $6
      where a.organization_id = $1 and a.id = any($5::uuid[]) and a.deleted_at is null returning a.id, a.name, a.owner_id),
   on_account as (${auditInsert(
     'account.removed',
     'account',
     `select id as subject_id, jsonb_build_object('name', name, 'ownerId', owner_id) as before, null::jsonb as after from gone`,
   )})
   ${auditInsert(
     'owner.accountRemoved',
     'owner',
     `select owner_id as subject_id, jsonb_build_object('accountId', id, 'name', name) as before, null::jsonb as after
        from gone where owner_id is not null`,
   )}`,
);

/** What a complete file no longer names goes; called only after the threshold has been judged. */
export async function removeAbsent(run: LeasedRun): Promise<void> {
  const { actor } = run.caller;
  await inBatches(run, async (tx) => {
    const ids = (await tx.query(run.own(findAbsent), [run.connectorId, run.id, batchSize])).map(({ id }) => id);
    const values = [actor.type, actor.id, actor.name, ids, run.id];
    const removing = () => tallying(tx, run.connectorId, ids, () => tx.query(remove, values));
    if (ids.length > 0) await announcing(tx, ids, removing);
    return { accounts_removed: ids.length };
  });
}

/** People of the connector whom a complete file no longer names; also after a run that was cut off before it came to them. */
export async function inactivateAbsent(run: LeasedRun): Promise<void> {
  await inBatches(run, async (tx) => ({ owners_deactivated: await inactivateAbsentOwners(tx, run, batchSize) }));
}

/** One step after another, until one finds less than a whole batch. */
async function inBatches(run: LeasedRun, work: (tx: Transaction) => Promise<RunProgress>): Promise<void> {
  for (;;) {
    let found = 0;
    await run.step(async (tx) => {
      const added = await work(tx);
      found = Math.max(...Object.values(added));
      return { added };
    });
    if (found < batchSize) return;
  }
}
