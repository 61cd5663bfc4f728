import { MikroORM } from '@mikro-orm/postgresql';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrations } from '../../../database/migrations/index.js';
import { productEntities } from '../../../test/support/product-entities.js';
import { createEmptyDatabase, type TestDatabase } from '../../../test/support/test-database.js';
import { migrate, revertAll } from './migrate.js';
import { ormOptions, requestTimeouts } from './orm-options.js';

/** Tables of the whole server, which belong to no organization. */
const serverTables = ['rate_limit', 'run_total', 'schema_migration', 'signing_key', 'worker'];
/** Rows of one run each, reached by the run's id only. */
const runTables = ['staged_account', 'staged_key', 'staged_link', 'staged_plan'];

let database: TestDatabase;
let client: Client;
let orm: MikroORM;

beforeAll(async () => {
  database = await createEmptyDatabase();
  client = new Client({ connectionString: database.ownerUrl });
  await client.connect();
  const options = { url: database.serverUrl, entities: productEntities, migrations: [], poolSize: 1 };
  orm = await MikroORM.init(ormOptions({ ...options, timeouts: requestTimeouts, applicationName: 'schema test' }));
});
afterAll(async () => {
  await orm.close(true);
  await client.end();
  await database.drop();
});

async function rows<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
  return (await client.query(text, [...values])).rows as Row[];
}

/** Everything a migration could have made: schemas, relations, functions, types, extensions. */
async function objects(): Promise<string[]> {
  const found = await rows<{ what: string }>(`
    select 'schema ' || nspname as what from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
    union all select 'relation ' || c.relname from pg_class c where c.relnamespace = 'public'::regnamespace
    union all select 'function ' || p.proname from pg_proc p where p.pronamespace = 'public'::regnamespace
    union all select 'type ' || t.typname from pg_type t where t.typnamespace = 'public'::regnamespace
    union all select 'extension ' || extname from pg_extension
    order by 1`);
  return found.map(({ what }) => what).filter((what) => !/schema_migration/.test(what));
}

/** Tables in `public`; of partitioned ones the parent only. */
async function tables(): Promise<string[]> {
  const found = await rows<{ name: string }>(`
    select relname as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition order by 1`);
  return found.map(({ name }) => name);
}

describe('the migrations', () => {
  it('build the schema, take it back to nothing, and build the same again', async () => {
    const serverRole = new URL(database.serverUrl).username;
    const before = await objects();
    expect(before).toEqual(['extension plpgsql', 'schema public']);

    expect(await migrate(database.ownerUrl, migrations, serverRole)).toHaveLength(migrations.length);
    const built = await objects();
    await revertAll(database.ownerUrl, migrations);
    expect(await objects()).toEqual(before);

    await migrate(database.ownerUrl, migrations, serverRole);
    expect(await objects()).toEqual(built);
    expect(await migrate(database.ownerUrl, migrations, serverRole)).toEqual([]);
  });
});

interface Column {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly filled: boolean;
}

async function columnsOf(table: string): Promise<Column[]> {
  return rows<Column>(
    `select attname as name, format_type(atttypid, atttypmod) as type, attnotnull as required,
        atthasdef or attidentity <> '' as filled
       from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped`,
    [table],
  );
}

/** Spellings that the ORM and the catalogue use for one type. */
const sameType: Record<string, string> = {
  int: 'integer',
  'timestamptz(3)': 'timestamp(3) with time zone',
  'varchar(255)': 'text',
};

