import type { EventEmitter } from 'node:events';
import type { ReadinessCheck } from './surfaces/health/readiness.js';

/** What `npm run demo` tells its server when every system of the sample company has been read. */
const complete = 'sample company complete';

/** Under the demo the server is ready only when the sample company is; its parent process knows. */
export function sampleCompanyCheck(parent: Pick<EventEmitter, 'on'>): ReadinessCheck {
  let told = false;
  parent.on('message', (message: unknown) => {
    told ||= message === complete;
  });
  return { name: 'sample', check: () => Promise.resolve(told) };
}
