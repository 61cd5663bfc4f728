import { InvalidError } from '@app/kernel';

type Query = Readonly<Record<string, unknown>>;

/** What a client asked to see of a record. */
export interface FieldSelection {
  /** Names asked for; undefined: all there are. */
  readonly fields: ReadonlySet<string> | undefined;
  readonly excluded: ReadonlySet<string>;
}

/** `fields` and `excludeFields`, each repeated (also as `fields[]`) or a comma list. Unknown names are refused. */
export function fieldSelectionIn(query: Query, known: readonly string[]): FieldSelection {
  const fields = namesIn(query, 'fields', known);
  return {
    fields: fields.length > 0 ? new Set(fields) : undefined,
    excluded: new Set(namesIn(query, 'excludeFields', known)),
  };
}

/** The record cut down. Its `id` stays unless it is excluded by name, so that a row can always be told from another. */
export function selected<T extends object>(record: T, id: keyof T & string, selection: FieldSelection): Partial<T> {
  const { fields, excluded } = selection;
  if (fields === undefined && excluded.size === 0) return record;
  const kept = Object.entries(record).filter(
    ([name]) => !excluded.has(name) && (fields === undefined || name === id || fields.has(name)),
  );
  return Object.fromEntries(kept) as Partial<T>;
}

function namesIn(query: Query, parameter: string, known: readonly string[]): string[] {
  const sent = [query[parameter], query[`${parameter}[]`]].flat().filter((text) => text !== undefined);
  const names = sent.flatMap((text) => (typeof text === 'string' ? text.split(',') : [null]));
  const unknown = names.find((name) => name === null || !known.includes(name));
  if (unknown !== undefined) {
    throw InvalidError.field(parameter, `${parameter} takes ${known.join(', ')}.`);
  }
  return names as string[];
}
