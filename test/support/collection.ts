import { describe, expect, it } from 'vitest';
import { fold, newId } from '@app/kernel';
import { type FieldTable, matches, parseCollectionFilter, type SortTable } from '@app/query';
import type { Client } from './api.js';
import { mountsOf } from './paths.js';

export type Item = Readonly<Record<string, unknown>> & { readonly id: string };
type Shown = string | boolean | null | readonly string[];

/** One of the vendor's collections as its clients see it. */
export interface Collection {
  readonly noun: string;
  readonly fields: FieldTable;
  readonly sorters: SortTable;
  /** Fields in which letter case counts. */
  readonly exact?: readonly string[];
  /** What an item shows of a field, where the name alone does not say it. */
  readonly shown: Readonly<Record<string, (item: Item) => Shown>>;
  /** What is asked beside filters and sorters so that every item is in the list. */
  readonly all?: string;
  /** Whether one is also read by its id. */
  readonly byId?: boolean;
  /** Once everything is in place: who asks, and all items in the order of their ids. */
  readonly ready: () => { readonly client: Client; readonly items: readonly Item[] };
}

const operators = ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'co', 'sw', 'in', 'ca', 'pr', 'isnull'];

/** What every collection does alike, asked of one over HTTP: filters, sorters, slices, totals, refusals and mounts. */
export function describeCollection(collection: Collection): void {
  describe(`GET /${collection.noun}`, () => {
    describeFilters(collection);
    describeSorters(collection);
    describeSlices(collection);
  });
}

function asker({ noun, all, ready }: Collection) {
  const path = (query: Record<string, string>) => `/${noun}?${all ?? ''}&${new URLSearchParams(query).toString()}`;
  const ids = async (query: Record<string, string>): Promise<string[]> =>
    (await ready().client.get(path(query)).expect(200)).body.map(({ id }: Item) => id);
  return { path, ids };
}

/** By the field's name unless the collection says otherwise: `owner.id` is the id in the item's owner. */
function shownBy(collection: Collection, name: string): (item: Item) => Shown {
  return (
    collection.shown[name] ??
    ((item) => name.split('.').reduce<unknown>((value, key) => (value as Item | null)?.[key] ?? null, item) as Shown)
  );
}

function describeFilters(collection: Collection): void {
  const { fields, ready, exact = [] } = collection;
  const { ids, path } = asker(collection);
  // The same grammar over public names, so that what a filter means is said by what items show.
  const publicFields = Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, { ...field, path: name }]),
  );

  function meant(filter: string): string[] {
    const condition = parseCollectionFilter(filter, publicFields);
    const read = (item: Item) => (name: string) => {
      const shown = shownBy(collection, name)(item);
      return fields[name]!.type === 'instant' && shown !== null ? new Date(String(shown)) : shown;
    };
    return ready()
      .items.filter((item) => matches(condition, read(item), fold))
      .map(({ id }) => id);
  }

  /** One filter for each value that some item shows, and for one that none does. */
  function filtersOf(name: string, op: string): string[] {
    const { type } = fields[name]!;
    const seen = new Set(ready().items.flatMap((item) => shownBy(collection, name)(item) ?? []));
    const none =
      type === 'boolean' ? [] : type === 'instant' ? ['2001-01-01T00:00:00Z'] : type === 'id' ? [newId()] : ['zzz'];
    return [...seen, ...none].map((value) => {
      const literal = JSON.stringify(value);
      const plain = type === 'boolean' || type === 'instant' ? String(value) : literal;
      if (op === 'isnull') return `${name} isnull`;
      if (op === 'in' || op === 'ca') return `${name} ${op} (${plain})`;
      const start = String(value).slice(0, -1);
      if (op === 'sw') return `${name} sw ${JSON.stringify(exact.includes(name) ? start : start.toUpperCase())}`;
      return `${name} ${op} ${plain}`;
    });
  }

  const supported = Object.entries(fields).flatMap(([name, { ops }]) => ops.map((op) => [name, op] as const));
  it.each(supported)('finds by %s %s what shows it, and by its complement the others', async (name, op) => {
    const everything = ready().items.map(({ id }) => id);
    for (const filters of filtersOf(name, op)) {
      const found = meant(filters);
      expect([filters, await ids({ filters })]).toEqual([filters, found]);
      expect(await ids({ filters: `not ${filters}` })).toEqual(everything.filter((id) => !found.includes(id)));
    }
  });

  const refused = Object.entries(fields).flatMap(([name, { ops }]) =>
    operators.filter((op) => !(ops as readonly string[]).includes(op)).map((op) => [name, op] as const),
  );
  it.each(refused)('refuses %s %s and says what the field supports', async (name, op) => {
    const { type, ops } = fields[name]!;
    const value = type === 'boolean' ? 'true' : type === 'instant' ? '2026-01-01T00:00:00Z' : '"x"';
    const operand = { isnull: '', pr: '', in: ` (${value})`, ca: ` (${value})` }[op] ?? ` ${value}`;
    const { body } = await ready()
      .client.get(path({ filters: `${name} ${op}${operand}` }))
      .expect(400);
    expect(body.messages[0].text).toContain(`${name} does not support "${op}"`);
    expect(body.messages[0].text).toContain(ops.join(', '));
  });

  it.each([
    'nome eq "x"',
    '__proto__ eq "x"',
    'constructor eq "x"',
    'id eq x',
    "id eq 'x'",
    'id EQ "x"',
    'id in ()',
    'id eq "x" and',
    '(id eq "x"',
    'id eq "\u0000"',
    'id',
    `${'('.repeat(60)}id eq "x"${')'.repeat(60)}`,
    `id eq "${'x'.repeat(12_000)}"`,
  ])('refuses the filter %.40s', async (filters) => {
    const { body } = await ready().client.get(path({ filters })).expect(400);
    expect(body).toMatchObject({ detailCode: '400.1 Bad Request Content', causes: [] });
    expect(body.messages[0].text).toMatch(/\S{3}/);
  });

  it('takes an empty filter and an empty sorter for none', async () => {
    expect(await ids({ filters: '', sorters: '' })).toEqual(ready().items.map(({ id }) => id));
  });
}

