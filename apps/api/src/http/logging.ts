import type { DynamicModule, LoggerService } from '@nestjs/common';
import { Logger, LoggerModule } from 'nestjs-pino';
import type { DestinationStream } from 'pino';
import type { Configuration } from '@app/kernel';

/** Structured logs; what is logged while a request runs carries its id. The line about the request itself is RequestLog's. */
export function loggingModule(level: Configuration['logLevel'], destination?: DestinationStream): DynamicModule {
  const options = {
    level,
    autoLogging: false,
    quietReqLogger: true,
    quietResLogger: true,
    customAttributeKeys: { reqId: 'requestId' },
    serializers: { req: () => undefined, res: () => undefined },
  };
  return LoggerModule.forRoot({ pinoHttp: destination ? [options, destination] : options });
}

const startUp = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory', 'NestApplication']);

/** The framework tells of every module and route at its start: at debug level that is welcome. */
export class QuietStartLogger implements LoggerService {
  constructor(private readonly inner: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    if (startUp.has(String(rest.at(-1)))) this.inner.debug(message, ...rest);
    else this.inner.log(message, ...rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.inner.error(message, ...rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.inner.warn(message, ...rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.inner.debug(message, ...rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.inner.verbose(message, ...rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.inner.fatal(message, ...rest);
  }
}
