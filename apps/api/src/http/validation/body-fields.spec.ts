import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { canonicalNetwork, isToCome, ListOf } from './body-fields.js';
import { validated } from './validated.js';

describe('a network', () => {
  it.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['192.0.2.7', '192.0.2.7/32'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:DB8::/32', '2001:db8::/32'],
    ['::1', '::1/128'],
  ])('%s is written %s', (sent, canonical) => expect(canonicalNetwork(sent)).toBe(canonical));

  it.each([
    '10.0.0.1/8',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/x',
    '10.0.0.0/8/8',
    '10.1',
    '010.0.0.0/8',
    'fe80::1%eth0',
    '2001:db8::1/32',
    'example.com',
    '',
    7,
    null,
  ])('is not %j', (sent) => expect(canonicalNetwork(sent)).toBeUndefined());
});

describe('a time to come', () => {
  it.each(['2999-01-01T00:00:00Z', '2999-02-28T23:59:59.999+14:00', '9999-12-31T23:59:59Z'])('may be %s', (sent) =>
    expect(isToCome(sent)).toBe(true),
  );

  it.each([
    '2020-01-01T00:00:00Z',
    '2999-02-29T00:00:00Z',
    '2999-13-01T00:00:00Z',
    '2999-01-01T24:00:00Z',
    '2999-01-01T00:00:00',
    '2999-01-01',
    '9999-12-31T23:59:59-12:00',
    '+300000-01-01T00:00:00Z',
    32_503_680_000_000,
    ['2999-01-01T00:00:00Z'],
    '',
    null,
  ])('is not %j', (sent) => expect(isToCome(sent)).toBe(false));
});

describe('a list', () => {
  it('that is too long has none of its entries judged', () => {
    let judged = 0;
    class Body {
      @ListOf({ atMost: 3, holds: () => ++judged > 0, each: 'must be something.' })
      list!: number[];
    }
    const send = (list: number[]) => validated(Body).transform({ list }, { type: 'body' });
    expect(() => send([1, 2, 3, 4])).toThrow('list must hold at most 3 entries.');
    expect(judged).toBe(0);
    expect(send([1, 2, 3])).toEqual({ list: [1, 2, 3] });
    expect(judged).toBe(3);
  });
});
