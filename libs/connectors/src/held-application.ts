import type { Principal } from '@app/access';
import { NotFoundError } from '@app/kernel';
import { statement, type Transaction } from '@app/persistence';
import { applicationReach, visibleApplication } from './application-row.js';

const heldFor = (strength: string) =>
  statement<{ id: string }>(
    undefined,
    `select a.id from application a where ${visibleApplication} and a.id = $3 for ${strength}`,
  );
const holds = { change: heldFor('no key update'), stay: heldFor('share') };

/** Holds an application until the transaction ends: to change it, one at a time; that it may stay as it is, beside others. */
export async function holdApplication(
  tx: Transaction,
  caller: Principal,
  id: string,
  what: keyof typeof holds = 'change',
): Promise<void> {
  const held = await tx.query(holds[what], applicationReach(caller, 'connectors:write', id));
  if (held.length === 0) throw new NotFoundError('application');
}
