import { statement, type Transaction } from '@app/persistence';

interface Count {
  correlated: boolean;
  count: number;
}

/** A link made at the same moment must not be counted by its maker and by this run: it waits, or is seen. */
const holdAccounts = statement<never>(
  undefined,
  `select a.id from account a where a.organization_id = $1 and a.id = any($2::uuid[]) order by a.id for no key update`,
);
const countLive = statement<Count>(
  undefined,
  `select owner_id is not null as correlated, count(*)::integer as count from account
    where organization_id = $1 and id = any($2::uuid[]) and deleted_at is null group by 1`,
);
const insertDelta = statement<never>(
  undefined,
  `insert into account_tally (organization_id, connector_id, correlated, delta) values ($1, $2, $3, $4)`,
);

/** Exact totals: what the work changed in the number of live accounts, with and without an owner, as signed deltas. */
export async function tallying<T>(
  tx: Transaction,
  connectorId: string,
  accountIds: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  await tx.execute(holdAccounts, [accountIds]);
  const before = await tx.query(countLive, [accountIds]);
  const result = await work();
  const after = await tx.query(countLive, [accountIds]);
  for (const correlated of [true, false]) {
    const delta = countIn(after, correlated) - countIn(before, correlated);
    if (delta !== 0) await tx.query(insertDelta, [connectorId, correlated, delta]);
  }
  return result;
}

function countIn(counts: readonly Count[], correlated: boolean): number {
  return counts.find((count) => count.correlated === correlated)?.count ?? 0;
}
