import { describe, expect, it } from 'vitest';
import type { BruteForceDetectionPolicy } from '@app/kernel';
import { afterFailure, type AttemptState, type FailureEffect, noFailures } from './lockout.js';

const policy: BruteForceDetectionPolicy = {
  enabled: true,
  clearFailuresAfter: 43_200,
  maxLoginFailures: 5,
  waitIncrement: 60,
  maxFailureWait: 150,
  maxTemporaryLockouts: 2,
  permanentLockout: false,
};
const start = Date.parse('2026-01-01T00:00:00Z');

/** Fails at these seconds; tells the state and each effect. */
function failAt(seconds: readonly number[], by = policy): { state: AttemptState; effects: FailureEffect[] } {
  let state = noFailures;
  const effects = seconds.map((second) => {
    const after = afterFailure(state, by, start + second * 1000);
    state = after.state;
    return after.effect;
  });
  return { state, effects };
}

const lockSeconds = ({ lockedUntil, lastFailureAt }: AttemptState) => (lockedUntil! - lastFailureAt!) / 1000;

describe('an account', () => {
  it('locks with the fifth failure, for a minute', () => {
    const { state, effects } = failAt([0, 1, 2, 3, 4]);
    expect(effects).toEqual(['counted', 'counted', 'counted', 'counted', 'locked']);
    expect(state).toMatchObject({ failures: 5, windowFailures: 0, temporaryLockouts: 1 });
    expect(lockSeconds(state)).toBe(60);
  });

  it('counts what comes while it is locked, and is not locked for longer by it', () => {
    const { state, effects } = failAt([0, 0, 0, 0, 0, 10, 20, 30, 59]);
    expect(effects.slice(5)).toEqual(['counted', 'counted', 'counted', 'counted']);
    expect(state).toMatchObject({ failures: 9, windowFailures: 0, lockedUntil: start + 60_000 });
  });

  it('is locked for longer each time, up to the cap', () => {
    const five = (from: number) => [from, from, from, from, from];
    expect(lockSeconds(failAt([...five(0), ...five(60)]).state)).toBe(120);
    expect(lockSeconds(failAt([...five(0), ...five(60), ...five(200)]).state)).toBe(150);
    expect(lockSeconds(failAt([...five(0), ...five(60), ...five(200), ...five(400)]).state)).toBe(150);
  });

  it('begins anew when nothing failed for long enough', () => {
    const { state, effects } = failAt([0, 0, 0, 0, 43_201]);
    expect(effects.at(-1)).toBe('counted');
    expect(state).toMatchObject({ failures: 1, windowFailures: 1, temporaryLockouts: 0 });
    expect(failAt([0, 0, 0, 0, 43_200]).effects.at(-1)).toBe('locked');
  });

  it('locks for good only where that is set, and only after its temporary locks', () => {
    const byTwenties = [0, 1, 2, 3].flatMap((round) => Array.from({ length: 5 }, () => round * 1_000));
    const locks = (by: BruteForceDetectionPolicy) => failAt(byTwenties, by).effects.filter((e) => e !== 'counted');
    expect(locks(policy)).toEqual(['locked', 'locked', 'locked', 'locked']);
    expect(locks({ ...policy, permanentLockout: true }).slice(0, 3)).toEqual(['locked', 'locked', 'lockedForGood']);
    expect(locks({ ...policy, permanentLockout: true, maxTemporaryLockouts: 0 })[0]).toBe('lockedForGood');
  });

  it('may be set to lock at once, or never', () => {
    expect(failAt([0], { ...policy, maxLoginFailures: 1 }).effects).toEqual(['locked']);
    const { state, effects } = failAt(
      Array.from({ length: 100 }, () => 0),
      { ...policy, enabled: false },
    );
    expect(new Set(effects)).toEqual(new Set(['counted']));
    expect(state).toMatchObject({ failures: 100, lockedUntil: null });
  });
});
