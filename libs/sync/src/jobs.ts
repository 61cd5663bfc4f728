import type { Job } from '@app/jobs';

/** Wakes a worker; which run it takes is decided by the table of runs. */
export const runQueued: Job<{ runId: string }> = { name: 'sync.run-queued' };
