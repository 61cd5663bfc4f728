import { type Condition, everything, mapLeaves, nothing, or } from './condition.js';
import { matches } from './evaluate.js';
import { entryOf } from './fields.js';

type Told = string | number | boolean | Date | null | readonly string[];

/**
 * A public field that is kept as something else: it is told of each of the few values that is kept, or is the same of
 * every record. A list of texts is a field of many values.
 */
type DerivedField =
  | { readonly from: string; readonly told: Readonly<Record<string, Told>> }
  | { readonly always: Told };

export type DerivedFields = Readonly<Record<string, DerivedField>>;

/** The same condition, asking of what is kept alone: which of the values answer it is looked up here. */
export function onKept(condition: Condition, derived: DerivedFields, fold: (text: string) => string): Condition {
  return mapLeaves(condition, (leaf) => {
    const field = entryOf(derived, leaf.path);
    if (!field) return leaf;
    const holds = (told: Told) => matches(leaf, () => told, fold);
    if ('always' in field) return holds(field.always) ? everything : nothing;
    const kept = Object.entries(field.told).filter(([, told]) => holds(told));
    return or(...kept.map(([value]): Condition => ({ kind: 'compare', path: field.from, op: 'eq', value })));
  });
}
