import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountTargets, type ConnectorConfig, parseConnectorConfig } from '@app/connectors';
import { InvalidError } from '@app/kernel';
import {
  headerOf,
  readNamedRow,
  requireLimited,
  saysNothing,
  sortAttributes,
  sortChanges,
  sortReplacement,
  type SortedAttributes,
  withNativeIdentity,
} from './given-attributes.js';

const config = parseConnectorConfig({
  kind: 'delimited-file',
  mapping: { login: 'nativeIdentity', Straße: 'attributes.street', mail: 'email' },
});
/** `mail` is the header of one column and the attribute of the other. */
const crossed = parseConnectorConfig({
  kind: 'delimited-file',
  mapping: { login: 'nativeIdentity', mail: 'email', address: 'attributes.mail' },
});
const named = parseConnectorConfig({ kind: 'delimited-file', mapping: { login: 'nativeIdentity', who: 'name' } });
const plain = ({ cells, free, fallbackName }: SortedAttributes) => ({
  cells: Object.fromEntries(cells),
  free,
  fallbackName,
});
const sorted = (given: Record<string, unknown>, by = config) => plain(sortAttributes(by, given));

describe('attributes that are given', () => {
  it('mean a column by its header or by what it is mapped to, and stay free otherwise', () => {
    expect(sorted({ sourceId: 'x', login: 'a', street: 'b', email: 'c', ' mail ': 'd', City: 'e' })).toEqual({
      cells: { login: 'a', Straße: 'b', mail: 'd' },
      free: { email: 'c', City: 'e' },
      fallbackName: undefined,
    });
    expect(sorted({ 'Stra\u00dfe': 'x' }).cells).toEqual({ Straße: 'x' });
  });

  it('mean a column also by what it is mapped to in full, and stay free where none is', () => {
    expect(sorted({ 'attributes.street': 'x', 'attributes.city': 'y', 'attributes.email': 'z' })).toMatchObject({
      cells: { Straße: 'x' },
      free: { 'attributes.city': 'y', 'attributes.email': 'z' },
    });
    const header = parseConnectorConfig({
      kind: 'delimited-file',
      mapping: { login: 'nativeIdentity', 'attributes.street': 'email', st: 'attributes.street' },
    });
    expect(sorted({ 'attributes.street': 'x' }, header).cells).toEqual({ 'attributes.street': 'x' });
  });

  it('mean the header where a name is one and the attribute of another, as the file does', () => {
    expect(sorted({ mail: 'a', address: 'b' }, crossed).cells).toEqual({ mail: 'a', address: 'b' });
  });

  it('are called in refusals as they were sent', () => {
    const read = (given: Record<string, unknown>) => {
      const { cells, names } = sortAttributes(config, given);
      return () => readNamedRow(config, cells, 'x', names);
    };
    expect(read({ login: 'a', street: '\u0000' })).toThrow('attributes.street holds a character');
    expect(read({ login: 'a', 'attributes.street': '\u0000' })).toThrow('attributes.attributes.street holds');
    expect(read({ login: 'a', mail: 'x' })).toThrow('attributes.mail is not an e-mail address');
    const { cells, names } = withNativeIdentity(config, { id: 'x'.repeat(1_025) }, sortAttributes(config, {}));
    expect(() => readNamedRow(config, cells, 'x', names)).toThrow('attributes.id is longer');
  });

  it('are texts, whatever a client makes of them', () => {
    expect(sorted({ a: 1, b: true, c: null, d: '', e: -0.5 }).free).toEqual({
      a: '1',
      b: 'true',
      c: null,
      d: null,
      e: '-0.5',
    });
    for (const value of [{}, [], undefined, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => sorted({ a: value })).toThrow('attributes.a must be a text.');
    }
  });

  it('are given once', () => {
    expect(() => sorted({ Straße: 'a', street: 'b' })).toThrow(/street is given twice/);
    expect(() => sorted({ street: 'a', 'attributes.street': 'b' })).toThrow(/attributes.street is given twice/);
    expect(() => sorted({ city: 'a', ' city': 'b' })).toThrow(/city is given twice/);
    expect(() => sorted({ ['n'.repeat(120)]: 'a', [` ${'n'.repeat(120)}`]: 'b' })).toThrow(/n… is given twice/);
  });

  it('that are named like what every object has are attributes like others', () => {
    expect(sorted({ valueOf: 'x', hasOwnProperty: 'y' })).toMatchObject({
      cells: {},
      free: { valueOf: 'x', hasOwnProperty: 'y' },
    });
  });

  it.each([
    [{ name: 'n', displayName: 'd' }, 'n'],
    [{ name: null, displayName: 'd' }, 'd'],
    [{ displayName: ' d ' }, 'd'],
    [{ city: 'x' }, undefined],
  ])('call the account after %o', (given, name) => {
    expect(sorted(given).fallbackName).toBe(name);
    expect(sorted(given, named).fallbackName).toBeUndefined();
  });
});

