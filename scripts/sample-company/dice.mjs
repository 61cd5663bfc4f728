/** Chance that falls the same way every time. Each name has a stream of its own, so a new system leaves the bytes of the others alone. */
export function dice(name) {
  let state = 0x811c9dc5;
  for (const letter of name) state = Math.imul(state ^ letter.codePointAt(0), 0x01000193);

  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (limit) => Math.floor((next() / 2 ** 32) * limit);
  const between = (from, to) => from + below(to - from + 1);
  const chance = (percent) => below(10_000) < percent * 100;
  const pick = (list) => list[below(list.length)];

  /** Some of the list, in its own order, so that a cell of groups reads the same however it was drawn. */
  const some = (list, count) => {
    const chosen = new Set();
    while (chosen.size < Math.min(count, list.length)) chosen.add(below(list.length));
    return list.filter((_, index) => chosen.has(index));
  };

  const shuffled = (list) => {
    const result = [...list];
    for (let last = result.length - 1; last > 0; last--) {
      const other = below(last + 1);
      [result[last], result[other]] = [result[other], result[last]];
    }
    return result;
  };

  /** Bands are `[weight, from, to]`: the band is drawn by weight, the number evenly within it. */
  const within = (bands) => {
    let rest = below(bands.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, from, to] of bands) {
      if (rest < weight) return between(from, to);
      rest -= weight;
    }
    throw new RangeError('bands without weight');
  };

  const uuid = () => {
    const hex = Array.from({ length: 4 }, () => next().toString(16).padStart(8, '0')).join('');
    const variant = '89ab'[below(4)];
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
  };

  return { below, between, chance, pick, some, shuffled, within, uuid };
}
