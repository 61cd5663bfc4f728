// What a login could cost at least: bare node:http and the server's own password library, as many hashes at once as the
// server makes. Given a database, also the server's two statements, named, with pg and nothing else. No body is judged,
// no lock, no token is signed. argv: `{hashes}` by user name, or `{databaseUrl, organization}`.
import { createServer } from 'node:http';
import { availableParallelism } from 'node:os';
import { verify } from '@node-rs/argon2';
import { Pool } from 'pg';

const { hashes, databaseUrl, organization } = JSON.parse(process.argv[2]);
const { Turns } = await import('../../dist/libs/auth/src/turns.js');
const hashing = new Turns(Math.min(availableParallelism(), 4), 200);
const answer = JSON.stringify({ token: 'x'.repeat(500), expiresIn: 3600, refreshToken: 'y'.repeat(48) });
const steps = hashes ? hashOnly() : await withStatements();

function hashOnly() {
  return { look: async (username) => ({ password_hash: hashes[username] }), open: async () => undefined };
}

async function withStatements() {
  const { candidateIn, lookByName, provenFrom } = await import('../../dist/libs/auth/src/sign-in-candidate.js');
  const { newSession, open, sessionValues } = await import('../../dist/libs/auth/src/sign-in-outcomes.js');
  const { countValues } = await import('../../dist/libs/auth/src/attempt-store.js');
  const { noFailures } = await import('../../dist/libs/auth/src/lockout.js');
  const { eventValues } = await import('../../dist/libs/audit/src/index.js');
  const pool = new Pool({
    connectionString: databaseUrl,
    max: 8,
    idleTimeoutMillis: 0,
    options: '-c timezone=UTC -c jit=off',
  });
  const ask = async ({ name, text }, values) => (await pool.query({ name, text, values })).rows;
  return {
    look: async (username) => (await ask(lookByName, [null, username, 0]))[0],
    async open(row) {
      const { id, display_name: name } = candidateIn(row);
      const session = sessionValues(newSession(), provenFrom(organization, row), { address: '127.0.0.1' });
      const actor = { type: 'user', id, name };
      const loggedIn = { action: 'user.loggedIn', subjectType: 'user', subjectId: id };
      const event = eventValues({ actor, requestId: null }, loggedIn);
      const count = countValues({ userId: id }, row, noFailures);
      const done = await ask(open, [organization, ...count, ...session, ...event]);
      if (done.length === 0) throw new Error('the count had changed');
    },
  };
}

async function login(body) {
  const { username, password } = JSON.parse(body);
  const user = await steps.look(username);
  if (!(await hashing.take(() => verify(user.password_hash, password))))
    throw new Error('a right password was refused');
  await steps.open(user);
}

const server = createServer((request, reply) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on(
    'end',
    () =>
      void login(Buffer.concat(chunks).toString()).then(
        () => reply.setHeader('content-type', 'application/json').end(answer),
        () => reply.writeHead(500).end(),
      ),
  );
});
server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
process.on('disconnect', () => process.exit(0));
