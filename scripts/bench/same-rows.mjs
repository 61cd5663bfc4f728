// A floor that answers less than the server would flatter nobody: both must say the same before they are compared.
import { isDeepStrictEqual } from 'node:util';
import { requestOf } from './compare.mjs';

export async function requireSameRows({ title, floorTarget, target, body, factor }, { floor, server }) {
  if (factor === 'accounts') return;
  const request = requestOf(body);
  const [expected, found] = await Promise.all([
    fetch(floor.base + floorTarget),
    fetch(server.base + target, { ...request, headers: { ...server.headers, ...request.headers } }),
  ]);
  const total = [expected, found].map(({ headers }) => headers.get('x-total-count'));
  const [one, other] = [await expected.json(), await found.json()].map(withoutCursor);
  if (!isDeepStrictEqual(one, other) || total[0] !== total[1]) {
    throw new Error(`${title}: the floor answers other rows than the server.\n${firstDifference(one, other)}`);
  }
}

/** Only the server can sign one. */
function withoutCursor(answer) {
  return answer.pageInfo ? { ...answer, pageInfo: { ...answer.pageInfo, endCursor: null } } : answer;
}

function firstDifference(one, other) {
  if (!Array.isArray(one)) return `${JSON.stringify(one)}\n${JSON.stringify(other)}`;
  const at = one.findIndex((row, i) => !isDeepStrictEqual(row, other[i]));
  return `row ${at}: ${JSON.stringify(one[at])}\n${JSON.stringify(other[at])}`;
}
