import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fold, newId } from '@app/kernel';
import { type Comparison, type Condition, matches } from '@app/query';
import { Given } from '../../../test/support/given.js';
import {
  createTestDatabase,
  type OpenDatabase,
  openDatabase,
  type TestDatabase,
} from '../../../test/support/test-database.js';
import { type ColumnTable, conditionToSql } from './condition-sql.js';
import { statement } from './statement.js';

interface Sample {
  readonly id: number;
  readonly name: string | null;
  readonly ref: string | null;
  readonly flag: boolean | null;
  readonly at: Date | null;
  readonly size: number | null;
  readonly kind: 'red' | 'Green' | null;
  /** Ids of what the record holds, kept in a table of their own. */
  readonly held: readonly string[];
}

const organizationId = newId();
const columns = {
  name: { sql: 's.name_key', type: 'folded' },
  ref: { sql: 's.ref', type: 'uuid' },
  flag: { sql: 's.flag', type: 'boolean' },
  missing: { sql: '(s.ref is null)', type: 'boolean' },
  at: { sql: 's.at', type: 'instant' },
  size: { sql: 's.size', type: 'number' },
  kind: { type: 'choice', choices: { red: `s.kind = 'red'`, Green: `s.kind = 'Green'` } },
  held: {
    sql: 'h.ref',
    type: 'uuid',
    someOf: (test: string) =>
      `exists (select from held h where h.organization_id = $1 and h.sample_id = s.id and ${test})`,
  },
} as const satisfies ColumnTable;
const exactColumns = { name: { sql: 's.name', type: 'exact' } } as const satisfies ColumnTable;

const text = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    'A',
    'Ä',
    'a\u0308',
    'ß',
    'SS',
    'İ',
    'Σ',
    'ΟΔΟΣ',
    '100%',
    '%',
    '_',
    '\\',
    '\\%',
    "O'Neil",
    '"',
    '$1',
  ),
  fc.constantFrom('\uffff', '\u{10ffff}', '\u{1f600}', '\ud7ff', '\ue000', ' x ', '\u0130stanbul', 'ǆ', '\u0308'),
  fc.string({ unit: 'grapheme', maxLength: 4 }).filter((some) => !some.includes('\u0000')),
);
const refs = Array.from({ length: 4 }, () => newId());
const ref = fc.constantFrom(...refs, refs[0]!.toUpperCase(), newId(), 'not an id', '', refs[1]!.slice(0, 20));
const refPrefix = fc.tuple(ref, fc.nat(38)).map(([some, length]) => some.slice(0, length));
const instants = [
  '0001-01-01T00:00:00Z',
  '2024-02-29T12:00:00.001Z',
  '2024-02-29T12:00:00Z',
  '9999-12-31T23:59:59.999Z',
];
const instant = fc.constantFrom(...instants).map((some) => new Date(some));
const size = fc.constantFrom(-5, 0, 1, 2, 2_147_483_647);
const kind = fc.constantFrom('red', 'RED', 'green', 'blue', '');
const op = fc.constantFrom<Comparison>('eq', 'ne', 'gt', 'ge', 'lt', 'le');

const compare = <T extends string | number | boolean | Date>(path: string, value: fc.Arbitrary<T>, ops = op) =>
  fc.record({ kind: fc.constant('compare' as const), path: fc.constant(path), op: ops, value });
const within = (path: string, value: fc.Arbitrary<string | number>) =>
  fc.record({ kind: fc.constant('in' as const), path: fc.constant(path), values: fc.array(value, { maxLength: 4 }) });
const part = (kind: 'startsWith' | 'contains' | 'endsWith', path: string, value: fc.Arbitrary<string>) =>
  fc.record({ kind: fc.constant(kind), path: fc.constant(path), value });
const isNull = (paths: readonly string[]) =>
  fc.record({ kind: fc.constant('isNull' as const), path: fc.constantFrom(...paths) });

