import { Inject, Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { DomainError } from '@app/kernel';
import { Database } from '@app/persistence';
import { type ApiConfiguration, configurationToken } from '../../api-configuration.js';

/** Doors that a secret opens. */
export type Door = 'login' | 'token' | 'invitation' | 'provider';

const windowSeconds = 300;
/** Who is over the limit is not asked about again for so long. */
const blockedSeconds = 10;

/**
 * Failures of one address at one door, counted in the database and so by all processes together. A try under way counts
 * as one until it is known, so that a hundred at once are a hundred; but only failures close the door for long.
 */
@Injectable()
export class DoorCounters {
  private readonly failures: RateLimiterPostgres | undefined;
  private readonly limit: number;
  /** Doors that were found closed: their points are the time at which they open. */
  private readonly closed = new RateLimiterMemory({ points: 1, duration: blockedSeconds });
  /** Tries of this process that are not known yet. */
  private readonly underWay = new Map<string, number>();

  constructor(database: Database, @Inject(configurationToken) { rateLimits }: ApiConfiguration) {
    this.limit = rateLimits?.doorFailures ?? 0;
    this.failures =
      rateLimits &&
      new RateLimiterPostgres({
        storeClient: storeOn(database),
        storeType: 'client',
        tableName: 'rate_limit',
        tableCreated: true,
        clearExpiredByTimeout: false,
        points: rateLimits.doorFailures,
        duration: windowSeconds,
        keyPrefix: 'door',
      });
  }

  /** Throws when this address has no try left at this door. */
  async requireOpen(door: Door, network: string): Promise<void> {
    const found = this.failures && (await this.closed.get(keyOf(door, network)));
    if (found) throw refusal(found.consumedPoints - Date.now());
  }

  /** Counts a try; throws when it is one too many, and then it has not counted. */
  async begin(door: Door, network: string): Promise<void> {
    const key = keyOf(door, network);
    const others = this.underWay.get(key) ?? 0;
    this.underWay.set(key, others + 1);
    try {
      await this.failures?.consume(key);
    } catch (thrown) {
      const refused = thrown instanceof RateLimiterRes ? await this.tooMany(key, thrown) : thrown;
      this.end(key);
      throw refused;
    }
  }

  /** It is known how the try ended. Whatever was no failure is taken back. */
  async finish(door: Door, network: string, failed: boolean): Promise<void> {
    const key = keyOf(door, network);
    this.end(key);
    if (!failed) await this.failures?.reward(key);
  }

  /** Counts what was found to be a failure. */
  async countFailure(door: Door, network: string): Promise<void> {
    await this.begin(door, network);
    await this.finish(door, network, true);
  }

  private async tooMany(key: string, { consumedPoints, msBeforeNext }: RateLimiterRes): Promise<DomainError> {
    const known = consumedPoints - (this.underWay.get(key) ?? 0);
    await this.failures?.reward(key);
    if (known < this.limit) return refusal(1_000);
    await this.closed.set(key, Date.now() + msBeforeNext, Math.min(blockedSeconds, Math.ceil(msBeforeNext / 1_000)));
    return refusal(msBeforeNext);
  }

  private end(key: string): void {
    const left = (this.underWay.get(key) ?? 1) - 1;
    if (left === 0) this.underWay.delete(key);
    else this.underWay.set(key, left);
  }
}

function refusal(waitMs: number): DomainError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
  return new DomainError('too_many_requests', 'Too many failed attempts from this address.', [], seconds);
}

function keyOf(door: Door, network: string): string {
  return `${door} ${network}`;
}

/** The library speaks to PostgreSQL through our own door, in its own words. */
function storeOn(database: Database) {
  return {
    query: ({ text, values }: { text: string; values: readonly unknown[] }) =>
      database.asSystem('attempts are counted before anybody is known', async (system) => {
        const { rows } = await system.run(text, values);
        return { rows, rowCount: rows.length };
      }),
  };
}
