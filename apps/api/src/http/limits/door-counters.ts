import { Inject, Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterPostgres } from 'rate-limiter-flexible';
import { Database } from '@app/persistence';
import { type ApiConfiguration, configurationToken } from '../../api-configuration.js';
import { tooMany } from './too-many.js';

/** Doors that a secret opens. */
export type Door = 'login' | 'token' | 'invitation';

const windowSeconds = 300;

/**
 * Failures of one address at one door, counted in the database and so by all processes together. Who is over the limit
 * is remembered in the process, which then need not ask again.
 */
@Injectable()
export class DoorCounters {
  private readonly failures: RateLimiterPostgres | undefined;
  private readonly blocked = new RateLimiterMemory({ points: 1, duration: windowSeconds });

  constructor(database: Database, @Inject(configurationToken) { rateLimits }: ApiConfiguration) {
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
        keyPrefix: '',
      });
  }

  /** Throws when this address has no try left at this door. */
  async requireOpen(door: Door, network: string): Promise<void> {
    const block = this.failures && (await this.blocked.get(keyOf(door, network)));
    if (block) throw tooMany(block, words);
  }

  /** Counts a try; throws when it is one too many. */
  async count(door: Door, network: string): Promise<void> {
    const key = keyOf(door, network);
    try {
      await this.failures?.consume(key);
    } catch (thrown) {
      const refusal = tooMany(thrown, words);
      if (refusal !== thrown)
        await this.blocked.block(key, Math.ceil((thrown as { msBeforeNext: number }).msBeforeNext / 1000));
      throw refusal;
    }
  }

  /** Takes a try back that turned out to be a success. */
  async takeBack(door: Door, network: string): Promise<void> {
    await this.failures?.reward(keyOf(door, network));
  }
}

const words = 'failed attempts from this address';

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
