/**
 * How unlikely it is that two samples of durations come from one source (Mann-Whitney, normal approximation): the
 * distance in standard deviations.
 */
export function rankDistance(a: readonly number[], b: readonly number[]): number {
  const wins = a.reduce((sum, x) => sum + b.reduce((won, y) => won + (x < y ? 1 : x === y ? 0.5 : 0), 0), 0);
  const mean = (a.length * b.length) / 2;
  const deviation = Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12);
  return Math.abs(wins - mean) / deviation;
}

/** Samples a kind. With so many a shift of half a spread is told from chance. */
export const sampleSize = 300;

/**
 * Two samples of one source are this far apart once in 26 million comparisons; a run of all tests compares some fifty
 * pairs, so a false alarm comes in fewer than one of 100,000 runs.
 */
const tellable = 5.5;

export type Durations = Readonly<Record<string, readonly number[]>>;

/** Pairs of kinds whose durations tell them apart. */
export function toldApart(durations: Durations): string[] {
  const kinds = Object.entries(durations);
  return kinds.flatMap(([kind, own], i) =>
    kinds
      .slice(i + 1)
      .filter(([, others]) => rankDistance(own, others) >= tellable)
      .map(([other]) => `${kind} and ${other}`),
  );
}

/** What is to be timed, once it is prepared. */
type Prepare = () => Promise<() => PromiseLike<unknown>>;

/** How long each kind takes: in every round each once, in an order of chance, so that what else the machine does falls on all alike. */
export async function durationsOf(kinds: Readonly<Record<string, Prepare>>, rounds = sampleSize): Promise<Durations> {
  const durations = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (const [kind, prepare] of shuffled(Object.entries(kinds))) {
      const work = await prepare();
      const begin = performance.now();
      await work();
      durations[kind]!.push(performance.now() - begin);
    }
  }
  return durations;
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
