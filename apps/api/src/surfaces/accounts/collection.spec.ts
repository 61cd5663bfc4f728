import { describe, expect, it } from 'vitest';
import { everything } from '@app/query';
import { type CollectionFields, searchOf } from './collection.js';
import { type CollectionQuery, SliceQuery } from './collection.query.js';
import { sourceCollection } from './sources/source.fields.js';

const collection: CollectionFields = {
  fields: { name: { path: 'name', type: 'text', ops: ['eq'] }, open: { path: 'open', type: 'boolean', ops: ['eq'] } },
  sorters: { name: 'name', open: 'open', kind: 'kind' },
  derived: { open: { always: false } },
};
const searched = (query: Partial<CollectionQuery>, of = collection) =>
  searchOf(Object.assign(new SliceQuery(), query), of);
const sorted = (sorters: string) =>
  searched({ sorters }).sort.map(({ path, direction }) => `${direction === 'desc' ? '-' : ''}${path}`);

describe('what a collection is asked', () => {
  it('is everything, in the order of ids, as far as nothing is said', () => {
    expect(searched({})).toEqual({ where: everything, sort: [], limit: 250, offset: 0, withTotal: false });
    expect(searched({ filters: '', sorters: '' })).toMatchObject({ where: everything, sort: [] });
  });

  it.each([
    ['name', ['name']],
    ['-name,kind', ['-name', 'kind']],
    ['open,-name', ['-name']],
    ['name,open', ['name']],
    ['open', ['id']],
    ['-open', ['-id']],
  ])('is not sorted by what is the same of all: %s', (sorters, keys) => {
    expect(sorted(sorters)).toEqual(keys);
  });

  it('is asked of what is kept', () => {
    expect(searched({ filters: 'open eq false' }).where).toEqual(everything);
    const kept = { kind: 'compare', path: 'health', op: 'eq', value: 'sound' };
    expect(searched({ filters: 'healthy eq true' }, sourceCollection).where).toEqual(kept);
    expect(searched({ filters: 'status sw "source_state_h"' }, sourceCollection).where).toEqual(kept);
  });

  it.each(['nome eq "x"', 'name co "x"', 'open eq "x"'])('is refused at %s', (filters) => {
    expect(() => searched({ filters })).toThrow(/ at \d+: /);
  });
});
