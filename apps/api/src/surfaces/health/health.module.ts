import { type DynamicModule, type FactoryProvider, Module, type ModuleMetadata } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { type ReadinessCheck, readinessChecks } from './readiness.js';

interface Checks extends Pick<ModuleMetadata, 'imports'>, Pick<FactoryProvider, 'inject'> {
  // The arguments are what `inject` names, which the type system cannot follow.
  readonly useFactory: (...injected: never[]) => readonly ReadinessCheck[];
}

@Module({ controllers: [HealthController] })
export class HealthModule {
  static with({ imports = [], inject = [], useFactory }: Checks): DynamicModule {
    return {
      module: HealthModule,
      imports,
      providers: [{ provide: readinessChecks, inject, useFactory: useFactory as FactoryProvider['useFactory'] }],
    };
  }
}