describe('attributes that replace what an account shows', () => {
  const replaced = (attributes: object, given: object, by = config) =>
    plain(
      sortReplacement(
        { config: by, attributes: attributes as Record<string, unknown> },
        given as Record<string, unknown>,
      ),
    );

  it('say only what is another now, and that what is left out goes', () => {
    const shown = { street: 'a', city: 'b', floor: '1', old: 'x' };
    expect(replaced(shown, { street: 'a', city: 'c', floor: null, new: 'd', mail: '' })).toEqual({
      cells: { mail: '' },
      free: { city: 'c', floor: null, new: 'd', old: null },
      fallbackName: undefined,
    });
    expect(replaced(shown, {}).cells).toEqual({ Straße: '' });
    for (const name of ['Straße', 'attributes.street']) {
      expect(replaced({ street: 'a' }, { [name]: 'b' }).cells).toEqual({ Straße: 'b' });
    }
  });

  it('mean what is shown where a name is the header of one column and the attribute of another', () => {
    expect(replaced({ mail: 'a' }, { mail: 'b' }, crossed).cells).toEqual({ address: 'b' });
    expect(replaced({}, { mail: 'b' }, crossed).cells).toEqual({ address: 'b' });
    expect(replaced({ login: 'a' }, { login: 'b' })).toMatchObject({ cells: {}, free: { login: 'b' } });
  });

  it.each([
    [{ name: 'a', displayName: 'b' }, { name: 'a', displayName: 'c' }, undefined],
    [{ name: 'a', displayName: 'b' }, { name: 'c', displayName: 'b' }, 'c'],
    [{ name: 'a', displayName: 'b' }, { displayName: 'b' }, 'b'],
    [{ displayName: 'b' }, { displayName: 'c' }, 'c'],
    [{ name: 'a' }, {}, undefined],
  ])('call the account anew only by what decides over its name: %o then %o', (shown, given, name) => {
    expect(replaced(shown, given).fallbackName).toBe(name);
  });

  it('do not touch an attribute that is called like the source, which is told by the same name', () => {
    const by = parseConnectorConfig({
      kind: 'delimited-file',
      mapping: { login: 'nativeIdentity', src: 'attributes.sourceId' },
    });
    expect(replaced({ sourceId: 'a' }, {}, by).cells).toEqual({});
    expect(replaced({ sourceId: 'a' }, { src: 'b' }, by).cells).toEqual({ src: 'b' });
  });

  const word = fc.constantFrom('mail', 'login', 'dept', 'name', 'displayName', 'attributes.dept', 'sourceId', 'a', 'b');
  const anyName = fc.oneof({ weight: 3, arbitrary: word }, fc.stringMatching(/^[A-Za-z0-9_.-]{1,64}$/));
  const target = fc.oneof(
    fc.constantFrom(...accountTargets.filter((one) => one !== 'nativeIdentity')),
    anyName.map((one) => `attributes.${one}`),
  );
  const mapping = fc
    .uniqueArray(fc.tuple(anyName, target), { selector: ([, to]) => to, maxLength: 12 })
    .map((pairs) => ({ ...Object.fromEntries(pairs), native: 'nativeIdentity' }));
  const shown = fc.dictionary(fc.oneof({ weight: 4, arbitrary: anyName }, fc.string()), fc.jsonValue(), {
    noNullPrototype: true,
  });

  it('say nothing where they are as they are shown, whatever the mapping and the account', () => {
    fc.assert(
      fc.property(mapping, shown, (columns, attributes) => {
        const account = { config: { ...config, mapping: columns as ConnectorConfig['mapping'] }, attributes };
        const sorted = sortReplacement(account, structuredClone(attributes));
        expect([saysNothing(sorted), sorted.fallbackName]).toEqual([true, undefined]);
        expect(saysNothing(sortChanges(account, structuredClone(attributes)))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('what they may become', () => {
  const many = (count: number, of = 'x') =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, of] as const));
  const limited =
    (after: object, before: object = {}) =>
    () =>
      requireLimited(config, before as Record<string, unknown>, after as Record<string, unknown>);

  it('is 4,000 characters each, but for lists, whose values have a limit of their own', () => {
    const [most, more] = ['x'.repeat(4_000), 'x'.repeat(4_001)];
    expect(sorted({ city: most, street: most }).free).toEqual({ city: most });
    expect(() => sorted({ city: more })).toThrow('attributes.city must not be longer than 4000 characters.');
    expect(() => sorted({ street: more })).toThrow('attributes.street must not be longer');
    expect(() => sorted({ ['n'.repeat(120)]: more })).toThrow(/n… must not be longer/);
    const grouped = parseConnectorConfig({ kind: 'delimited-file', mapping: { id: 'nativeIdentity', in: 'groups' } });
    expect(sorted({ in: more }, grouped).cells).toEqual({ in: more });
  });

  it('is 200 that no column is mapped to', () => {
    expect(limited({ ...many(200), street: 'x' })).not.toThrow();
    expect(limited(many(201))).toThrow('attributes must not name more than 200');
  });

  it('is 64 kB of JSON together, in bytes', () => {
    expect(limited(many(16, 'x'.repeat(4_000)))).not.toThrow();
    expect(limited(many(17, 'x'.repeat(4_000)))).toThrow('attributes must not be more than 65536 bytes');
    expect(limited(many(9, 'é'.repeat(4_000)))).toThrow(InvalidError);
  });

  it('is more where it was more already, if it does not grow', () => {
    const wide = many(300);
    const heavy = many(20, 'x'.repeat(4_000));
    expect(limited(wide, wide)).not.toThrow();
    expect(limited(many(250), wide)).not.toThrow();
    expect(limited(many(301), wide)).toThrow(InvalidError);
    expect(limited(many(18, 'x'.repeat(4_000)), heavy)).not.toThrow();
    expect(limited({ ...heavy, b: 'x' }, heavy)).toThrow(InvalidError);
  });
});

describe('whom they are about', () => {
  const nativeIdentity = (given: Record<string, unknown>) =>
    withNativeIdentity(config, given, sortAttributes(config, given)).cells.get('login');

  it.each([
    [{ login: 'a', id: 'b', userName: 'c' }, 'a'],
    [{ login: ' ', id: 'b', userName: 'c' }, 'b'],
    [{ id: 7, userName: 'c' }, '7'],
    [{ id: null, userName: 'c' }, 'c'],
  ])('is told by the column, else by id, else by userName: %o', (given, expected) => {
    expect(nativeIdentity(given)).toBe(expected);
  });

  it('is told at all', () => {
    expect(() => nativeIdentity({ mail: 'x' })).toThrow(InvalidError);
    expect(() => nativeIdentity({ id: ['x'] })).toThrow(/must be a text/);
  });
});

describe('a row of them', () => {
  it('has the name also where there is no column for it, and rules may compare it', () => {
    const byName = parseConnectorConfig({
      kind: 'delimited-file',
      mapping: { login: 'nativeIdentity' },
      correlationRules: [{ account: 'name', owner: 'identityId' }],
    });
    const { account } = readNamedRow(byName, new Map([['login', 'a']]), 'Ada');
    expect([account.name, account.correlation]).toEqual(['Ada', ['Ada']]);
    expect(readNamedRow(byName, new Map([['login', 'a']])).account.name).toBe('a');
    const cells = new Map([
      ['login', 'a'],
      ['who', 'Bo'],
    ]);
    expect(readNamedRow(named, cells, 'Ada').account.name).toBe('Bo');
  });

  it('finds the column of a target', () => {
    expect([headerOf(config, 'email'), headerOf(config, 'name')]).toEqual(['mail', undefined]);
  });
});
