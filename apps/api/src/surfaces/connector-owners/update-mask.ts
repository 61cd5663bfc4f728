import { InvalidError } from '@app/kernel';

/** The fields a comma-joined mask names; undefined: there is none. */
export function maskOf<Name extends string>(
  text: string | undefined,
  updatable: readonly Name[],
): ReadonlySet<Name> | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const names = text.split(',').map((name) => name.trim());
  const known = names.map((name) => updatable.find((one) => one === name));
  if (!known.every((name) => name !== undefined)) {
    throw InvalidError.field('updateMask', `updateMask may name ${updatable.join(', ')}.`);
  }
  return new Set(known);
}

/**
 * What is to change of a record: without a mask what is given, else what the mask names. What it names and the record
 * lacks becomes what that is when it is empty; there are fields that cannot be.
 */
export function changesOf<Given extends object>(
  record: string,
  {
    given,
    mask,
    emptied,
  }: {
    readonly given: Given;
    readonly mask: ReadonlySet<keyof Given & string> | undefined;
    readonly emptied: Partial<Given>;
  },
): Partial<Given> {
  if (mask === undefined) return given;
  const changes: Partial<Given> = {};
  for (const name of mask) {
    changes[name] = given[name] ?? emptied[name];
    if (changes[name] === undefined) {
      throw InvalidError.field(`${record}.${name}`, `${record}.${name} must not be empty.`);
    }
  }
  return changes;
}
