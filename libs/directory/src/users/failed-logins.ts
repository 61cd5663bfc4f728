import type { AuditTrail } from '@app/audit';
import { statement, type Transaction } from '@app/persistence';

const forget = statement<{ failures: number; locked_until: string | null }>(
  undefined,
  `delete from login_attempt where organization_id = $1 and user_id = $2 returning failures, locked_until`,
);

/** Ends a temporary lock and begins to count anew, which the trail tells if there was anything to forget. */
export async function forgetFailedLogins(tx: Transaction, audit: AuditTrail, userId: string): Promise<void> {
  const [count] = await tx.query(forget, [userId]);
  if (!count || count.failures === 0) return;
  const before = { failures: count.failures, ...(count.locked_until && { lockedUntil: count.locked_until }) };
  await audit.record(tx, { action: 'user.unlocked', subjectType: 'user', subjectId: userId, before });
}
