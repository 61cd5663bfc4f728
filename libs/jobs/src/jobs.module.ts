import { type DynamicModule, Module } from '@nestjs/common';
import { JobQueue, type JobsOptions, jobsOptions } from './job-queue.js';

@Module({})
export class JobsModule {
  static forRoot(options: JobsOptions): DynamicModule {
    return {
      module: JobsModule,
      global: true,
      providers: [{ provide: jobsOptions, useValue: options }, JobQueue],
      exports: [JobQueue],
    };
  }
}
