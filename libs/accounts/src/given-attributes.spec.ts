import { describe, expect, it } from 'vitest';
import { parseConnectorConfig } from '@app/connectors';
import { InvalidError } from '@app/kernel';
import { headerOf, readNamedRow, requireLimited, sortAttributes, withNativeIdentity } from './given-attributes.js';

const config = parseConnectorConfig({
  kind: 'delimited-file',
  mapping: { login: 'nativeIdentity', Straße: 'attributes.street', mail: 'email' },
});
const named = parseConnectorConfig({ kind: 'delimited-file', mapping: { login: 'nativeIdentity', who: 'name' } });
const sorted = (given: Record<string, unknown>, by = config) => {
  const { cells, ...rest } = sortAttributes(by, given);
  return { cells: Object.fromEntries(cells), ...rest };
};

describe('attributes that are given', () => {
  it('mean a column by its header or by what it is mapped to, and stay free otherwise', () => {
    expect(sorted({ sourceId: 'x', login: 'a', street: 'b', email: 'c', ' mail ': 'd', City: 'e' })).toEqual({
      cells: { login: 'a', Straße: 'b', mail: 'd' },
      free: { email: 'c', City: 'e' },
      fallbackName: undefined,
    });
    expect(sorted({ 'Stra\u00dfe': 'x' }).cells).toEqual({ Straße: 'x' });
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
    withNativeIdentity(config, given, sortAttributes(config, given)).get('login');

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
