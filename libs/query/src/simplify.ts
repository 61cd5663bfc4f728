import { and, type Condition, not, or } from './condition.js';

type Alternatives = Extract<Condition, { kind: 'in' }>;

/**
 * The same condition with values of one path in one list: a record is then looked up in a list once, instead of being
 * compared with each of its values in turn, and an index is walked once.
 */
export function simplify(condition: Condition): Condition {
  switch (condition.kind) {
    case 'or':
      return or(...joined(condition.of.map(simplify)));
    case 'and': {
      const parts = condition.of.map(simplify);
      const refused = joined(parts.flatMap((part) => (part.kind === 'not' ? part.of : [])));
      return and(...parts.filter(({ kind }) => kind !== 'not'), ...refused.map(not));
    }
    case 'not':
      return not(simplify(condition.of));
    default:
      return condition;
  }
}

/** Alternatives, those of one path as one. */
function joined(parts: readonly Condition[]): Condition[] {
  const lists = new Map<string, Alternatives>();
  const others: Condition[] = [];
  for (const part of parts) {
    const list = listOf(part);
    if (!list) others.push(part);
    else lists.set(list.path, { ...list, values: [...(lists.get(list.path)?.values ?? []), ...list.values] });
  }
  return [...[...lists.values()].map(single), ...others];
}

function listOf(part: Condition): Alternatives | undefined {
  if (part.kind === 'in') return part;
  if (part.kind !== 'compare' || part.op !== 'eq') return undefined;
  const { path, value } = part;
  return typeof value === 'string' || typeof value === 'number' ? { kind: 'in', path, values: [value] } : undefined;
}

function single(list: Alternatives): Condition {
  const [value, ...others] = new Set(list.values);
  return value === undefined || others.length > 0
    ? { ...list, values: value === undefined ? [] : [value, ...others] }
    : { kind: 'compare', path: list.path, op: 'eq', value };
}
