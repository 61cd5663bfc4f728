import { type Condition, or } from '@app/query';

/** As the vendor's gateway reads a body: an empty list is one that was not sent. */
export function given<One>(list: readonly One[] | undefined): readonly One[] | undefined {
  return list?.length ? list : undefined;
}

/** One of these values, or of what they mean here; a word that means nothing here finds nothing. */
export function among(
  path: string,
  words: readonly string[] | undefined,
  meaning?: Readonly<Record<string, string>>,
): Condition[] {
  const asked = given(words);
  if (asked === undefined) return [];
  const values = meaning ? asked.flatMap((word) => (Object.hasOwn(meaning, word) ? [meaning[word]!] : [])) : asked;
  return [{ kind: 'in', path, values }];
}

/** A literal part of any of these. */
export function partOf(paths: readonly string[], text: string | undefined): Condition[] {
  return text ? [or(...paths.map((path): Condition => ({ kind: 'contains', path, value: text })))] : [];
}
