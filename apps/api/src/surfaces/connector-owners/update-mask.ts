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
