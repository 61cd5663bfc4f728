import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

/** Nest's log calls as structured lines. */
export class PinoNestLogger implements LoggerService {
  constructor(private readonly pino: Logger) {}

  log(message: unknown, context?: unknown): void {
    this.pino.info(...line(message, context));
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.pino.error(...line(message, rest.at(-1)));
  }

  warn(message: unknown, context?: unknown): void {
    this.pino.warn(...line(message, context));
  }

  debug(message: unknown, context?: unknown): void {
    this.pino.debug(...line(message, context));
  }
}

function line(message: unknown, context: unknown): [object, string] {
  const fields = typeof context === 'string' ? { context } : {};
  if (typeof message === 'object' && message !== null) return [{ ...fields, ...message }, ''];
  return [fields, String(message)];
}
