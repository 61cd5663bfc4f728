import { statement, type Transaction } from '@app/persistence';

interface NewPassword {
  readonly userId: string;
  readonly hash: string;
  readonly mustChange: boolean;
  /** The version the change stems from; undefined: whatever it is. */
  readonly since?: number;
}

const holdCount = statement<never>(
  undefined,
  `insert into login_attempt as l (organization_id, user_id) values ($1, $2)
   on conflict (organization_id, user_id) do update set failures = l.failures`,
);
const store = statement<{ user_id: string }>(
  undefined,
  `with bumped as (
     update app_user set credential_version = credential_version + 1, updated_at = now()
      where organization_id = $1 and id = $2 and deleted_at is null and ($5::integer is null or credential_version = $5)
      returning id),
   cleared as (
     delete from login_attempt l using bumped b where l.organization_id = $1 and l.user_id = b.id)
   insert into credential (organization_id, user_id, password_hash, must_change, changed_at)
   select $1, b.id, $3, $4, now() from bumped b
   on conflict (organization_id, user_id) do update
     set password_hash = excluded.password_hash, must_change = excluded.must_change, changed_at = excluded.changed_at
   returning user_id`,
);
const storeFirst = statement<never>(
  undefined,
  `insert into credential (organization_id, user_id, password_hash, must_change) values ($1, $2, $3, $4)`,
);
const replace = statement<never>(
  undefined,
  `update credential set password_hash = $4 where organization_id = $1 and user_id = $2 and password_hash = $3`,
);

/** A new password: sessions and tokens of the old one are dead, and its failures forgotten. False if it came too late. */
export async function storePassword(tx: Transaction, { userId, hash, mustChange, since }: NewPassword) {
  // First the count, then the user, as a login takes them: in the other order each could wait for the other.
  await tx.query(holdCount, [userId]);
  return (await tx.query(store, [userId, hash, mustChange, since ?? null])).length > 0;
}

/** The password of somebody who is just being made. */
export async function storeFirstPassword(tx: Transaction, { userId, hash, mustChange }: Omit<NewPassword, 'since'>) {
  await tx.execute(storeFirst, [userId, hash, mustChange]);
}

/** The same password at other costs: nothing else changes. */
export async function storeRehash(tx: Transaction, userId: string, oldHash: string, newHash: string): Promise<void> {
  await tx.execute(replace, [userId, oldHash, newHash]);
}
