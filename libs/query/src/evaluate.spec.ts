import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { and, type Comparison, type Condition, everything, not, nothing, or } from './condition.js';
import { matches } from './evaluate.js';

const record: Record<string, unknown> = {
  name: 'Zoë Example',
  title: null,
  logins: 7,
  locked: false,
  created: new Date('2024-02-29T12:00:00Z'),
  groups: ['Admins', 'Readers'],
  nobody: [],
};

const holds = (condition: Condition) => matches(condition, (path) => record[path]);
const compare = (path: string, op: Comparison, value: string | number | boolean | Date): Condition => ({
  kind: 'compare',
  path,
  op,
  value,
});

describe('matches', () => {
  it.each<[string, Condition, boolean]>([
    ['everything holds', everything, true],
    ['nothing does not', nothing, false],
    ['texts are equal without regard to case', compare('name', 'eq', 'zoË eXample'), true],
    ['texts are equal however their accents are composed', compare('name', 'eq', 'Zoe\u0308 Example'), true],
    ['a text is in a list without regard to case', { kind: 'in', path: 'name', values: ['x', 'ZOË EXAMPLE'] }, true],
    ['a text outside a list is not in it', { kind: 'in', path: 'name', values: ['x'] }, false],
    ['an empty list holds no value', { kind: 'in', path: 'name', values: [] }, false],
    ['a number is in a list', { kind: 'in', path: 'logins', values: [6, 7] }, true],
    ['a prefix is found', { kind: 'startsWith', path: 'name', value: 'ZOË' }, true],
    ['a suffix is no prefix', { kind: 'startsWith', path: 'name', value: 'example' }, false],
    ['a part is found', { kind: 'contains', path: 'name', value: 'Ë E' }, true],
    ['a suffix is found', { kind: 'endsWith', path: 'name', value: 'AMPLE' }, true],
    ['a percent sign is an ordinary character', { kind: 'startsWith', path: 'name', value: 'Z%' }, false],
    ['a number has no prefix', { kind: 'startsWith', path: 'logins', value: '7' }, false],
    ['numbers compare by size', compare('logins', 'lt', 10), true],
    ['a number is no text', compare('logins', 'eq', '7'), false],
    ['a number does not even differ from a text', compare('logins', 'ne', '7'), false],
    ['booleans are equal', compare('locked', 'eq', false), true],
    ['instants compare across zones', compare('created', 'eq', new Date('2024-02-29T14:00:00+02:00')), true],
    ['an instant is not after itself', compare('created', 'gt', new Date('2024-02-29T12:00:00Z')), false],
    ['an instant is at or after itself', compare('created', 'ge', new Date('2024-02-29T12:00:00Z')), true],
    ['an instant is at or before itself', compare('created', 'le', new Date('2024-02-29T12:00:00Z')), true],
    ['an absent value equals nothing', compare('title', 'eq', 'x'), false],
    ['an absent value differs from nothing', compare('title', 'ne', 'x'), false],
    ['an absent value satisfies a negated equality', not(compare('title', 'eq', 'x')), true],
    ['an absent value is null', { kind: 'isNull', path: 'title' }, true],
    ['a missing path is null', { kind: 'isNull', path: 'elsewhere' }, true],
    ['a present value is not null', { kind: 'isNull', path: 'locked' }, false],
    ['a list equals each of its elements', and(...['admins', 'readers'].map((g) => compare('groups', 'eq', g))), true],
    ['a list equals no other value', compare('groups', 'eq', 'Writers'), false],
    ['an empty list is null', { kind: 'isNull', path: 'nobody' }, true],
    ['one alternative suffices', or(nothing, compare('logins', 'eq', 7)), true],
    ['every part is needed', and(compare('locked', 'eq', true), compare('logins', 'eq', 7)), false],
  ])('says that %s', (_rule, condition, expected) => {
    expect(holds(condition)).toBe(expected);
  });

  it('orders texts by code point, as the database does', () => {
    const read = () => '\u{1F600}';
    expect(matches(compare('name', 'gt', '\uFF5E'), read)).toBe(true);
  });

  it('compares texts as the given fold spells them', () => {
    const read = () => 'Zoë';
    expect(matches(compare('name', 'eq', 'zoë'), read, (text) => text)).toBe(false);
  });

  it('makes a negation the exact complement, whatever the record holds', () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string()));
    const op = fc.constantFrom<Comparison>('eq', 'ne', 'gt', 'ge', 'lt', 'le');
    const property = fc.property(value, op, fc.oneof(fc.string(), fc.integer()), (held, op, wanted) => {
      const condition = compare('any', op, wanted);
      const read = () => held;
      return matches({ kind: 'not', of: condition }, read) === !matches(condition, read);
    });
    fc.assert(property);
  });
});
