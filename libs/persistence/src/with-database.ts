import { MikroORM } from '@mikro-orm/postgresql';
import { Announcements } from './announcements.js';
import { Database } from './database.js';
import { type OrmOptions, ormOptions } from './orm-options.js';

/** The door for a program without a Nest application around it. Nobody listens to what is announced there. */
export async function withDatabase<T>(options: OrmOptions, work: (database: Database) => Promise<T>): Promise<T> {
  const orm = await MikroORM.init(ormOptions(options));
  try {
    return await work(new Database(orm, new Announcements()));
  } finally {
    await orm.close(true);
  }
}
