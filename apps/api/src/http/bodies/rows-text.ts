import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { RecordCutter, RecordError } from '@app/connectors';
import { UnreadableError } from '../errors/refusal.js';
import { textOf } from './json-text.js';

/** A list of rows in another type than JSON. Read by the operation that takes it, for only that knows its fields. */
export class RowsText {
  constructor(
    readonly kind: 'csv' | 'ndjson',
    readonly bytes: Buffer,
  ) {}
}

/** Several times the largest list that an operation takes. */
export const rowsLimitBytes = 4 * 1024 * 1024;
export const mostValuesOfRows = 80_000;

interface RowsConfig {
  readonly takesRows?: boolean;
}

/** The operation takes a long list of rows: as JSON, as lines of JSON, or as CSV. */
export const TakesRows = () => RouteConfig({ takesRows: true } satisfies RowsConfig);

export function takesRows({ routeOptions }: FastifyRequest): boolean {
  return configTakesRows(routeOptions.config);
}

export function configTakesRows(config: unknown): boolean {
  return (config as RowsConfig | undefined)?.takesRows === true;
}

/** Lines that are not blank. */
export function linesIn({ bytes }: RowsText): string[] {
  return plainText(bytes)
    .split('\n')
    .filter((line) => line.trim() !== '');
}

/** The cells of each record, the header first, as RFC 4180 has it. */
export function recordsIn({ bytes }: RowsText): (readonly string[])[] {
  const cutter = new RecordCutter(',');
  try {
    return [...cutter.take(plainText(bytes)), ...cutter.finish()].map(({ cells }) => cells);
  } catch (error) {
    if (error instanceof RecordError) throw new UnreadableError(`Line ${error.line}: ${error.message}`);
    throw error;
  }
}

/** The decoder has taken a byte order mark off. */
function plainText(bytes: Buffer): string {
  return textOf(bytes).replaceAll(/\r\n?/g, '\n');
}
