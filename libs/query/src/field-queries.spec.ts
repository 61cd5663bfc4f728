import { describe, expect, it } from 'vitest';
import type { InvalidError } from '@app/kernel';
import { metadataKeyOf, numberPath, parseFieldQueries, type SearchFieldTable } from './field-queries.js';
import { and, type Condition, not, or } from './condition.js';

const table = {
  id: { type: 'id', path: 'id', textPath: 'idText' },
  name: { type: 'text', path: 'name' },
  status: { type: 'enum', path: 'status', values: ['active', 'inactive'] },
  total_threat: { type: 'number', path: 'threat' },
  created_at: { type: 'date', path: 'created' },
} as const satisfies SearchFieldTable;

const read = (...queries: unknown[]) => parseFieldQueries(queries, table, 'field_queries');
const one = (field: string, operator: string, value?: unknown) => read({ field, operator, value });
const compare = (path: string, op: string, value: unknown) => ({ kind: 'compare', path, op, value }) as Condition;
const day = new Date('2026-01-31T00:00:00Z');

describe('a field query', () => {
  it.each<[string, string, unknown, Condition]>([
    ['name', 'equals', 'Ada', compare('name', 'eq', 'Ada')],
    ['name', 'equals', '', compare('name', 'eq', '')],
    ['name', 'not_equals', 'Ada', not(compare('name', 'eq', 'Ada'))],
    ['name', 'contains', '%', { kind: 'contains', path: 'name', value: '%' }],
    ['name', 'not_contains', 'a', not({ kind: 'contains', path: 'name', value: 'a' })],
    ['name', 'starts_with', 'a', { kind: 'startsWith', path: 'name', value: 'a' }],
    ['name', 'ends_with', 'a', { kind: 'endsWith', path: 'name', value: 'a' }],
    ['name', 'in', ['a', 'b'], or(compare('name', 'eq', 'a'), compare('name', 'eq', 'b'))],
    ['name', 'not_in', ['a'], not(compare('name', 'eq', 'a'))],
    ['name', 'is_null', undefined, { kind: 'isNull', path: 'name' }],
    ['name', 'is_not_null', undefined, not({ kind: 'isNull', path: 'name' })],
    ['id', 'equals', 'x', compare('id', 'eq', 'x')],
    ['id', 'contains', 'x', { kind: 'contains', path: 'idText', value: 'x' }],
    ['status', 'equals', 'Active', compare('status', 'eq', 'Active')],
    ['total_threat', 'greater_than', 50, compare('threat', 'gt', 50)],
    ['total_threat', 'less_than_or_equal', '50', compare('threat', 'le', 50)],
    ['total_threat', 'between', [1, '2'], and(compare('threat', 'ge', 1), compare('threat', 'le', 2))],
    ['total_threat', 'in', [1, '2'], or(compare('threat', 'eq', 1), compare('threat', 'eq', 2))],
    ['created_at', 'greater_than', '2026-01-31', compare('created', 'gt', day)],
    ['created_at', 'equals', '2026-01-31T01:00:00+01:00', compare('created', 'eq', day)],
    [
      'created_at',
      'equals',
      '2026-01-31',
      and(compare('created', 'ge', day), compare('created', 'le', new Date('2026-01-31T23:59:59.999Z'))),
    ],
    ['metadata.cost.center', 'equals', 'X', compare('metadata.cost.center', 'eq', 'X')],
    ['metadata.level', 'equals', 3, compare('metadata.level#number', 'eq', 3)],
    ['metadata.on_call', 'equals', true, compare('metadata.on_call', 'eq', 'true')],
    ['metadata.level', 'greater_than', 2.5, compare('metadata.level#number', 'gt', 2.5)],
  ])('%s %s %j is understood', (field, operator, value, expected) => {
    expect(one(field, operator, value)).toEqual(expected);
  });

  it('joins others: all are to be met', () => {
    const both = read(
      { field: 'name', operator: 'equals', value: 'a' },
      { field: 'total_threat', operator: 'equals', value: 1 },
    );
    expect(both).toEqual(and(compare('name', 'eq', 'a'), compare('threat', 'eq', 1)));
  });

  it.each<[string, unknown, unknown, unknown]>([
    ['field', 'shoe_size', 'equals', 'x'],
    ['field', '__proto__', 'equals', 'x'],
    ['field', 'constructor', 'equals', 'x'],
    ['field', undefined, 'equals', 'x'],
    ['field', 7, 'equals', 'x'],
    ['field', 'metadata.', 'equals', 'x'],
    ['field', `metadata.${'x'.repeat(65)}`, 'equals', 'x'],
    ['field', "metadata.a'b", 'equals', 'x'],
    ['operator', 'name', 'like', 'x'],
    ['operator', 'name', 'EQUALS', 'x'],
    ['operator', 'name', undefined, 'x'],
    ['operator', 'name', 'greater_than', 'x'],
    ['operator', 'name', 'between', ['a', 'b']],
    ['operator', 'status', 'contains', 'act'],
    ['operator', 'status', 'is_null', undefined],
    ['operator', 'total_threat', 'contains', '5'],
    ['operator', 'total_threat', 'is_not_null', undefined],
    ['operator', 'created_at', 'starts_with', '2026'],
    ['value', 'name', 'equals', undefined],
    ['value', 'name', 'equals', null],
    ['value', 'name', 'equals', 5],
    ['value', 'name', 'equals', ['a']],
    ['value', 'name', 'equals', {}],
    ['value', 'name', 'equals', 'x'.repeat(1_001)],
    ['value', 'name', 'contains', ''],
    ['value', 'name', 'in', 'a'],
    ['value', 'name', 'in', []],
    ['value', 'name', 'in', Array(201).fill('a')],
    ['value', 'name', 'in', ['a', 5]],
    ['value', 'name', 'is_null', ''],
    ['value', 'name', 'is_not_null', null],
    ['value', 'status', 'equals', 'retired'],
    ['value', 'status', 'in', ['active', 'retired']],
    ['value', 'total_threat', 'equals', 'many'],
    ['value', 'total_threat', 'equals', '1e3'],
    ['value', 'total_threat', 'equals', ' 5'],
    ['value', 'total_threat', 'equals', ''],
    ['value', 'total_threat', 'equals', true],
    ['value', 'total_threat', 'between', [2, 1]],
    ['value', 'total_threat', 'between', [1]],
    ['value', 'total_threat', 'between', [1, 2, 3]],
    ['value', 'created_at', 'equals', '2026-02-30'],
    ['value', 'created_at', 'equals', '2026'],
    ['value', 'created_at', 'equals', '2026-01-31T00:00:00'],
    ['value', 'created_at', 'between', ['2026-02-01', '2026-01-01']],
    ['value', 'metadata.a', 'greater_than', '5'],
    ['value', 'metadata.a', 'equals', null],
    ['value', 'metadata.a', 'contains', 5],
  ])('with a wrong %s is refused and named with its place: %s %s %j', (part, field, operator, value) => {
    const fine = { field: 'name', operator: 'equals', value: 'a' };
    const refusal = refusalOf(() => read(fine, { field, operator, value }));
    expect(refusal.details).toEqual([{ field: `field_queries[1].${part}`, message: expect.any(String) }]);
    expect(refusal.message.length).toBeLessThan(600);
  });

  it.each([
    ['field_queries', 'no list'],
    ['field_queries', Array.from({ length: 21 }, () => ({ field: 'name', operator: 'is_null' }))],
    ['field_queries[0]', [null]],
    ['field_queries[0]', ['name']],
    ['field_queries[0]', [[]]],
    ['field_queries[0]', [{ field: 'name', operator: 'is_null', filed: 1 }]],
  ])('is refused at %s: %j', (field, sent) => {
    expect(refusalOf(() => parseFieldQueries(sent, table, 'field_queries')).details[0]!.field).toBe(field);
  });

  it('on the last day there is stays within the years there are', () => {
    const where = one('created_at', 'equals', '9999-12-31');
    expect(JSON.stringify(where)).toContain('9999-12-31T23:59:59.999Z');
  });
});

describe('a metadata path', () => {
  it('names its key, and whether its values are numbers', () => {
    expect(metadataKeyOf('metadata.a.b')).toEqual({ key: 'a.b', asNumber: false });
    expect(metadataKeyOf(numberPath('metadata.a'))).toEqual({ key: 'a', asNumber: true });
    expect(metadataKeyOf('name')).toBeUndefined();
  });
});

function refusalOf(action: () => unknown): InvalidError {
  try {
    action();
  } catch (error) {
    return error as InvalidError;
  }
  throw new Error('accepted');
}
