import type { BruteForceDetectionPolicy } from '@app/kernel';

/** What is counted against one account. Times in milliseconds since the epoch. */
export interface AttemptState {
  /** Every failure since the last success, while locked too. */
  readonly failures: number;
  /** Those that lead to the next lock. */
  readonly windowFailures: number;
  readonly temporaryLockouts: number;
  readonly lastFailureAt: number | null;
  readonly lockedUntil: number | null;
}

/** What one more failure brings. */
export type FailureEffect = 'counted' | 'locked' | 'lockedForGood';

export interface AfterFailure {
  readonly state: AttemptState;
  readonly effect: FailureEffect;
}

/**
 * One more failure. A lock comes with the failure that fills the window; each further one is longer, up to the cap.
 * Failures while locked count, and lead to nothing: whoever keeps guessing does not keep the owner out for longer.
 */
export function afterFailure(state: AttemptState, policy: BruteForceDetectionPolicy, now: number): AfterFailure {
  const { failures, windowFailures, temporaryLockouts, lastFailureAt, lockedUntil } = state;
  if (lastFailureAt !== null && now - lastFailureAt > policy.clearFailuresAfter * 1000 && !isLocked(state, now)) {
    return afterFailure(noFailures, policy, now);
  }
  const counted = { failures: failures + 1, lastFailureAt: now };
  if (!policy.enabled || isLocked(state, now)) {
    return { state: { ...counted, windowFailures, temporaryLockouts, lockedUntil }, effect: 'counted' };
  }
  if (windowFailures + 1 < policy.maxLoginFailures) {
    const more = { windowFailures: windowFailures + 1, temporaryLockouts, lockedUntil };
    return { state: { ...counted, ...more }, effect: 'counted' };
  }
  const wait = Math.min((temporaryLockouts + 1) * policy.waitIncrement, policy.maxFailureWait) * 1000;
  const locked = { windowFailures: 0, temporaryLockouts: temporaryLockouts + 1, lockedUntil: now + wait };
  const forGood = policy.permanentLockout && temporaryLockouts >= policy.maxTemporaryLockouts;
  return { state: { ...counted, ...locked }, effect: forGood ? 'lockedForGood' : 'locked' };
}

export const noFailures: AttemptState = {
  failures: 0,
  windowFailures: 0,
  temporaryLockouts: 0,
  lastFailureAt: null,
  lockedUntil: null,
};

export function isLocked({ lockedUntil }: AttemptState, now: number): boolean {
  return lockedUntil !== null && lockedUntil > now;
}
