/**
 * How unlikely it is that two samples of durations come from one source (Mann-Whitney, normal approximation): the
 * distance in standard deviations. Below about 4 nobody can tell them apart from so many samples.
 */
export function rankDistance(a: readonly number[], b: readonly number[]): number {
  const wins = a.reduce((sum, x) => sum + b.reduce((won, y) => won + (x < y ? 1 : x === y ? 0.5 : 0), 0), 0);
  const mean = (a.length * b.length) / 2;
  const deviation = Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12);
  return Math.abs(wins - mean) / deviation;
}
