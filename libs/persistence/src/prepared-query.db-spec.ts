import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { statement } from './statement.js';

let bed: TestBed;
beforeAll(async () => {
  bed = await openTestBed();
});
afterAll(() => bed.close());

const caller = { organizationId: newId() };
const columns = `select $1::uuid as organization, $2::text as text, null::text as nothing, n as count,
  timestamptz '2024-01-09 11:01:00.5+00' as at, '{"a": [1]}'::jsonb as document, true as flag
  from generate_series(1, $3::int) n order by n`;
const prepared = statement<object>('spec.prepared', columns);
const plain = statement<object>(undefined, columns);
const divide = statement<{ result: number }>('spec.divide', 'select 12 / $2::int as result where $1::uuid is not null');

describe('a prepared statement', () => {
  it.each([0, 1, 3])('gives the %i rows that the plain one gives, the first time and later', async (rows) => {
    const expected = await bed.database.query(caller, plain, ['é', rows]);
    expect(expected).toHaveLength(rows);
    for (let i = 0; i < 3; i++) expect(await bed.database.query(caller, prepared, ['é', rows])).toEqual(expected);
  });

  it('is known on every connection it happens to run on', async () => {
    const together = Array.from({ length: 40 }, (_, i) => bed.database.query(caller, prepared, [`text ${i}`, 1]));
    expect((await Promise.all(together)).map(([row]) => (row as { text: string }).text)).toEqual(
      together.map((_, i) => `text ${i}`),
    );
  });

  it('refuses what the database refuses, and answers the next time', async () => {
    for (const divisor of [4, 3, 2]) {
      expect(await bed.database.query(caller, divide, [divisor])).toEqual([{ result: 12 / divisor }]);
      await expect(bed.database.query(caller, divide, [0])).rejects.toThrow(/zero/);
    }
  });

  it('takes lists, documents and nothing for values', async () => {
    const echo = statement<object>(
      'spec.echo',
      'select $2::text[] as list, $3::jsonb as document, $4::text as nothing where $1::uuid is not null',
    );
    for (let i = 0; i < 2; i++) {
      const row = { list: ['a', 'b"{,', null], document: { a: [1] }, nothing: null };
      expect(await bed.database.query(caller, echo, [row.list, row.document, null])).toEqual([row]);
    }
  });
});
