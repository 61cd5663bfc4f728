import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bringUpTo, createEmptyDatabase, type TestDatabase } from '../../../test/support/test-database.js';

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createEmptyDatabase();
  client = new Client({ connectionString: database.ownerUrl });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

interface Index {
  readonly name: string;
  readonly parent: string | null;
}

async function indexesOfPartitions(): Promise<Index[]> {
  const { rows } = await client.query<Index>(
    `select x.indexrelid::regclass::text as name, i.inhparent::regclass::text as parent
       from pg_inherits p join pg_index x on x.indrelid = p.inhrelid left join pg_inherits i on i.inhrelid = x.indexrelid
      where p.inhparent = 'audit_event'::regclass order by 1`,
  );
  return rows;
}

it('indexes of the trail that an operator built beforehand, as the documentation says, are taken over by the migration', async () => {
  const guide = readFileSync('docs/operations.md', 'utf8');
  const [, asWritten = ''] =
    /```sql\n(select format\('create index concurrently[^`]*?)\s*\\gexec\n```/.exec(guide) ?? [];
  await bringUpTo(database, '0011-run-totals');
  const before = await indexesOfPartitions();
  const partitions = new Set(before.map(({ name }) => name.replace(/_(pkey|organization_id.*)$/, '')));
  const { rows: statements } = await client.query<string[]>({ text: asWritten, rowMode: 'array' });
  expect(statements).toHaveLength(4 * partitions.size);
  for (const [text = ''] of statements) await client.query(text);

  const built = (await indexesOfPartitions()).map(({ name }) => name);
  await bringUpTo(database, '0012-callers');
  const after = await indexesOfPartitions();
  expect(after.map(({ name }) => name)).toEqual(built);
  expect(after.filter(({ parent }) => parent === null)).toEqual([]);
});