describe('each entity', () => {
  const properties = () =>
    [...orm.getMetadata().getAll().values()].flatMap((meta) => meta.props.map((prop) => ({ meta, prop })));

  it('is known to the server', () => {
    expect([...orm.getMetadata().getAll().values()].map(({ className }) => className)).toHaveLength(
      productEntities.length,
    );
  });

  it('has its table, and each of its properties a column of its type that is null as often', async () => {
    const wrong: string[] = [];
    for (const { meta, prop } of properties()) {
      const column = (await columnsOf(meta.tableName)).find(({ name }) => name === prop.fieldNames[0]);
      const type = prop.columnTypes[0] ?? '';
      const expected = { type: sameType[type] ?? type, required: !prop.nullable };
      const found = column && { type: column.type, required: column.required };
      if (JSON.stringify(found) !== JSON.stringify(expected)) {
        wrong.push(`${meta.className}.${prop.name}: ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('knows every column that must be given a value', async () => {
    const forgotten: string[] = [];
    for (const meta of orm.getMetadata().getAll().values()) {
      const known = meta.props.flatMap((prop) => prop.fieldNames);
      const columns = await columnsOf(meta.tableName);
      for (const { name, required, filled } of columns) {
        if (required && !filled && !known.includes(name)) forgotten.push(`${meta.tableName}.${name}`);
      }
    }
    expect(forgotten).toEqual([]);
  });
});

describe('each table', () => {
  it('of a tenant has the organization first in its primary key', async () => {
    const keys = await rows<{ name: string; columns: string[] | null }>(
      `select t.relname as name, (select array_agg(a.attname order by k.place)::text[] from pg_constraint c
          cross join lateral unnest(c.conkey) with ordinality as k(attnum, place)
          join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.attnum
         where c.conrelid = t.oid and c.contype = 'p') as columns
         from pg_class t where t.relnamespace = 'public'::regnamespace and t.relkind in ('r', 'p')`,
    );
    const own = keys.filter(({ name }) => ![...serverTables, ...runTables, 'organization'].includes(name));
    expect(own.filter(({ columns }) => columns?.[0] !== 'organization_id')).toEqual([]);
    expect(own.length).toBeGreaterThan(25);
  });

  it('refers to another table of the tenant only together with the organization', async () => {
    const wrong = await rows(
      `select conname from pg_constraint c
        where contype = 'f' and connamespace = 'public'::regnamespace and confrelid <> 'organization'::regclass
          and (select a.attname || '=' || b.attname from pg_attribute a, pg_attribute b
                where a.attrelid = c.conrelid and a.attnum = c.conkey[1] and b.attrelid = c.confrelid and b.attnum = c.confkey[1])
              not in ('organization_id=organization_id', 'id=organization_id')`,
    );
    expect(wrong).toEqual([]);
  });

  it('of a tenant leads by a chain of foreign keys to its organization', async () => {
    const links = await rows<{ from: string; to: string }>(
      `select conrelid::regclass::text as from, confrelid::regclass::text as to from pg_constraint where contype = 'f'`,
    );
    const reached = new Set(['organization']);
    for (let size = 0; size < reached.size;) {
      size = reached.size;
      for (const { from, to } of links) if (reached.has(to)) reached.add(from);
    }
    // The trail outlives what it tells of, staged rows are dropped as a whole, and what accounts hold is tied by triggers.
    const free = [...serverTables, ...runTables, 'audit_event', 'account_entitlement'];
    expect((await tables()).filter((name) => !reached.has(name) && !free.includes(name))).toEqual([]);
  });

  it('keeps instants to the millisecond and keys in byte order', async () => {
    const wrong = await rows(
      `select a.attrelid::regclass::text || '.' || a.attname as column from pg_attribute a
         join pg_class t on t.oid = a.attrelid and t.relkind in ('r', 'p') and t.relnamespace = 'public'::regnamespace
         left join pg_collation c on c.oid = a.attcollation
        where a.attnum > 0 and not a.attisdropped and t.relname <> 'schema_migration'
          and (a.atttypid = 'timestamp'::regtype or (a.atttypid = 'timestamptz'::regtype and a.atttypmod <> 3)
            or (a.attname ~ '_keys?$' and a.atttypid in ('text'::regtype, 'text[]'::regtype) and c.collname <> 'C'))`,
    );
    expect(wrong).toEqual([]);
  });

  it('has no reserved word among its names', async () => {
    const wrong = await rows(
      `select name from (select relname as name from pg_class where relnamespace = 'public'::regnamespace
          union select attname from pg_attribute join pg_class t on t.oid = attrelid
                 where t.relnamespace = 'public'::regnamespace and attnum > 0) names
         join pg_get_keywords() on word = name where catcode in ('R', 'T')`,
    );
    expect(wrong).toEqual([]);
  });

  it('has constraints and indexes whose names spell their rule', async () => {
    const wrong = await rows(
      `select conname as name from pg_constraint where connamespace = 'public'::regnamespace
          and contype in ('c', 'f', 'u', 'x') and conname ~ '_(check|fkey|key|excl)[0-9]*$' and conname !~ '_has_its_key$'
          and conrelid <> to_regclass('schema_migration')
       union all
       select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('i', 'I')
          and not relispartition and relname ~ '_idx[0-9]*$'`,
    );
    expect(wrong).toEqual([]);
  });

  it('has an index that begins with the columns of each foreign key on a growing table', async () => {
    const wrong = await rows<{ name: string }>(
      `select conname as name from pg_constraint c
        where contype = 'f' and connamespace = 'public'::regnamespace and confdeltype = 'c' and not exists (
          select from pg_index i where i.indrelid = c.conrelid
             and (select bool_and(k = any((i.indkey::smallint[])[0:cardinality(c.conkey) - 1])) from unnest(c.conkey) k))
        order by 1`,
    );
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });
});
