import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { parseJson } from './json-text.js';

/** Long lists of people. As many values as its bytes have room for. */
export const largeJsonBytes = 8 * 1024 * 1024;
const mostValues = 1_000_000;

/**
 * JSON larger than others may send. Read by the operation that takes it, behind the guards: whoever may not send it costs
 * no more than the bytes.
 */
export class LargeJson {
  constructor(private readonly bytes: Buffer) {}

  read(): unknown {
    return parseJson(this.bytes, mostValues);
  }
}

interface LargeJsonConfig {
  readonly takesLargeJson?: boolean;
}

export const TakesLargeJson = () => RouteConfig({ takesLargeJson: true } satisfies LargeJsonConfig);

export function takesLargeJson({ routeOptions }: FastifyRequest): boolean {
  return configTakesLargeJson(routeOptions.config);
}

export function configTakesLargeJson(config: unknown): boolean {
  return (config as LargeJsonConfig | undefined)?.takesLargeJson === true;
}
