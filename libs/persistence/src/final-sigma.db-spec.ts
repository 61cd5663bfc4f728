import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fold } from '@app/kernel';
import { distinct, repeatable } from '../../../database/migrations/0031-final-sigma.js';
import { migrations } from '../../../database/migrations/index.js';
import { Given, type GivenOrganization } from '../../../test/support/given.js';
import { createEmptyDatabase, type TestDatabase } from '../../../test/support/test-database.js';
import { migrate } from './migrate.js';

let database: TestDatabase;
let given: Given;
let client: Client;

const bringUp = async (upTo: string) => {
  const until = migrations.findIndex(({ name }) => name === upTo);
  await migrate(database.ownerUrl, migrations.slice(0, until + 1), new URL(database.serverUrl).username);
};

/** As keys were made before. */
const foldedBefore = (text: string) => text.normalize('NFC').toLowerCase();
const named = (user_name: string) => ({ user_name, user_name_key: foldedBefore(user_name) });
const shown = (display_name: string) => ({ display_name, display_name_key: foldedBefore(display_name) });
const reached = (email: string) => ({ email, email_key: foldedBefore(email) });
const keyOf = async (table: string, column: string, { id }: { id: string }) =>
  (await client.query<Record<string, unknown>>(`select ${column} as key from ${table} where id = $1`, [id])).rows[0]?.[
    'key'
  ];

beforeAll(async () => {
  database = await createEmptyDatabase();
  await bringUp('0030-user-roles');
  given = await Given.on(database.ownerUrl);
  client = new Client({ connectionString: database.ownerUrl });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await given.close();
  await database.drop();
});

it('every folded column of that time is mended, and no other', async () => {
  const { rows } = await client.query<{ name: string }>(`
    select c.relname || '.' || a.attname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
       and a.attname ~ '_keys?$' and (a.attcollation = '"C"'::regcollation or a.attname = 'search_keys')
       and a.attname <> 'native_key'
     order by 1`);
  const listed = [repeatable, distinct].flatMap((tables) =>
    Object.entries<readonly string[]>(tables).flatMap(([table, columns]) =>
      columns.map((column) => `${table}.${column}`),
    ),
  );
  expect(listed.toSorted()).toEqual(rows.map(({ name }) => name));
});

it('keys that hold the sigma of the end are as they are made now, but where another has the name', async () => {
  const company: GivenOrganization = await given.organization();
  const elsewhere = await given.organization();
  const plain = await company.user({ ...named('ΝΙΚΟΣ'), ...shown('Νίκος ς'), ...reached('ΝΙΚΟΣ@example.com') });
  const within = await company.user(named('λογοσ'));
  const atEnd = await company.user({ ...named('ΛΟΓΟΣ'), ...shown('Λόγος') });
  const twin = await elsewhere.user(named('ΛΟΓΟΣ'));
  const called = await company.user(reached('κοσμοσ'));
  const alike = await company.user(named('ΚΟΣΜΟΣ'));
  const gone = await company.user({ ...named('λογος'), deleted_at: new Date() });
  const application = await company.application();
  const connector = await company.connector(application);
  const owner = await company.owner({
    name: 'Νίκος',
    name_key: 'νίκος',
    department: 'Πόρος',
    department_key: 'πόρος',
    search_keys: JSON.stringify({ 'metadata.τόπος': 'πύργος', phone: '1' }),
  });
  const account = await company.account(connector, owner, { correlation_keys: ['άλλος', null, 'a"b,ς'] });
  await client.query(`update account set name_key = 'νίκος', native_key = 'Νίκος' where id = $1`, [account.id]);

  await bringUp('0031-final-sigma');

  expect(await keyOf('app_user', 'user_name_key', plain)).toBe(fold('ΝΙΚΟΣ'));
  expect(await keyOf('app_user', 'email_key', plain)).toBe(fold('ΝΙΚΟΣ@example.com'));
  expect(await keyOf('app_user', 'display_name_key', plain)).toBe(fold('Νίκος ς'));
  expect(await keyOf('app_user', 'user_name_key', within)).toBe('λογοσ');
  expect(await keyOf('app_user', 'user_name_key', atEnd)).toBe('λογος');
  expect(await keyOf('app_user', 'display_name_key', atEnd)).toBe(fold('Λόγος'));
  expect(await keyOf('app_user', 'user_name_key', twin)).toBe('λογοσ');
  expect(await keyOf('app_user', 'user_name_key', alike)).toBe('κοσμος');
  expect(await keyOf('app_user', 'email_key', called)).toBe('κοσμοσ');
  expect(await keyOf('app_user', 'user_name_key', gone)).toBe('λογοσ');
  expect(await keyOf('owner', 'name_key', owner)).toBe(fold('Νίκος'));
  expect(await keyOf('owner', 'department_key', owner)).toBe(fold('Πόρος'));
  expect(await keyOf('owner', 'search_keys', owner)).toEqual({ 'metadata.τόπος': fold('πύργος'), phone: '1' });
  expect(await keyOf('account', 'correlation_keys', account)).toEqual(['άλλοσ', null, 'a"b,σ']);
  expect(await keyOf('account', 'name_key', account)).toBe(fold('Νίκος'));
  expect(await keyOf('account', 'owner_name_key', account)).toBe(fold('Νίκος'));
  expect(await keyOf('account', 'native_key', account)).toBe('Νίκος');
});
