import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { MikroORM, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { Announcements } from './announcements.js';
import { Database } from './database.js';
import { type OrmOptions, ormOptions } from './orm-options.js';

/** MikroORM and the statement door for one process. */
@Global()
@Module({ providers: [Announcements, Database], exports: [Announcements, Database] })
export class PersistenceModule implements OnApplicationShutdown {
  constructor(@Inject(MikroORM) private readonly orm: MikroORM) {}

  static forRoot(options: OrmOptions): DynamicModule {
    return {
      module: PersistenceModule,
      imports: [
        MikroOrmModule.forRoot({ ...ormOptions(options), driver: PostgreSqlDriver, registerRequestContext: false }),
      ],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.orm.close(true);
  }
}
