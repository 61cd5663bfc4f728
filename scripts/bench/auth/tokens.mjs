// Tokens of clients: both doors beside npm's oidc-provider, by turns.
import { fork } from 'node:child_process';
import { createPrivateKey, randomBytes, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { byTurns } from '../compare.mjs';
import { post } from '../http.mjs';
import { turn } from '../turn.mjs';
import { publicUrl } from '../setup.mjs';

const connections = 16;
const clients = 16;
const headers = { 'content-type': 'application/x-www-form-urlencoded' };

/** `[{title, perSecond, serverMs, databaseMs, ratio}]`, oidc-provider first. */
export async function measureTokens(setup, options) {
  const ours = await addClients(setup);
  const { server, database } = setup;
  const others = await startOidcProvider(setup);
  const door = ({ base, pid }, path, bodies) => ({
    go: (seconds) => turn(loadOf(base, path, bodies(seconds)), pid, database.pid, seconds),
  });
  const sides = [
    ['oidc-provider, client_secret_post', door(others, '/token', () => others.clients.map(secretForm))],
    ['/oauth/token with the secret', door(server, '/oauth/token', () => ours.map(secretForm))],
    ['/auth/v1/token with the secret', door(server, '/auth/v1/token', () => ours.map(secretForm))],
    ['/auth/v1/token with an assertion', door(server, '/auth/v1/token', (seconds) => assertionForms(ours, seconds))],
  ];
  const measured = await byTurns(
    sides.map(([, side]) => side),
    options,
  );
  return measured.map((one, i) => ({ ...one, title: sides[i][0], ratio: one.perSecond / measured[0].perSecond }));
}

function loadOf(url, path, bodies) {
  let next = 0;
  const setupRequest = (request) => ({ ...request, body: bodies[next++ % bodies.length] });
  return { url, connections, requests: [{ method: 'POST', path, headers, setupRequest }] };
}

async function addClients({ server }) {
  const made = [];
  for (let i = 0; i < clients; i++) {
    const body = { name: `bench ${i}`, roles: ['AUDITOR'] };
    const { clientId, clientSecret } = await post(server.base, '/api/v1/oauth-clients', body, server.headers);
    made.push({ id: clientId, secret: clientSecret });
  }
  return made;
}

async function startOidcProvider({ onEnd }) {
  const made = Array.from({ length: clients }, () => ({
    id: randomUUID(),
    secret: randomBytes(48).toString('base64url'),
  }));
  const env = { ...process.env, NODE_ENV: 'production' };
  const child = fork('test/bench/oidc-provider.mjs', [JSON.stringify(made)], { env });
  onEnd(child);
  const [{ url }] = await once(child, 'message');
  return { base: url, pid: child.pid, clients: made };
}

function secretForm({ id, secret }) {
  return new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret }).toString();
}

/** Made before the round begins, more than can be used in it: each is good once. */
function assertionForms(clients, seconds) {
  const signers = clients.map(({ id, secret }) => ({ id, key: keyIn(secret) }));
  return Array.from({ length: seconds * 5_000 }, (_, i) => assertionForm(signers[i % signers.length]));
}

function keyIn(secret) {
  const jwk = JSON.parse(Buffer.from(secret.split(':').at(-1), 'base64url').toString());
  return createPrivateKey({ key: jwk, format: 'jwk' });
}

function assertionForm({ id, key }) {
  const now = Math.floor(Date.now() / 1000);
  const head = encoded({ alg: 'EdDSA', typ: 'JWT', nonce: randomUUID() });
  const claims = encoded({ iss: id, sub: id, aud: new URL(publicUrl).hostname, iat: now, exp: now + 240 });
  const signature = sign(null, Buffer.from(`${head}.${claims}`), key).toString('base64url');
  return new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: `${head}.${claims}.${signature}`,
  }).toString();
}

function encoded(part) {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
