import { ConflictError } from '@app/kernel';
import { statement, type Transaction } from '@app/persistence';

/** A user as others name him: by his address or, without one, by his user name. */
export interface PersonRow {
  readonly id: string;
  readonly user_name: string;
  readonly user_name_key: string;
  readonly display_name: string;
  readonly email: string | null;
  readonly email_key: string | null;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly active: boolean;
  readonly last_login_at: string | null;
}

/** Of `u`. */
export const personColumns = `u.id, u.user_name, u.user_name_key, u.display_name, u.email, u.email_key,
  u.first_name, u.last_name, u.active, u.last_login_at`;

/** By which people stand in order, and by which they are found again. */
export const personOrder = 'coalesce(u.email_key, u.user_name_key), u.id';

/** Until the transaction ends nobody of them is deleted; they sign in meanwhile, which takes hold of less. */
const holdNamed = statement<PersonRow & { readonly system: boolean }>(
  undefined,
  `select ${personColumns}, u.system from app_user u
    where u.organization_id = $1 and u.deleted_at is null
      and (u.email_key = any($2::text[]) or u.email_key is null and u.user_name_key = any($2::text[]))
    order by u.id for key share of u`,
);

export function keyOfPerson({ email_key, user_name_key }: PersonRow): string {
  return email_key ?? user_name_key;
}

/** Whoever lives by these keys: whoever has an address is found by nothing else. */
export async function holdPeopleNamed(tx: Transaction, keys: readonly string[]): Promise<Map<string, PersonRow>> {
  if (keys.length === 0) return new Map();
  const found = await tx.query(holdNamed, [keys]);
  if (found.some(({ system }) => system)) throw new ConflictError('A system user cannot be named here.');
  return new Map(found.map((person) => [keyOfPerson(person), person]));
}
