import { isId, NotFoundError } from '@app/kernel';
import { statement, type Transaction } from '@app/persistence';

const hold = statement<{ id: string }>(
  undefined,
  `select id from app_user where organization_id = $1 and id = any($2::uuid[]) and deleted_at is null order by id for share`,
);

/** Users who are to own something, held so that none of them is deleted meanwhile. @returns them, each once */
export async function holdUsers(tx: Transaction, userIds: readonly string[]): Promise<string[]> {
  const wanted = [...new Set(userIds.map((id) => id.toLowerCase()))];
  const held = wanted.length > 0 && wanted.every(isId) ? await tx.query(hold, [wanted]) : [];
  if (held.length < wanted.length) throw new NotFoundError('user');
  return wanted;
}
