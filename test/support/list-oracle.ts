import * as fc from 'fast-check';
import { fold } from '@app/kernel';
import { type Comparison, type Condition, matches, type Sort } from '@app/query';

type Kind = 'compare' | 'in' | 'startsWith' | 'contains' | 'isNull';
type Value = string | boolean | Date;

/** What conditions may ask of a path, and the values they name, some of which records have. */
export interface Asked {
  readonly kinds: readonly Kind[];
  readonly ops?: readonly Comparison[];
  readonly values: readonly Value[];
}

/** Conditions over these paths, combined as filters combine them. */
export function conditionsOver(paths: Readonly<Record<string, Asked>>): fc.Arbitrary<Condition> {
  const leaves = Object.entries(paths).flatMap(([path, asked]) => asked.kinds.map((kind) => leafOf(path, kind, asked)));
  return fc.letrec<{ tree: Condition }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.oneof(...leaves),
      fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), of: fc.array(tie('tree'), { maxLength: 3 }) }),
      fc.record({ kind: fc.constant('not' as const), of: tie('tree') }),
    ),
  })).tree;
}

/** Up to three sort keys, each path once. */
export function sortsOver(paths: readonly string[]): fc.Arbitrary<Sort[]> {
  const key = fc.record({
    path: fc.constantFrom(...paths),
    direction: fc.constantFrom('asc' as const, 'desc' as const),
  });
  return fc.uniqueArray(key, { maxLength: 3, selector: ({ path }) => path });
}

type Told = Value | number | null;

/** A record by the paths that conditions and orders name; of some it may have several values. */
export type Facts = Readonly<Record<string, Told | readonly string[]>> & { readonly id: string };

/** Which records a list means, in which order. */
export function meant(records: readonly Facts[], where: Condition, sort: readonly Sort[]): string[] {
  const keys = [...sort, { path: 'id', direction: sort[0]?.direction ?? 'asc' }];
  const found = records.filter((record) => matches(where, (path) => record[path], fold));
  const sorted = found.toSorted((left, right) => {
    for (const { path, direction } of keys) {
      const order = nullsLast(sortedBy(left[path]!), sortedBy(right[path]!));
      if (order !== 0) return direction === 'asc' ? order : -order;
    }
    return 0;
  });
  return sorted.map(({ id }) => id);
}

/** Of several values it counts how many. */
function sortedBy(value: Told | readonly string[]): Told {
  return typeof value === 'object' && value !== null && !(value instanceof Date) ? value.length : value;
}

/** By code point, as the database sorts. */
function nullsLast(left: Told, right: Told): number {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  if (typeof left === 'string') return Buffer.compare(Buffer.from(fold(left)), Buffer.from(fold(String(right))));
  return Number(left) - Number(right);
}

function leafOf(path: string, kind: Kind, { ops = ['eq'], values }: Asked): fc.Arbitrary<Condition> {
  const text = () => fc.constantFrom(...values.filter((value) => typeof value === 'string'));
  switch (kind) {
    case 'isNull':
      return fc.constant({ kind, path });
    case 'in':
      return fc.array(text(), { maxLength: 3 }).map((some) => ({ kind, path, values: some }));
    case 'compare':
      return fc.record({
        kind: fc.constant(kind),
        path: fc.constant(path),
        op: fc.constantFrom(...ops),
        value: fc.constantFrom(...values),
      });
    default:
      return text().map((value) => ({ kind, path, value }));
  }
}
