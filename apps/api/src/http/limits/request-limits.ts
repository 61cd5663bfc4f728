import { Inject, Injectable } from '@nestjs/common';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { type ApiConfiguration, configurationToken } from '../../api-configuration.js';
import { tooMany } from './too-many.js';

const windowSeconds = 10;

/** How many requests one address and one credential may send in ten seconds to this process; nothing when limits are off. */
@Injectable()
export class RequestLimits {
  private readonly addresses: RateLimiterMemory | undefined;
  private readonly credentials: RateLimiterMemory | undefined;

  constructor(@Inject(configurationToken) { rateLimits }: ApiConfiguration) {
    const limiter = (points: number) => new RateLimiterMemory({ points, duration: windowSeconds });
    this.addresses = rateLimits && limiter(rateLimits.perAddress);
    this.credentials = rateLimits && limiter(rateLimits.perCredential);
  }

  async ofAddress(network: string): Promise<void> {
    await count(this.addresses, network, 'requests from this address');
  }

  async ofCredential(credential: string): Promise<void> {
    await count(this.credentials, credential, 'requests with this credential');
  }
}

async function count(limiter: RateLimiterMemory | undefined, key: string, what: string): Promise<void> {
  try {
    await limiter?.consume(key);
  } catch (thrown) {
    throw tooMany(thrown, what);
  }
}
