import { setTimeout as sleep } from 'node:timers/promises';

/** One thing this server cannot work without. */
export interface ReadinessCheck {
  readonly name: string;
  check(): Promise<boolean>;
}

/** Token of the list of checks. */
export const readinessChecks = Symbol('readinessChecks');

export interface Readiness {
  readonly status: 'ok' | 'unavailable';
  readonly checks: Readonly<Record<string, 'ok' | 'failed'>>;
}

/** All at once, each within its time: a probe must not hang because what it asks about does. */
export async function readinessOf(checks: readonly ReadinessCheck[], limitMs = 2000): Promise<Readiness> {
  const results = await Promise.all(checks.map((check) => holds(check, limitMs)));
  return {
    status: results.every(Boolean) ? 'ok' : 'unavailable',
    checks: Object.fromEntries(checks.map(({ name }, index) => [name, results[index] ? 'ok' : 'failed'])),
  };
}

/** An error is a no; its text stays here. */
async function holds(check: ReadinessCheck, limitMs: number): Promise<boolean> {
  try {
    return await Promise.race([check.check(), sleep(limitMs, false, { ref: false })]);
  } catch {
    return false;
  }
}
