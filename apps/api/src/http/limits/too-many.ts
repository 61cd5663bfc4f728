import { RateLimiterRes } from 'rate-limiter-flexible';
import { DomainError } from '@app/kernel';

/** What the limiter threw, as a refusal that says when to come back; anything else is a fault and stays one. */
export function tooMany(thrown: unknown, what: string): unknown {
  if (!(thrown instanceof RateLimiterRes)) return thrown;
  return new DomainError('too_many_requests', `Too many ${what}.`, [], Math.ceil(thrown.msBeforeNext / 1000));
}
