import type { EntityClass } from '@mikro-orm/postgresql';
import { Given } from './given.js';
import { createTestDatabase, type OpenDatabase, openDatabase, type TestDatabase } from './test-database.js';

export interface TestBed extends OpenDatabase {
  readonly given: Given;
  readonly file: TestDatabase;
}

/** A database of the test file's own: rows go in through `given`, the server's role looks through `database`. */
export async function openTestBed(entities: readonly EntityClass[] = []): Promise<TestBed> {
  const file = await createTestDatabase();
  const given = await Given.on(file.ownerUrl);
  const open = await openDatabase(file.serverUrl, entities);
  const close = async () => {
    await open.close();
    await given.close();
    await file.drop();
  };
  return { ...open, given, file, close };
}
