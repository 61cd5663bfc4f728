import { afterAll, vi } from 'vitest';
// Not among what the package exports, and it has no other way to take a logger after the first of a process.
import { resetRootLogger } from '../../node_modules/nestjs-pino/dist/esm/rootLogger.js';

/** Test files that share a worker share its modules and its process: what one of them puts over those goes with it. */
afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.useRealTimers();
  resetRootLogger();
});