function describeSorters(collection: Collection): void {
  const { ids, path } = asker(collection);

  it.each(Object.keys(collection.sorters))(
    'sorts by %s, nulls last, then by id, and descends in reverse',
    async (name) => {
      const read = shownBy(collection, name);
      const sorted = collection
        .ready()
        .items.toSorted((left, right) => byValue(read(left), read(right)) || byValue(left.id, right.id));
      const expected = sorted.map(({ id }) => id);
      expect(await ids({ sorters: name })).toEqual(expected);
      expect(await ids({ sorters: `-${name}` })).toEqual(expected.toReversed());
    },
  );

  it.each(['+id', 'id,', 'Id', '-', '--id', 'id asc', '__proto__', 'attributes'])(
    'refuses the sorter %s',
    async (sorters) => {
      const { body } = await collection.ready().client.get(path({ sorters })).expect(400);
      expect(body.messages[0].text).toMatch(/sort/);
    },
  );
}

function describeSlices(collection: Collection): void {
  const { ids, path } = asker(collection);
  const ready = () => collection.ready();

  it('is read in slices that never overlap, and is empty past its end', async () => {
    const everything = ready().items.map(({ id }) => id);
    const slices = [];
    for (let offset = 0; offset < everything.length + 3; offset += 3) {
      slices.push(...(await ids({ limit: '3', offset: String(offset) })));
    }
    expect(slices).toEqual(everything);
    for (const offset of [everything.length, 2_147_483_647]) expect(await ids({ offset: String(offset) })).toEqual([]);
    expect(await ids({ limit: '0' })).toEqual([]);
  });

  it('tells its total only when that is asked', async () => {
    const total = async (query: Record<string, string>) =>
      (await ready().client.get(path(query)).expect(200)).headers['x-total-count'];
    const { items } = ready();
    for (const query of [{}, { limit: '1', offset: '1' }, { limit: '0' }]) {
      expect(await total({ ...query, count: 'true' })).toBe(String(items.length));
      expect(await total({ ...query, count: 'false' })).toBeUndefined();
      expect(await total(query)).toBeUndefined();
    }
    expect(await total({ count: 'true', filters: `id eq "${items[0]!.id}"` })).toBe('1');
  });

  it.each([
    ['limit', '251'],
    ['limit', '-1'],
    ['limit', '1.5'],
    ['limit', 'x'],
    ['limit', ''],
    ['offset', '-1'],
    ['offset', '2147483648'],
    ['offset', '99999999999999999999'],
    ['count', 'yes'],
    ['count', 'TRUE'],
  ])('refuses %s=%s', async (name, value) => {
    const { body } = await ready()
      .client.get(path({ [name]: value }))
      .expect(400);
    expect(body.messages[0].text).toContain(name);
  });

  it('takes each parameter once', async () => {
    await ready()
      .client.get(`${path({ limit: '1' })}&limit=2`)
      .expect(400);
  });

  it.each(mountsOf(collection.noun).slice(1))('answers the same at %s', async (mount) => {
    const { client, items } = ready();
    const here = path({}).slice(collection.noun.length + 1);
    const one = collection.byId === false ? [] : [`/${items[0]!.id}`, `/${newId()}`];
    for (const tail of [here, `${here}&count=true&limit=2`, ...one, '?filters=x']) {
      const [there, bare] = [await client.get(mount + tail), await client.get(`/${collection.noun}${tail}`)];
      const bytes = (text: string) => text.replace(/"trackingId":"[0-9a-f]{32}"/, '');
      expect([there.status, bytes(there.text)]).toEqual([bare.status, bytes(bare.text)]);
      expect(there.headers['x-total-count']).toBe(bare.headers['x-total-count']);
    }
  });
}

function byValue(left: Shown, right: Shown): number {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  if (typeof left === 'boolean') return Number(left) - Number(right);
  return Buffer.compare(Buffer.from(fold(String(left))), Buffer.from(fold(String(right))));
}
