import { describe, expect, it } from 'vitest';
import { DomainError } from '@app/kernel';
import { bracketFilter, bracketParameters, parseBracketFilters } from './bracket-filters.js';
import { everything } from './condition.js';

const { after, choice, contains, equals, is, isPresent, oneOf } = bracketFilter;
const table = {
  _id: { EQ: equals('id'), IN: oneOf('id') },
  name: { CO: contains('name') },
  active: { EQ: is('active') },
  email: { PR: isPresent('email') },
  kind: { EQ: choice(['one', 'all'], (value) => (value === 'all' ? everything : { kind: 'isNull', path: 'kind' })) },
  made: { GT: after('made') },
};
const parse = (query: Record<string, unknown>) => parseBracketFilters(query, table);

describe('filters in brackets', () => {
  it.each([
    [{ 'filter[_id][EQ]': 'x' }, { kind: 'compare', path: 'id', op: 'eq', value: 'x' }],
    [{ 'filter[_id][IN]': 'x,y' }, { kind: 'in', path: 'id', values: ['x', 'y'] }],
    [{ 'filter[_id][IN]': ['x', 'y,z'] }, { kind: 'in', path: 'id', values: ['x', 'y', 'z'] }],
    [{ 'filter[_id][IN][]': 'x' }, { kind: 'in', path: 'id', values: ['x'] }],
    [{ 'filter[name][CO]': '%' }, { kind: 'contains', path: 'name', value: '%' }],
    [{ 'filter[active][EQ]': 'false' }, { kind: 'compare', path: 'active', op: 'eq', value: false }],
    [{ 'filter[email][PR]': 'true' }, { kind: 'not', of: { kind: 'isNull', path: 'email' } }],
    [{ 'filter[email][PR]': 'false' }, { kind: 'isNull', path: 'email' }],
    [{ 'filter[kind][EQ]': 'one' }, { kind: 'isNull', path: 'kind' }],
    [{ 'filter[kind][EQ]': 'all' }, everything],
    [
      { 'filter[made][GT]': '2026-01-01T00:00:00+01:00' },
      { kind: 'compare', path: 'made', op: 'gt', value: new Date('2025-12-31T23:00:00Z') },
    ],
    [{ 'page[limit]': '5', sort: 'name' }, everything],
  ])('are read: %o', (query, where) => {
    expect(parse(query).where).toEqual(where);
  });

  it('are all to be met, and tell which fields they are of', () => {
    const { where, fields } = parse({ 'filter[active][EQ]': 'true', 'filter[email][PR]': 'false' });
    expect(where).toMatchObject({ kind: 'and', of: [{ path: 'active' }, { path: 'email' }] });
    expect([...fields]).toEqual(['active', 'email']);
  });

  it.each([
    { 'filter[nobody][EQ]': 'x' },
    { 'filter[_id][CO]': 'x' },
    { 'filter[__proto__][EQ]': 'x' },
    { 'filter[_id][constructor]': 'x' },
    { 'filter[_id]': 'x' },
    { filter: 'x' },
    { 'FILTER[_id][EQ]': 'x' },
    { 'filter[_id][EQ][]': 'x' },
    { 'filter[_id][EQ]': ['x', 'y'] },
    { 'filter[active][EQ]': 'yes' },
    { 'filter[kind][EQ]': 'two' },
    { 'filter[made][GT]': '2026-01-01' },
    { 'filter[_id][IN]': Array.from({ length: 501 }, () => 'x') },
  ])('are refused by name: %o', (query) => {
    const [name = ''] = Object.keys(query);
    let refused: unknown;
    try {
      parse(query);
    } catch (error) {
      refused = error;
    }
    expect(refused).toBeInstanceOf(DomainError);
    expect(refused).toMatchObject({ code: 'invalid', details: [{ field: name }] });
  });

  it('are refused when one is there in both spellings of a list', () => {
    expect(() => parse({ 'filter[_id][IN]': 'x', 'filter[_id][IN][]': 'x' })).toThrow(/in another spelling already/);
  });

  it('are known by the names clients write', () => {
    const names = bracketParameters(table).map(({ parameter }) => parameter);
    expect(names).toContain('filter[_id][IN]');
    expect(names).toHaveLength(7);
  });
});
