// `npm run bench [-- --accounts N]`: how fast a company is read in, and what a read costs beside a bare server on the
// same rows. Ratios within one interleaved run; absolute figures belong to the machine.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { Client } from 'pg';
import { accountConfig, accounts, hrConfig, people } from '../test/bench/company.mjs';
import { ensureBuilt } from './ensure-built.mjs';

const { values } = parseArgs({
  options: {
    accounts: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
  },
});
const count = Number(values.accounts);
const owners = Math.max(50, Math.floor(count / 5));

ensureBuilt();
const { startEmbeddedPostgres, migrate, serverRoleOf } = await import('../dist/libs/persistence/src/index.js');
const { migrations } = await import('../dist/database/migrations/index.js');

const dir = mkdtempSync(join(tmpdir(), 'ostiary-bench-'));
chmodSync(dir, 0o711);
const database = await startEmbeddedPostgres({ dir });
await migrate(database.ownerUrl, migrations, serverRoleOf(database.serverUrl));
const children = [];
try {
  await bench();
} finally {
  for (const child of children) {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  }
  await database.stop();
  rmSync(dir, { recursive: true, force: true });
}

async function bench() {
  const password = 'a password for this bench only';
  const server = spawn(process.execPath, ['dist/apps/api/src/main.js'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      DATABASE_URL: database.serverUrl,
      OSTIARY_SECRET_KEY: Buffer.alloc(32, 1).toString('base64url'),
      OSTIARY_ADMIN_PASSWORD: password,
      PORT: '0',
      LOG_LEVEL: 'silent',
    },
  });
  children.push(server);
  const base = await urlOf(server);
  const login = await (await post(base, '/api/v1/auth/login', { username: 'admin', password })).json();
  const api = { base, headers: { authorization: `Bearer ${login.token}` } };

  console.log(`${count} accounts of ${owners} owners`);
  await feed(api, 'People', hrConfig, people(owners), 'owners');
  const connectorId = await feed(api, 'Accounts', accountConfig, accounts(count, owners), 'accounts');

  const client = new Client({ connectionString: database.serverUrl });
  await client.connect();
  const organization = (await client.query('select id from organization limit 1')).rows[0].id;
  const account = (await client.query('select id from account where connector_id = $1 limit 1', [connectorId])).rows[0]
    .id;
  const owner = (await client.query('select owner_id from account where owner_id is not null limit 1')).rows[0]
    .owner_id;
  await client.end();

  const floor = fork('test/bench/floor.mjs', [database.serverUrl, organization]);
  children.push(floor);
  const [{ url: floorUrl }] = await once(floor, 'message');
  const filters = encodeURIComponent(`sourceId eq "${connectorId}"`);
  await compare(
    'list of 250 accounts, filtered and ordered',
    `${floorUrl}/list/${connectorId}`,
    `${base}/accounts?limit=250&sorters=name&filters=${filters}`,
  );
  await compare('one account', `${floorUrl}/one/${account}`, `${base}/accounts/${account}`);
  await compare('first page of owners', undefined, `${base}/api/v1/owners`);
  await compare('risk assessment of one owner', undefined, `${base}/api/v1/owners/${owner}/risk-assessment`);

  /** Floor and server by turns; the median round of each. */
  async function compare(title, floorTarget, target) {
    const rounds = [];
    for (let i = 0; i < Number(values.rounds); i++) {
      const bare = floorTarget ? await load(floorTarget, floor.pid, {}) : undefined;
      rounds.push({ bare, ours: await load(target, server.pid, api.headers) });
    }
    const ours = median(rounds.map((round) => round.ours));
    const bare = floorTarget ? median(rounds.map((round) => round.bare)) : undefined;
    const ratio = bare
      ? `, ${(ours.perSecond / bare.perSecond).toFixed(2)} of the floor's ${bare.perSecond.toFixed(0)}/s`
      : '';
    console.log(
      `${title}: ${ours.perSecond.toFixed(0)}/s${ratio}; server CPU ${ours.cpuMs.toFixed(3)} ms a request${bare ? `, floor ${bare.cpuMs.toFixed(3)} ms` : ''}`,
    );
  }
}

async function feed({ base, headers }, name, config, lines, noun) {
  const { app } = await (await post(base, '/api/v1/apps', { displayName: name }, headers)).json();
  const made = await (
    await post(base, `/api/v1/apps/${app.id}/connectors/create`, { displayName: name, config }, headers)
  ).json();
  const connector = made.connectorView.connector.id;
  const path = `/api/v1/apps/${app.id}/connectors/${connector}`;
  const form = new FormData();
  form.append('file', new Blob([[...lines].join('')]), 'export.csv');
  const sent = await fetch(base + path + '/files', { method: 'POST', headers, body: form });
  if (!sent.ok) throw new Error(await sent.text());

  for (const what of ['first run', 'unchanged']) {
    await post(base, `${path}/runs`, {}, headers);
    const run = await finished(base, path, headers);
    const seconds = (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000;
    console.log(
      `${noun}, ${what}: ${run.rowsRead} rows in ${seconds.toFixed(1)} s, ${(run.rowsRead / seconds).toFixed(0)} rows/s`,
    );
  }
  return connector;
}

async function finished(base, path, headers) {
  for (;;) {
    const { list } = await (await fetch(`${base}${path}/runs`, { headers })).json();
    if (list[0].state === 'succeeded') return list[0];
    if (!['queued', 'running'].includes(list[0].state))
      throw new Error(`the run is ${list[0].state}: ${list[0].error}`);
    await sleep(200);
  }
}

async function load(url, pid, headers) {
  const before = cpuMsOf(pid);
  const result = await autocannon({ url, connections: 16, duration: Number(values.seconds), headers });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} refusals, ${result.errors} errors`);
  const requests = result.requests.total;
  return { perSecond: requests / result.duration, cpuMs: (cpuMsOf(pid) - before) / requests };
}

/** User and system time of a process, from the kernel's own count (100 ticks a second). */
function cpuMsOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function median(rounds) {
  return rounds.toSorted((a, b) => a.perSecond - b.perSecond)[Math.floor(rounds.length / 2)];
}

async function urlOf(server) {
  let text = '';
  for await (const chunk of server.stdout) {
    text += chunk;
    const url = /listening on (\S+)/.exec(text)?.[1];
    if (url) return url;
  }
  throw new Error('the server did not start');
}

async function post(base, path, body, headers = {}) {
  const answer = await fetch(base + path, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer;
}
