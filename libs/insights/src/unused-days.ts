import { lastUse } from './owner-counters.js';

/** For how many whole days an account `a` has not been used; a use that a source dates to the future is none of today. */
export function daysUnused(now: string): string {
  return `greatest(0, floor(extract(epoch from ${now} - ${lastUse}) / 86400))::int`;
}
