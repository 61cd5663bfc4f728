import type { Job, JobQueue } from '@app/jobs';
import { statement, type Transaction } from '@app/persistence';

/** Names a task; everything else is in its row. */
export interface AccountWork {
  readonly organizationId: string;
  readonly taskId: string;
}

/** Tried for longer than a task is in one pair of hands: what a lost worker had is taken up by another. */
const retries = { limit: 10, longestWaitSeconds: 300 } as const;

/** A slow source keeps nobody else's accounts waiting. Of one account they are still done one after another. */
const concurrency = 5;

/** Enables, disables or unlocks an account at its source. */
export const operateAccount: Job<AccountWork> = { name: 'accounts.operate', retries, concurrency };

/** Reads one account again. */
export const reloadAccount: Job<AccountWork> = { name: 'accounts.reload', retries, concurrency };

export const accountJobs = [operateAccount, reloadAccount];

const nextOfAccount = statement<{ id: string; kind: string }>(
  undefined,
  `select id, kind from task where organization_id = $1 and subject_id = $2 and finished_at is null order by position limit 1`,
);

/** Tasks of one account are done one after another: the end of each wakes the next, whose own job may have given up. */
export async function wakeNext(tx: Transaction, jobs: JobQueue, accountId: string): Promise<void> {
  const [next] = await tx.query(nextOfAccount, [accountId]);
  if (!next) return;
  const job = next.kind === 'account.reload' ? reloadAccount : operateAccount;
  await jobs.enqueue(tx, job, { organizationId: tx.organizationId, taskId: next.id });
}
