/** Letters and digits of whatever script, in lower case already. */
export function wordsIn(key: string): readonly string[] {
  return key.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

/** The same for names of the same words in whatever order. */
export function wordKey(key: string): string {
  return wordsIn(key).toSorted().join(' ');
}

/** How much of two names is alike, from 0 to 1: by groups of three letters, as the database has it, but of any script. */
export function likeness(one: string, other: string): number {
  const [ours, theirs] = [trigramsIn(one), trigramsIn(other)];
  const both = [...ours].filter((trigram) => theirs.has(trigram)).length;
  const either = ours.size + theirs.size - both;
  return either === 0 ? 0 : both / either;
}

function trigramsIn(key: string): ReadonlySet<string> {
  const trigrams = new Set<string>();
  for (const word of wordsIn(key)) {
    const letters = [' ', ' ', ...Array.from(word), ' '];
    for (let at = 0; at + 3 <= letters.length; at++) trigrams.add(letters.slice(at, at + 3).join(''));
  }
  return trigrams;
}

/** Ways in which a name may be written by somebody who puts the family name first, or does not. */
export function orderingsOf(key: string): readonly string[] {
  const words = wordsIn(key);
  if (words.length < 2 || words.length > 5) return [key];
  const [first, last] = [words[0]!, words.at(-1)!];
  const [front, back] = [words.slice(0, -1).join(' '), words.slice(1).join(' ')];
  return [key, words.join(' '), `${last} ${front}`, `${last}, ${front}`, `${back} ${first}`, `${first}, ${back}`];
}
