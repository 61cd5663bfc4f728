import { type DynamicModule, Module } from '@nestjs/common';
import { JobQueue, type JobsOptions, jobsOptions } from './job-queue.js';
import { Tasks } from './tasks.js';

@Module({})
export class JobsModule {
  static forRoot(options: JobsOptions): DynamicModule {
    return {
      module: JobsModule,
      global: true,
      providers: [{ provide: jobsOptions, useValue: options }, JobQueue, Tasks],
      exports: [JobQueue, Tasks],
    };
  }
}
