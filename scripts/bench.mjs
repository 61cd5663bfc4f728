// `npm run bench [-- --accounts N --only reads|lists|owners|connector-owners|sync|directory|auth|... --rounds N --seconds N --out file.md|file.json]`: how fast a
// company is read in, what a read costs beside a bare server on the same rows, and, when asked for, what it costs to know who calls. Ratios within one interleaved run; absolute
// figures belong to the machine.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { accountConfig, accounts, hrConfig, people } from '../test/bench/company.mjs';
import { feed } from './bench/feed.mjs';
import { loadAverage } from './bench/processes.mjs';
import { broadLineOf, deepLineOf, markdownOf, shortCutLineOf, syncLineOf } from './bench/report.mjs';
import { setUp, stopped } from './bench/setup.mjs';
import { ensureBuilt } from './ensure-built.mjs';

const { values } = parseArgs({
  options: {
    accounts: { type: 'string', default: '10000' },
    users: { type: 'string', default: '1000000' },
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    out: { type: 'string' },
  },
});
const whole = (name, least) => {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= least) return value;
  throw new Error(`--${name} must be a whole number from ${least}`);
};
const options = { accounts: whole('accounts', 1_000), rounds: whole('rounds', 1), seconds: whole('seconds', 1) };

const say = (line) => process.stdout.write(`${line}\n`);
ensureBuilt();
const { authParts, measureAuth } = await import('./bench/auth/index.mjs');
const { measureDirectory } = await import('./bench/directory/index.mjs');
const { measureReads } = await import('./bench/reads.mjs');
const { measureAccountLists, measureShortCuts } = await import('./bench/account-lists.mjs');
const { measureBroadSearches, measureOwners } = await import('./bench/owners.mjs');
const { measureConnectorOwners } = await import('./bench/connector-owners.mjs');
const { measureDeepPages } = await import('./bench/deep-pages.mjs');

const known = ['reads', 'lists', 'owners', 'connector-owners', 'sync', 'directory', 'auth', ...authParts];
if (values.only !== undefined && !known.includes(values.only)) throw new Error(`--only is one of ${known.join(', ')}`);
const ofCallers = ['auth', ...authParts].includes(values.only);

const machine = `${cpus().length} cores, load ${loadAverage().toFixed(1)} before`;
say(`${options.accounts} accounts; ${machine}`);
const setup = await setUp();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void setup.end().finally(() => process.exit(1)));
try {
  const results = await bench();
  if (values.out)
    writeFileSync(values.out, values.out.endsWith('.json') ? JSON.stringify(results) : markdownOf(results));
} finally {
  await setup.end();
}

async function bench() {
  if (values.only === 'directory') {
    const directory = await measureDirectory(setup, { ...options, users: whole('users', 200_000) }, say);
    return { accounts: 0, machine, syncs: [], reads: directory.reads, deep: [], directory };
  }
  const { syncs, connectorId } = await readIn();
  const results = { accounts: options.accounts, machine, syncs, reads: [], deep: [] };
  if (values.only === 'sync') return results;

  // What autovacuum would have done by the time anybody measures: lists walk indexes alone only over tidied pages.
  await setup.database.client.query('vacuum analyze');
  if (ofCallers) return { ...results, auth: await measureAuth(setup, options, values.only, say) };

  if (values.only === 'lists') {
    results.reads = await measureAccountLists({ ...setup, connectorId }, options, say);
    results.shortCuts = await measureShortCuts({ ...setup, connectorId });
    for (const shortCut of results.shortCuts) say(shortCutLineOf(shortCut));
    return results;
  }
  if (values.only === 'connector-owners') {
    results.reads = await measureConnectorOwners(setup, options, say);
    return results;
  }
  if (values.only === 'owners') {
    results.reads = await measureOwners(setup, options, say);
    results.broad = await measureBroadSearches(setup);
    for (const search of results.broad) say(broadLineOf(search));
    return results;
  }
  results.reads = await measureReads({ ...setup, connectorId }, options, say);
  results.deep = await measureDeepPages(setup, options.accounts);
  for (const page of results.deep) say(deepLineOf(page));
  results.recompute = await recompute();
  say(`${results.recompute.owners} owners judged anew in ${results.recompute.seconds.toFixed(1)} s`);
  return results;
}

async function readIn() {
  const owners = Math.max(50, Math.floor(options.accounts / 5));
  const runs =
    ['reads', 'lists', 'owners', 'connector-owners'].includes(values.only) || ofCallers
      ? ['first run']
      : ['first run', 'unchanged'];
  const hr = { name: 'People', config: hrConfig, lines: people(owners), noun: 'owners', runs };
  const feedOf = { name: 'Accounts', config: accountConfig, noun: 'accounts', runs };
  const first = await told(hr);
  const second = await told({ ...feedOf, lines: accounts(options.accounts, owners) });
  return { syncs: [...first.results, ...second.results], connectorId: second.connectorId };
}

async function told(source) {
  const fed = await feed(setup, source);
  for (const run of fed.results) say(syncLineOf(run));
  return fed;
}

/** Without the server, whose worker would help. */
async function recompute() {
  await stopped(setup.server.child);
  await setup.database.client.query('update owner_statistics set risk_model_version = risk_model_version - 1');
  const env = { ...process.env, DATABASE_URL: setup.database.serverUrl };
  const child = fork('scripts/bench/recompute.mjs', { env });
  const failed = once(child, 'exit').then(([code]) => code);
  const result = await Promise.race([once(child, 'message'), failed]);
  if (!Array.isArray(result)) throw new Error(`the process that recomputes ended with ${result}`);
  await failed;
  return result[0];
}
