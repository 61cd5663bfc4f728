import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Comparison, type Condition, everything, nothing } from './condition.js';
import { type DerivedFields, onKept } from './derived-fields.js';
import { matches } from './evaluate.js';

const fold = (text: string) => text.toLowerCase();
const derived = {
  light: { from: 'state', told: { go: 'Green', stop: 'Red', broken: null } },
  moving: { from: 'state', told: { go: true, stop: false, broken: false } },
  parts: { from: 'state', told: { go: ['LAMP', 'WIRE'], stop: ['LAMP'], broken: [] } },
  maker: { always: 'Ostiary' },
  inspector: { always: null },
} as const satisfies DerivedFields;
const records = ['go', 'stop', 'broken'].map((state) => ({ state: state as 'go' | 'stop' | 'broken', size: 1 }));

const eq = (path: string, value: string | boolean): Condition => ({ kind: 'compare', path, op: 'eq', value });

/** What each path reads as in public, derived fields included. */
function shown(record: (typeof records)[number], path: string): unknown {
  if (path === 'maker') return 'Ostiary';
  if (path === 'inspector') return null;
  const field = { light: derived.light, moving: derived.moving, parts: derived.parts }[path];
  return field ? field.told[record.state] : record[path as 'state' | 'size'];
}

describe('what is asked of a derived field', () => {
  it.each<[string, Condition, Condition]>([
    ['one value', eq('light', 'GREEN'), eq('state', 'go')],
    ['no value', eq('light', 'blue'), nothing],
    ['several values', eq('moving', false), { kind: 'or', of: [eq('state', 'stop'), eq('state', 'broken')] }],
    ['an absent value', { kind: 'isNull', path: 'light' }, eq('state', 'broken')],
    ['one of a list', eq('parts', 'wire'), eq('state', 'go')],
    ['the same of all', eq('maker', 'ostiary'), everything],
    ['the same of all, and another', eq('maker', 'nobody'), nothing],
    ['what nothing has', { kind: 'isNull', path: 'inspector' }, everything],
    ['another field', eq('size', '1'), eq('size', '1')],
    ['a name of the prototype', eq('constructor', 'x'), eq('constructor', 'x')],
  ])('is asked of what is kept: %s', (_, condition, expected) => {
    expect(onKept(condition, derived, fold)).toEqual(expected);
  });

  it('finds the same records as asking the public value, however it is combined', () => {
    const text = fc.constantFrom('green', 'Red', 'LAMP', 'r', '', 'Ostiary', 'zzz');
    const path = fc.constantFrom('light', 'parts', 'maker', 'inspector', 'state');
    const op = fc.constantFrom<Comparison>('eq', 'ne', 'gt', 'ge', 'lt', 'le');
    const leaf: fc.Arbitrary<Condition> = fc.oneof(
      fc.record({ kind: fc.constant('compare' as const), path, op, value: text }),
      fc.record({ kind: fc.constant('in' as const), path, values: fc.array(text, { maxLength: 3 }) }),
      fc.record({ kind: fc.constantFrom('startsWith' as const, 'contains' as const), path, value: text }),
      fc.record({ kind: fc.constant('isNull' as const), path }),
      fc.boolean().map((value) => eq('moving', value)),
    );
    const { tree } = fc.letrec<{ tree: Condition }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.record({
          kind: fc.constantFrom('and' as const, 'or' as const),
          of: fc.array(tie('tree'), { maxLength: 3 }),
        }),
        tie('tree').map((of) => ({ kind: 'not' as const, of })),
      ),
    }));
    fc.assert(
      fc.property(tree, (condition) => {
        const kept = onKept(condition, derived, fold);
        for (const record of records) {
          const asked = matches(condition, (name) => shown(record, name), fold);
          expect(matches(kept, (name) => record[name as 'state'], fold)).toBe(asked);
        }
      }),
    );
  });
});