const onNames = [
  compare('name', text),
  within('name', text),
  part('startsWith', 'name', text),
  part('contains', 'name', text),
  part('endsWith', 'name', text),
];
const onOthers = [
  compare('ref', ref, fc.constantFrom<Comparison>('eq', 'ne')),
  within('ref', ref),
  part('startsWith', 'ref', refPrefix),
  compare('flag', fc.boolean()),
  compare('missing', fc.boolean()),
  compare('at', instant),
  compare('size', size),
  compare('kind', kind, fc.constantFrom<Comparison>('eq', 'ne')),
  within('kind', kind),
  compare('held', ref, fc.constantFrom<Comparison>('eq')),
  within('held', ref),
  within('size', size),
];

function conditions(...leaves: fc.Arbitrary<Condition>[]): fc.Arbitrary<Condition> {
  const { tree } = fc.letrec<{ tree: Condition }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.oneof(...leaves),
      fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), of: fc.array(tie('tree'), { maxLength: 3 }) }),
      fc.record({ kind: fc.constant('not' as const), of: tie('tree') }),
    ),
  }));
  return tree;
}

let file: TestDatabase;
let open: OpenDatabase;
let samples: Sample[];

beforeAll(async () => {
  file = await createTestDatabase();
  open = await openDatabase(file.ownerUrl);
  const given = await Given.on(file.ownerUrl);
  await given.sql(`create table sample (organization_id uuid not null, id integer not null, name text collate "C",
    name_key text collate "C", ref uuid, flag boolean, at timestamptz(3), size integer, kind text)`);
  await given.sql(`create table held (organization_id uuid not null, sample_id integer, ref uuid)`);
  samples = someSamples();
  for (const { name, held, ...rest } of samples) {
    for (const ref of held) await given.insert('held', { organization_id: organizationId, sample_id: rest.id, ref });
    const name_key = name === null ? null : fold(name);
    await given.insert('sample', { organization_id: organizationId, name, name_key, ...rest });
  }
  await given.close();
});

afterAll(async () => {
  await open.close();
  await file.drop();
});

/** Few distinct values a column, nulls among them, so that random conditions split the rows. */
function someSamples(): Sample[] {
  const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 4, nil: null });
  const record = fc.record({
    name: orNull(text),
    ref: orNull(fc.constantFrom(...refs)),
    flag: orNull(fc.boolean()),
    at: orNull(instant),
    size: orNull(size),
    kind: orNull(fc.constantFrom('red' as const, 'Green' as const)),
    held: fc.uniqueArray(fc.constantFrom(...refs), { maxLength: 2 }),
  });
  return fc.sample(record, { numRuns: 150, seed: 1 }).map((sample, id) => ({ id, ...sample }));
}

async function chosenBySql(condition: Condition, table: ColumnTable): Promise<number[]> {
  const { text, values } = conditionToSql(condition, table, 2);
  const query = statement<{ id: number }>(
    undefined,
    `select s.id from sample s where s.organization_id = $1 and (${text}) order by s.id`,
  );
  const rows = await open.database.query({ organizationId }, query, values);
  return rows.map(({ id }) => id);
}

function chosenByMeaning(condition: Condition, spelled: (some: string) => string): number[] {
  const reader = (sample: Sample) => (path: string) =>
    path === 'missing' ? sample.ref === null : sample[path as keyof Sample];
  return samples.filter((sample) => matches(condition, reader(sample), spelled)).map(({ id }) => id);
}

describe('a condition in SQL', () => {
  it('chooses the rows that it means, nulls and negations included', async () => {
    const condition = conditions(...onNames, ...onOthers, isNull(Object.keys(columns)));
    const property = fc.asyncProperty(condition, async (some) => {
      expect(await chosenBySql(some, columns)).toEqual(chosenByMeaning(some, fold));
    });
    await fc.assert(property, { numRuns: 1_500 });
  });

  it('chooses texts that keep their case as they are', async () => {
    const property = fc.asyncProperty(conditions(...onNames, isNull(['name'])), async (some) => {
      expect(await chosenBySql(some, exactColumns)).toEqual(chosenByMeaning(some, (same) => same));
    });
    await fc.assert(property, { numRuns: 500 });
  });

  it.each(['constructor', '__proto__', 'name_key'])('has no column for the path %s', (path) => {
    expect(() => conditionToSql({ kind: 'isNull', path }, columns, 2)).toThrow(/no column/);
  });
});
