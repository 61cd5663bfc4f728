import { statement, type Transaction } from '@app/persistence';

interface Count {
  correlated: boolean;
  count: number;
}

/** A link made at the same moment must not be counted by its maker and by this run: it waits, or is seen. */
const hold = statement<never>(
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

export async function holdAccounts(tx: Transaction, accountIds: readonly string[]): Promise<void> {
  if (accountIds.length > 0) await tx.execute(hold, [accountIds]);
}

/** Exact totals: what was changed in the number of live accounts with and without an owner, as signed differences. */
export async function tally(
  tx: Transaction,
  connectorId: string,
  differences: { readonly correlated: number; readonly uncorrelated: number },
): Promise<void> {
  const { correlated, uncorrelated } = differences;
  if (correlated !== 0) await tx.query(insertDelta, [connectorId, true, correlated]);
  if (uncorrelated !== 0) await tx.query(insertDelta, [connectorId, false, uncorrelated]);
}

/** Holds the accounts and counts them before and after the work. */
export async function tallying<T>(
  tx: Transaction,
  connectorId: string,
  accountIds: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  await holdAccounts(tx, accountIds);
  const before = await tx.query(countLive, [accountIds]);
  const result = await work();
  const after = await tx.query(countLive, [accountIds]);
  const grown = (correlated: boolean) => countIn(after, correlated) - countIn(before, correlated);
  await tally(tx, connectorId, { correlated: grown(true), uncorrelated: grown(false) });
  return result;
}

function countIn(counts: readonly Count[], correlated: boolean): number {
  return counts.find((count) => count.correlated === correlated)?.count ?? 0;
}
