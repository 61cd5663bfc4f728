import type { Job } from '@app/jobs';

/** Names a task; everything else is in its row. */
export interface AccountWork {
  readonly organizationId: string;
  readonly taskId: string;
}

const retries = { limit: 6, longestWaitSeconds: 300 } as const;

/** Enables, disables or unlocks an account at its source. */
export const operateAccount: Job<AccountWork> = { name: 'accounts.operate', retries };

/** Reads one account again. */
export const reloadAccount: Job<AccountWork> = { name: 'accounts.reload', retries };

export const accountJobs = [operateAccount, reloadAccount];
