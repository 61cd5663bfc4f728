// A user's whole life over and over: made, renamed, locked, deleted, each with its event in the trail.
import autocannon from 'autocannon';
import { randomUUID } from 'node:crypto';
import { cpuMsOf, cpuMsOfFamily } from '../processes.mjs';

const connections = 64;
const path = '/api/v1/directory/users';

/**
 * `{perSecond, serverMs, databaseMs}` of whole rounds. Users of another directory, for they need no password: with one,
 * hashing alone would set the pace.
 */
export async function measureRounds({ server, database }, seconds) {
  await go(server, 3);
  const [cpu, databaseCpu] = [cpuMsOf(server.pid), cpuMsOfFamily(database.pid)];
  const { rounds, duration } = await go(server, seconds);
  return {
    perSecond: rounds / duration,
    serverMs: (cpuMsOf(server.pid) - cpu) / rounds,
    databaseMs: (cpuMsOfFamily(database.pid) - databaseCpu) / rounds,
  };
}

async function go(server, seconds) {
  let rounds = 0;
  const headers = { ...server.headers, 'content-type': 'application/json' };
  const create = {
    method: 'POST',
    path,
    setupRequest: (request) => ({ ...request, body: JSON.stringify(newUser()) }),
    onResponse: (_status, body, context) => {
      context.id = JSON.parse(body)._id;
    },
  };
  const patch = (value) => ({
    method: 'PATCH',
    setupRequest: (request, { id }) => ({ ...request, path: `${path}/${id}`, body: JSON.stringify([value]) }),
  });
  const remove = {
    method: 'DELETE',
    setupRequest: (request, { id }) => ({ ...request, body: undefined, path: `${path}/${id}` }),
    onResponse: () => (rounds += 1),
  };
  const rename = patch({ op: 'replace', path: '/displayName', value: 'Somebody else' });
  const lock = patch({ op: 'replace', path: '/active', value: false });
  const requests = [create, rename, lock, remove].map((request) => ({ ...request, headers }));
  const result = await autocannon({ url: server.base, connections, requests, duration: seconds });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} refusals, ${result.errors} errors`);
  return { rounds, duration: result.duration };
}

function newUser() {
  const name = `life.${randomUUID()}`;
  return { userName: name, email: `${name}@example.com`, externalId: name };
}
