// Floor and server by turns on one target each, and what a request costs in both.
import autocannon from 'autocannon';
import { cpuMsOf, cpuMsOfFamily } from './processes.mjs';

const connections = 16;
/** Every connection plans a statement for its values five times before it keeps one plan. */
const warmUpSeconds = 2;

/** Medians of interleaved rounds: `{title, perSecond, ratio, serverMs, databaseMs, floor: {...}}`. */
export async function compare({ title, floorTarget, target, factor }, sides, { rounds, seconds }) {
  const [bare, ours] = [[], []];
  await turn(floorTarget, sides.floor, sides, warmUpSeconds);
  await turn(target, sides.server, sides, warmUpSeconds);
  for (let i = 0; i < rounds; i++) {
    bare.push(await turn(floorTarget, sides.floor, sides, seconds));
    ours.push(await turn(target, sides.server, sides, seconds));
  }
  const [floor, server] = [medianOf(bare), medianOf(ours)];
  return { title, factor, ...server, floor, ratio: server.perSecond / floor.perSecond };
}

async function turn(path, { base, pid, headers = {} }, { database }, seconds) {
  const url = base + path;
  const [before, databaseBefore] = [cpuMsOf(pid), cpuMsOfFamily(database)];
  const result = await autocannon({ url, connections, duration: seconds, headers });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} refusals, ${result.errors} errors`);
  const requests = result.requests.total;
  return {
    perSecond: requests / result.duration,
    serverMs: (cpuMsOf(pid) - before) / requests,
    databaseMs: (cpuMsOfFamily(database) - databaseBefore) / requests,
  };
}

function medianOf(rounds) {
  const of = (name) => rounds.map((round) => round[name]).toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)];
  return { perSecond: of('perSecond'), serverMs: of('serverMs'), databaseMs: of('databaseMs') };
}
