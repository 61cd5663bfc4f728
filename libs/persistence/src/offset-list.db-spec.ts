import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { type Condition, everything, not, type Sort } from '@app/query';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { type OffsetList, type OffsetSearch, readOffsetPage } from './offset-list.js';

interface Thing {
  readonly id: string;
  readonly name: string;
}

const things: OffsetList<Thing> = {
  from: 'thing t',
  id: 't.id',
  where: 't.organization_id = $1',
  columns: { name: { sql: 't.name', type: 'folded' }, owned: { sql: '(t.owner is not null)', type: 'boolean' } },
  orders: { id: 't.id', name: 't.name', owner: 't.owner' },
  rows: (page) => `select t.id, t.name from ${page} join thing t on t.organization_id = $1 and t.id = page.id`,
};
const organizationId = newId();
const names = ['b', 'a', 'd', 'c', 'a', 'b', 'e'];
const owners = [null, 'x', 'x', null, 'y', 'x', null];

let bed: TestBed;

beforeAll(async () => {
  bed = await openTestBed();
  await bed.given.sql(
    'create table thing (organization_id uuid, id uuid, name text collate "C", owner text collate "C")',
  );
  await bed.given.sql('grant select on thing to public');
  for (const [i, name] of names.entries()) {
    const id = `00000000-0000-7000-8000-00000000000${i}`;
    await bed.given.insert('thing', { organization_id: organizationId, id, name, owner: owners[i] });
  }
  await bed.given.insert('thing', { organization_id: newId(), id: newId(), name: 'a' });
});
afterAll(() => bed.close());

const all: OffsetSearch = { where: everything, sort: [], limit: 250, offset: 0, withTotal: true };
const read = (some: Partial<OffsetSearch>, ...narrowing: Parameters<typeof readOffsetPage>[4] & object) =>
  readOffsetPage(bed.database, { organizationId }, things, { ...all, ...some }, narrowing);
const placesOf = ({ items }: { items: readonly Thing[] }) => items.map(({ id }) => Number(id.at(-1)));
const by = (...keys: string[]): Sort[] =>
  keys.map((key) => ({ path: key.replace('-', ''), direction: key.startsWith('-') ? 'desc' : 'asc' }));
const named = (value: string): Condition => ({ kind: 'compare', path: 'name', op: 'eq', value });

describe('a list read slice by slice', () => {
  it.each([
    ['nothing', [], [0, 1, 2, 3, 4, 5, 6]],
    ['-id', ['-id'], [6, 5, 4, 3, 2, 1, 0]],
    ['name', ['name'], [1, 4, 0, 5, 3, 2, 6]],
    ['-name', ['-name'], [6, 2, 3, 5, 0, 4, 1]],
    ['owner', ['owner'], [1, 2, 5, 4, 0, 3, 6]],
    ['-owner', ['-owner'], [6, 3, 0, 4, 5, 2, 1]],
    ['-owner,name', ['-owner', 'name'], [0, 3, 6, 4, 1, 5, 2]],
  ])('by %s has one order, whatever the slices', async (_, keys, expected) => {
    const sort = by(...keys);
    expect(placesOf(await read({ sort }))).toEqual(expected);
    const slices = [];
    for (let offset = 0; offset < 9; offset += 2) slices.push(...placesOf(await read({ sort, offset, limit: 2 })));
    expect(slices).toEqual(expected);
  });

  it('is counted without its slice, and only when that is asked', async () => {
    expect(await read({ limit: 0 })).toEqual({ items: [], total: 7 });
    expect(await read({ where: named('a'), offset: 1 })).toMatchObject({ items: [{ name: 'a' }], total: 2 });
    expect(await read({ offset: 7, withTotal: false })).toEqual({ items: [] });
  });

  it('is filtered by what is asked and narrowed by what the caller reaches', async () => {
    const owned: Condition = { kind: 'compare', path: 'owned', op: 'eq', value: true };
    expect(placesOf(await read({ where: not(owned) }))).toEqual([0, 3, 6]);
    const reached = await read(
      { where: owned },
      (bind) => `t.owner = ${bind('x')}`,
      (bind) => `t.name <> ${bind('d')}`,
    );
    expect([placesOf(reached), reached.total]).toEqual([[1, 5], 2]);
  });

  it.each(['owned', 'constructor', '__proto__'])('is never sorted by %s, which no order names', async (path) => {
    await expect(read({ sort: [{ path, direction: 'asc' }] })).rejects.toThrow(/not sorted by/);
  });
});
