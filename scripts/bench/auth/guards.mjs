// What the guards cost on one read: the same server with and without them, by turns.
import { byTurns } from '../compare.mjs';
import { turn } from '../turn.mjs';
import { addSessions } from './sign-ins.mjs';

const connections = 16;
const most = '1000000000';
/** The server keeps 20,000 verified signatures at most and a principal for a second: these come around later than that. */
const [moreThanASecond, moreThanKept] = [9_000, 22_000];

/** `[{title, perSecond, serverMs, databaseMs, guardsMs}]`, the bare read first. */
export async function measureGuards(setup, options) {
  const { server, database, addServer } = setup;
  const { account, user } = await subjectOf(setup);
  const bare = await addServer({ entry: 'test/bench/unguarded.mjs' });
  const limited = await addServer({
    env: { RATE_LIMIT: 'on', RATE_LIMIT_PER_ADDRESS: most, RATE_LIMIT_PER_CREDENTIAL: most },
  });
  const tokens = await addSessions(setup, user, moreThanKept);
  const side = ({ base, pid }, known) => ({
    go: (seconds) => turn(loadOf(base, `/accounts/${account}`, known), pid, database.pid, seconds),
  });
  const sides = [
    ['without guards', side(bare, tokens.slice(0, 1))],
    ['authentication and policy', side(server, tokens.slice(0, 1))],
    ['and limits', side(limited, tokens.slice(0, 1))],
    ['and the principal read anew', side(limited, tokens.slice(0, moreThanASecond))],
    ['and the signature verified anew', side(limited, tokens)],
  ];
  const measured = await byTurns(
    sides.map(([, one]) => one),
    options,
  );
  return measured.map((one, i) => ({ ...one, title: sides[i][0], guardsMs: one.serverMs - measured[0].serverMs }));
}

function loadOf(url, path, tokens) {
  let next = 0;
  const setupRequest = (request) => ({
    ...request,
    headers: { ...request.headers, authorization: `Bearer ${tokens[next++ % tokens.length]}` },
  });
  return { url, connections, requests: [{ method: 'GET', path, setupRequest }] };
}

export async function subjectOf({ database: { client } }) {
  const { rows } = await client.query(
    `select a.id as account, u.id as user from account a, app_user u where a.owner_id is not null and u.user_name = 'admin' limit 1`,
  );
  return rows[0];
}
