import type { OptionsDictionary, ZxcvbnFactory } from '@zxcvbn-ts/core';

/** What somebody who tries the likely ones first needs for a password. */
export interface Guesses {
  /** Decimal logarithm of how many. */
  readonly magnitude: number;
  /** What they are made from, in words. */
  readonly parts: readonly string[];
}

/**
 * So many letters are looked at: the time grows with the square of their number, and this takes some milliseconds at
 * most. What is hard to guess in its beginning is hard to guess.
 */
const lettersLookedAt = 40;
/** Ways to read `4` as `a` and the like; with many, passwords of digits take fifty times as long. */
const readingsOfSigns = 1;
/** The one passphrase that everybody has seen. */
const knownPhrases = ['correct horse battery staple', 'correcthorsebatterystaple'];

const nameOfPattern: Readonly<Record<string, string>> = {
  dictionary: 'common words',
  spatial: 'keyboard patterns',
  repeat: 'repetitions',
  sequence: 'sequences',
  wordSequence: 'sequences',
  regex: 'years',
  date: 'dates',
  separator: 'signs between words',
};

let loading: Promise<ZxcvbnFactory> | undefined;

/** Makes the lists ready, which takes a moment; once in a process, and never in those that judge no passwords. */
export async function prepareGuessing(): Promise<ZxcvbnFactory> {
  return (loading ??= load());
}

/** @param expected what whoever guesses at this one would try beside the lists */
export async function guessesFor(password: string, expected: readonly string[]): Promise<Guesses> {
  const estimator = await prepareGuessing();
  const { guessesLog10: magnitude, sequence } = estimator.check(password, [...knownPhrases, ...expected]);
  const names = sequence.map(({ pattern }) => nameOfPattern[pattern]).filter((name) => name !== undefined);
  return { magnitude, parts: [...new Set(names)] };
}

async function load(): Promise<ZxcvbnFactory> {
  const [{ ZxcvbnFactory: Estimator }, common, english] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-en'),
  ]);
  // Surnames and the encyclopedia's words double the time and the memory, and find hardly anything more.
  const { 'commonWords-en': words, 'firstnames-en': names } = english.dictionary;
  const dictionary: OptionsDictionary = { ...common.dictionary, words, names };
  const limits = { maxLength: lettersLookedAt, l33tMaxSubstitutions: readingsOfSigns };
  return new Estimator({ dictionary, graphs: common.adjacencyGraphs, ...limits });
}
