// One round of load on one process, and what it cost that process and the database.
import autocannon from 'autocannon';
import { cpuMsOf, cpuMsOfFamily } from './processes.mjs';

/** `{perSecond, serverMs, databaseMs}`; `load` is autocannon's own: url, connections, headers, requests. */
export async function turn(load, pid, database, seconds) {
  const [before, databaseBefore] = [cpuMsOf(pid), cpuMsOfFamily(database)];
  const result = await autocannon({ ...load, duration: seconds });
  const [after, databaseAfter] = [cpuMsOf(pid), cpuMsOfFamily(database)];
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${load.url}: ${result.non2xx} refusals, ${result.errors} errors`);
  const requests = result.requests.total;
  return {
    perSecond: requests / result.duration,
    serverMs: (after - before) / requests,
    databaseMs: (databaseAfter - databaseBefore) / requests,
  };
}

export function medianOf(rounds) {
  const of = (name) => median(rounds.map((round) => round[name]));
  return { perSecond: of('perSecond'), serverMs: of('serverMs'), databaseMs: of('databaseMs') };
}

export function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
