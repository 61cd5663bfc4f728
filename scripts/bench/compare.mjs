// Floor and server by turns on one target each, and what a request costs in both.
import { medianOf, turn } from './turn.mjs';

const connections = 16;
/** Every connection plans a statement for its values five times before it keeps one plan. */
const warmUpSeconds = 2;

/** Medians of interleaved rounds: `{title, perSecond, ratio, serverMs, databaseMs, floor: {...}}`. */
export async function compare({ title, floorTarget, target, body, factor }, sides, { rounds, seconds }) {
  const side = (path, { base, pid, headers = {} }, request = {}) => ({
    go: (duration) =>
      turn(
        { url: base + path, connections, ...request, headers: { ...headers, ...request.headers } },
        pid,
        sides.database,
        duration,
      ),
  });
  const [bare, ours] = [side(floorTarget, sides.floor), side(target, sides.server, requestOf(body))];
  const [floor, server] = await byTurns([bare, ours], { rounds, seconds });
  return { title, factor, ...server, floor, ratio: server.perSecond / floor.perSecond };
}

/** A read that has a body is posted. */
export function requestOf(body) {
  const headers = { 'content-type': 'application/json' };
  return body === undefined ? {} : { method: 'POST', body: JSON.stringify(body), headers };
}

/** Each side warmed up, then all of them in every round, so that whatever disturbs the machine disturbs them alike. */
export async function byTurns(sides, { rounds, seconds }) {
  const measured = sides.map(() => []);
  for (const side of sides) await side.go(warmUpSeconds);
  for (let i = 0; i < rounds; i++) {
    for (const [at, side] of sides.entries()) measured[at].push(await side.go(seconds));
  }
  return measured.map(medianOf);
}
