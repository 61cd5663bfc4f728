import { describe, expect, it } from 'vitest';
import { parseConnectorConfig } from '@app/connectors';
import { InvalidError } from '@app/kernel';
import { headerOf, readNamedRow, sortAttributes, withNativeIdentity } from './given-attributes.js';

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
