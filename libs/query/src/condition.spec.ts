import { describe, expect, it } from 'vitest';
import { and, type Condition, everything, not, nothing, or } from './condition.js';

const a: Condition = { kind: 'isNull', path: 'a' };
const b: Condition = { kind: 'isNull', path: 'b' };
const c: Condition = { kind: 'isNull', path: 'c' };

describe('Condition', () => {
  it.each([
    ['no parts of an and ask for nothing', and(), everything],
    ['no parts of an or offer nothing', or(), nothing],
    ['a single part stands alone', and(a), a],
    ['a single alternative stands alone', or(a), a],
    ['nested ands become one list', and(and(a, b), c), { kind: 'and', of: [a, b, c] }],
    ['nested ors become one list', or(a, or(b, c)), { kind: 'or', of: [a, b, c] }],
    ['an or within an and stays', and(or(a, b), c), { kind: 'and', of: [{ kind: 'or', of: [a, b] }, c] }],
    ['everything adds nothing to an and', and(everything, a), a],
    ['nothing adds nothing to an or', or(nothing, a), a],
    ['everything stays in an or', or(everything, a), { kind: 'or', of: [everything, a] }],
    ['a negation wraps', not(a), { kind: 'not', of: a }],
    ['a double negation disappears', not(not(a)), a],
  ])('combines so that %s', (_rule, combined, expected) => {
    expect(combined).toEqual(expected);
  });
});
