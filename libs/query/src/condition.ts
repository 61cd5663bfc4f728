export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';

/**
 * What every public filter syntax is parsed to. Our choice: a closed tree over typed paths of our own (`owner.id`),
 * never wire names; two-valued, so `not` is the exact complement and an absent value fails every comparison.
 */
export type Condition =
  | { readonly kind: 'and'; readonly of: readonly Condition[] }
  | { readonly kind: 'or'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | {
      readonly kind: 'compare';
      readonly path: string;
      readonly op: Comparison;
      readonly value: string | number | boolean | Date;
    }
  | { readonly kind: 'in'; readonly path: string; readonly values: readonly (string | number)[] }
  | { readonly kind: 'startsWith'; readonly path: string; readonly value: string }
  | { readonly kind: 'contains'; readonly path: string; readonly value: string }
  | { readonly kind: 'endsWith'; readonly path: string; readonly value: string }
  | { readonly kind: 'isNull'; readonly path: string };

/** A condition on one path. */
export type Leaf = Extract<Condition, { readonly path: string }>;

/** The condition that holds for every record: an `and` that asks for nothing. */
export const everything: Condition = { kind: 'and', of: [] };

/** The condition that holds for no record: an `or` that offers nothing. */
export const nothing: Condition = { kind: 'or', of: [] };

/** All of the parts; nested `and`s become one list, a single part stands alone. */
export function and(...parts: readonly Condition[]): Condition {
  return joined('and', parts);
}

/** Any of the parts; nested `or`s become one list, a single part stands alone. */
export function or(...parts: readonly Condition[]): Condition {
  return joined('or', parts);
}

/** The complement; a double negation disappears. */
export function not(condition: Condition): Condition {
  return condition.kind === 'not' ? condition.of : { kind: 'not', of: condition };
}

/** The same condition with another in the place of each leaf. */
export function mapLeaves(condition: Condition, change: (leaf: Leaf) => Condition): Condition {
  if (condition.kind === 'and' || condition.kind === 'or') {
    return { kind: condition.kind, of: condition.of.map((part) => mapLeaves(part, change)) };
  }
  return condition.kind === 'not' ? { kind: 'not', of: mapLeaves(condition.of, change) } : change(condition);
}

/** Every path the condition asks of. */
export function pathsIn(condition: Condition): ReadonlySet<string> {
  const paths = new Set<string>();
  mapLeaves(condition, (leaf) => {
    paths.add(leaf.path);
    return leaf;
  });
  return paths;
}

function joined(kind: 'and' | 'or', parts: readonly Condition[]): Condition {
  const of = parts.flatMap((part) => (part.kind === kind ? part.of : [part]));
  const [only] = of;
  return of.length === 1 && only ? only : { kind, of };
}
