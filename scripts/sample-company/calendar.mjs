const DAY = 86_400_000;

/** All time in the sample is told in days before the reference date; every instant lies before its midnight, so nothing has "just happened tomorrow". */
export function calendar(referenceDate) {
  const midnight = Date.parse(`${referenceDate}T00:00:00Z`);
  const iso = (milliseconds) => new Date(milliseconds).toISOString();

  return {
    day: (daysAgo) => (daysAgo === null ? '' : iso(midnight - daysAgo * DAY).slice(0, 10)),

    /** Hours keep a day's events in order: made in the early morning, given a password, then used. */
    instant(daysAgo, [fromHour, toHour], dice) {
      if (daysAgo === null) return '';
      const seconds = dice.between(fromHour * 3600, toHour * 3600 - 1);
      return `${iso(midnight - daysAgo * DAY + seconds * 1000).slice(0, 19)}Z`;
    },
  };
}
