import { namesInTrail } from '@app/audit';
import { statement, type Transaction } from '@app/persistence';

/** An organization where somebody acted who is no user of it, and what its trail calls him. */
export interface ActsElsewhere {
  readonly tx: Transaction;
  readonly names: readonly string[];
}

const managed = statement<{ id: string }>(undefined, `select id from organization where parent_id = $1 order by id`);

/** Whoever administers an organization acts in those it manages, by his name with the organization's behind it. */
export async function actsElsewhere(tx: Transaction, userId: string): Promise<ActsElsewhere[]> {
  const found: ActsElsewhere[] = [];
  for (const { id: organizationId } of await tx.query(managed)) {
    const there = tx.elsewhere({ ...tx.caller, organizationId });
    const told = await namesInTrail(there, { type: 'user', id: userId }, []);
    if (told.length > 0) found.push({ tx: there, names: told.map(({ value }) => value) });
  }
  return found;
}
