import { type DynamicModule, Module } from '@nestjs/common';
import type { Configuration } from '@app/kernel';

/** What handlers need to know of the configuration. */
export type ApiConfiguration = Pick<Configuration, 'uploadLimitBytes' | 'publicUrl' | 'rateLimits'>;

export const configurationToken = Symbol('ApiConfiguration');

@Module({})
export class ApiConfigurationModule {
  static forRoot({ uploadLimitBytes, publicUrl, rateLimits }: Configuration): DynamicModule {
    const configuration: ApiConfiguration = { uploadLimitBytes, publicUrl, rateLimits };
    return {
      module: ApiConfigurationModule,
      global: true,
      providers: [{ provide: configurationToken, useValue: configuration }],
      exports: [configurationToken],
    };
  }
}
