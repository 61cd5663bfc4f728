import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { and, type Condition, matches, not, or, simplify } from './index.js';

const eq = (path: string, value: string | number | boolean): Condition => ({ kind: 'compare', path, op: 'eq', value });
const within = (path: string, ...values: (string | number)[]): Condition => ({ kind: 'in', path, values });

describe('a simplified condition', () => {
  it.each<[string, Condition, Condition]>([
    [
      'several values of one path',
      or(eq('a', 'x'), eq('b', 'y'), eq('a', 'z')),
      or(within('a', 'x', 'z'), eq('b', 'y')),
    ],
    ['values and lists', or(eq('a', 'x'), within('a', 'y', 'x')), within('a', 'x', 'y')],
    ['one value, twice', or(eq('a', 'x'), eq('a', 'x')), eq('a', 'x')],
    [
      'refused values',
      and(not(eq('a', 'x')), eq('b', 1), not(eq('a', 'y'))),
      and(eq('b', 1), not(within('a', 'x', 'y'))),
    ],
    ['truths, which are no list', or(eq('a', true), eq('a', false)), or(eq('a', true), eq('a', false))],
    ['parts of parts', not(or(eq('a', 'x'), and(or(eq('a', 'y'), eq('a', 'z'))))), not(within('a', 'x', 'y', 'z'))],
  ])('has %s in one list', (_what, given, expected) => {
    expect(simplify(given)).toEqual(expected);
  });

  it('means what it meant', () => {
    const value = fc.constantFrom('x', 'y', 'Z', '');
    const path = fc.constantFrom('a', 'b');
    const leaf = fc.oneof(
      fc.tuple(path, value).map(([p, v]) => eq(p, v)),
      fc.tuple(path, fc.boolean()).map(([p, v]) => eq(p, v)),
      fc.tuple(path, fc.array(value, { maxLength: 3 })).map(([p, v]) => within(p, ...v)),
      path.map((p): Condition => ({ kind: 'isNull', path: p })),
      fc.tuple(path, value).map(([p, v]): Condition => ({ kind: 'startsWith', path: p, value: v })),
    );
    const { tree } = fc.letrec<{ tree: Condition }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        leaf,
        fc.record({
          kind: fc.constantFrom('and' as const, 'or' as const),
          of: fc.array(tie('tree'), { maxLength: 4 }),
        }),
        fc.record({ kind: fc.constant('not' as const), of: tie('tree') }),
      ),
    }));
    const record = fc.record({
      a: fc.oneof(value, fc.boolean(), fc.constant(null)),
      b: fc.oneof(value, fc.constant(null)),
    });
    const property = fc.property(tree, record, (condition, values) => {
      const read = (name: string) => values[name as 'a' | 'b'];
      expect(matches(simplify(condition), read)).toBe(matches(condition, read));
    });
    fc.assert(property, { numRuns: 2_000 });
  });
});
