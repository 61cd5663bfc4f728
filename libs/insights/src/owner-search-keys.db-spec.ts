import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '@app/kernel';
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

it('owners who were there before they could be searched by every text are found like later ones', async () => {
  await bringUpTo(database, '0020-people-and-rights');
  const organization = newId();
  await client.query(`insert into organization (id, slug, name) values ($1, 'before', 'Before')`, [organization]);
  await client.query(
    `insert into owner (organization_id, name, name_key, location, phone, metadata)
     select $1, i::text, i::text, case when i % 2 = 0 then 'Zürich ' || i end, null, case when i % 3 = 0 then '{"Cost":"ÄB","n":3}' else '{}' end::jsonb
       from generate_series(1, 6000) i`,
    [organization],
  );
  await bringUpTo(database, '0021-owner-search');
  const { rows } = await client.query(`select name, search_keys from owner order by name::int`);
  for (const { name, search_keys } of rows as { name: string; search_keys: unknown }[]) {
    expect(search_keys).toEqual({
      ...(Number(name) % 2 === 0 && { location: `zürich ${name}` }),
      ...(Number(name) % 3 === 0 && { 'metadata.Cost': 'äb', 'metadata.n': '3' }),
    });
  }
});
