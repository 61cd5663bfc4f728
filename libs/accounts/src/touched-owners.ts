import { statement, type Transaction } from '@app/persistence';

/** Owners whose figures these accounts count in: their owner, and for unowned ones whoever has their address. */
const touching = statement<{ id: string }>(
  undefined,
  `select a.owner_id as id from account a where a.organization_id = $1 and a.id = any($2::uuid[]) and a.owner_id is not null
   union
   select o.id from account a join owner o on o.organization_id = $1 and o.email_key = a.email_key and o.deleted_at is null
    where a.organization_id = $1 and a.id = any($2::uuid[]) and a.owner_id is null and a.deleted_at is null
   union
   select o.id from account a join owner o on o.organization_id = $1 and o.alt_email_key = a.email_key and o.deleted_at is null
    where a.organization_id = $1 and a.id = any($2::uuid[]) and a.owner_id is null and a.deleted_at is null`,
);

/** Announces the accounts as changed, with the owners they counted for before and after the work. */
export async function announcing<T>(
  tx: Transaction,
  accountIds: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const before = await tx.query(touching, [accountIds]);
  const result = await work();
  tx.announce({ kind: 'account.changed', ids: accountIds, ownerIds: before.map(({ id }) => id) });
  return result;
}
