import { describe, expect, it } from 'vitest';
import type { SortTable } from './fields.js';
import { parseSorters } from './parse-sorters.js';
import { QueryError } from './query-error.js';

const sortable = {
  id: 'id',
  name: 'name',
  identityId: 'owner.id',
  'identity.id': 'owner.id',
  created: 'createdAt',
} as const satisfies SortTable;

const accepted = 'sortable fields are id, name, identityId, identity.id, created, each with - to descend';

describe('parseSorters', () => {
  it.each([
    ['', []],
    ['   ', []],
    ['name', [{ path: 'name', direction: 'asc' }]],
    ['-created', [{ path: 'createdAt', direction: 'desc' }]],
    [
      'name,-identity.id',
      [
        { path: 'name', direction: 'asc' },
        { path: 'owner.id', direction: 'desc' },
      ],
    ],
    [
      ' name , -id ',
      [
        { path: 'name', direction: 'asc' },
        { path: 'id', direction: 'desc' },
      ],
    ],
  ])('reads %j, the first field primary', (text, expected) => {
    expect(parseSorters(text, sortable)).toEqual(expected);
  });

  it.each([
    ['colour', 0, `unknown sort field "colour" at 0: ${accepted}`],
    ['+name', 0, `unknown sort field "+name" at 0: ${accepted}`],
    ['NAME', 0, `unknown sort field "NAME" at 0: ${accepted}`],
    ['--name', 0, `unknown sort field "-name" at 0: ${accepted}`],
    ['- name', 0, `unknown sort field " name" at 0: ${accepted}`],
    ['name asc', 0, `unknown sort field "name asc" at 0: ${accepted}`],
    ['name;id', 0, `unknown sort field "name;id" at 0: ${accepted}`],
    ['id,  __proto__', 5, `unknown sort field "__proto__" at 5: ${accepted}`],
    ['constructor', 0, `unknown sort field "constructor" at 0: ${accepted}`],
    ['id,,name', 3, `missing sort field at 3: ${accepted}`],
    ['id,', 3, `missing sort field at 3: ${accepted}`],
    [',', 0, `missing sort field at 0: ${accepted}`],
    ['-', 0, `missing sort field at 0: ${accepted}`],
    ['name,-name', 5, 'repeated sort field "name" at 5: each field sorts once'],
  ])('refuses %j', (text, position, message) => {
    const refusal = refusalOf(() => parseSorters(text, sortable));
    expect(refusal).toMatchObject({ position, message });
  });

  it('passes over a second name of a field that sorts already', () => {
    expect(parseSorters('identityId,name,-identity.id', sortable)).toEqual(parseSorters('identityId,name', sortable));
  });

  it('sorts by twenty fields and not by twenty-one', () => {
    const names = Array.from({ length: 21 }, (_, index) => `f${index}`);
    const table = Object.fromEntries(names.map((name) => [name, name]));
    expect(parseSorters(names.slice(0, 20).join(','), table)).toHaveLength(20);
    expect(() => parseSorters(names.join(','), table)).toThrow('too many sort fields at 70: at most 20');
  });

  it('shows only the beginning of a long name', () => {
    expect(refusalOf(() => parseSorters('x'.repeat(5000), sortable)).message.length).toBeLessThan(200);
  });
});

function refusalOf(action: () => unknown): QueryError {
  try {
    action();
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
  throw new Error('accepted');
}
