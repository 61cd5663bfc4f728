export * from './jobs.js';
export * from './run-queue.js';
export * from './run-tidying.js';
export * from './run-worker.js';
export * from './run.service.js';
export { type RunFigures, RunTotals } from './run-totals.js';
export * from './sync.module.js';
export type { NamedRun, RunChange, SyncRun } from './sync-run.js';
