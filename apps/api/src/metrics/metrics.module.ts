import { type DynamicModule, Module } from '@nestjs/common';
import type { Configuration } from '@app/kernel';
import { SyncModule } from '@app/sync';
import { DatabaseFiguresReader } from './database-figures.js';
import { DatabaseMetrics } from './database-metrics.js';
import { metricsControllerAt } from './metrics.controller.js';
import { Metrics } from './metrics.js';

@Module({})
export class MetricsModule {
  /** A route on the main port, unless there is none or it has a port of its own. */
  static forRoot({ metricsPath, metricsPort }: Pick<Configuration, 'metricsPath' | 'metricsPort'>): DynamicModule {
    const here = metricsPath !== undefined && metricsPort === undefined;
    return {
      module: MetricsModule,
      imports: [SyncModule],
      controllers: here ? [metricsControllerAt(metricsPath)] : [],
      providers: [DatabaseFiguresReader, DatabaseMetrics, Metrics],
    };
  }
}
