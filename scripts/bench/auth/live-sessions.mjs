// Memory with many live sessions, all used within the last seconds, beside as many requests of one session.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon';
import { rssMiBOf } from '../processes.mjs';
import { addSessions } from './sign-ins.mjs';
import { subjectOf } from './guards.mjs';

const sessions = 10_000;
const connections = 16;

/** `{sessions, seconds, one: {rssMiB, heapMiB}, all: {rssMiB, heapMiB}}`; the heap is what is left after a collection. */
export async function measureLiveSessions(setup) {
  const { account, user } = await subjectOf(setup);
  const inspected = await startInspected(setup);
  try {
    const { server } = inspected;
    // After the server's own login, which would end all but the newest of them.
    const tokens = await addSessions(setup, user, sessions);
    await use(server, account, tokens.slice(0, 1));
    const one = await memoryOf(inspected);
    const seconds = await use(server, account, tokens);
    return { sessions, seconds, one, all: await memoryOf(inspected) };
  } finally {
    inspected.socket.close();
  }
}

/** One request for each session. */
async function use({ base }, account, tokens) {
  let next = 0;
  const setupRequest = (request) => ({
    ...request,
    headers: { ...request.headers, authorization: `Bearer ${tokens[next++ % tokens.length]}` },
  });
  const requests = [{ method: 'GET', path: `/accounts/${account}`, setupRequest }];
  const result = await autocannon({ url: base, connections, amount: sessions, requests });
  if (result.non2xx > 0 || result.errors > 0) throw new Error('a session that should be live is not');
  return result.duration;
}

/** A server whose garbage can be collected on demand, through its inspector. */
async function startInspected({ addServer }) {
  let said = '';
  const server = await addServer({ flags: ['--inspect=127.0.0.1:0'], onError: (text) => (said += text) });
  const socket = new WebSocket(/ws:\S+/.exec(said)[0]);
  await once(socket, 'open');
  return { server, socket };
}

async function memoryOf({ server, socket }) {
  const rssMiB = rssMiBOf(server.pid);
  await call(socket, 'HeapProfiler.collectGarbage');
  await sleep(100);
  const { usedSize } = await call(socket, 'Runtime.getHeapUsage');
  return { rssMiB, heapMiB: usedSize / 1024 / 1024 };
}

async function call(socket, method) {
  socket.send(JSON.stringify({ id: 1, method }));
  for (;;) {
    const [{ data }] = await once(socket, 'message');
    const { id, result } = JSON.parse(data);
    if (id === 1) return result;
  }
}
