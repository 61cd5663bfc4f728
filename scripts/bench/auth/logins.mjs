// Logins beside the raw argon2id ceiling of the machine, by turns; and what others feel of them.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMsOf } from '../processes.mjs';
import { median, medianOf, turn } from '../turn.mjs';
import { percentile, startReading } from './others.mjs';
import { addUsers, password } from './sign-ins.mjs';

const connections = 64;
const users = 500;
/** A login is rare work beside its hash: it takes some hundreds until the compiler has seen enough of it. */
const warmUpSeconds = 12;
const bareWarmUpSeconds = 4;
const otherRead = '/accounts?limit=1';

export async function measureLogins(setup, { rounds, seconds }) {
  const people = await addUsers(setup, users);
  const ceilingProcess = fork('test/bench/argon2-ceiling.mjs');
  setup.onEnd(ceilingProcess);
  const ceiling = async (duration) => {
    ceilingProcess.send({ hashes: people.map(({ hash }) => hash), password, seconds: duration });
    return (await once(ceilingProcess, 'message'))[0];
  };
  const logins = loginsOf(setup, people);
  const bare = await barely(setup, people);
  await ceiling(1);
  await logins(warmUpSeconds);
  for (const one of bare) await one(bareWarmUpSeconds);
  // What autovacuum would have done: until then nobody had a session.
  await setup.database.client.query('analyze');
  const [raw, ours, hashed, stored] = [[], [], [], []];
  for (let i = 0; i < rounds; i++) {
    raw.push(await ceiling(seconds));
    ours.push(await logins(seconds));
    hashed.push(await bare[0](seconds));
    stored.push(await bare[1](seconds));
  }
  const othersAlone = await othersDuring(setup, () => sleep(seconds * 1000));
  const result = resultOf(raw, ours, othersAlone.times.steady);
  const ofCeiling = (one) => ({ ...one, ratio: one.perSecond / result.ceiling.perSecond });
  return { ...result, bare: { hashed: ofCeiling(medianOf(hashed)), stored: ofCeiling(medianOf(stored)) } };
}

/** The least there could be: hashes over HTTP, and the same with the statements of a login. */
async function barely({ database, organization, onEnd }, people) {
  const hashes = Object.fromEntries(people.map(({ userName, hash }) => [userName, hash]));
  const rounds = [];
  for (const given of [{ hashes }, { databaseUrl: database.serverUrl, organization }]) {
    const child = fork('test/bench/bare-login.mjs', [JSON.stringify(given)]);
    onEnd(child);
    const [{ url }] = await once(child, 'message');
    rounds.push(async (seconds) => {
      const result = await turn(loadOf(url, people), child.pid, database.pid, seconds);
      await idle(child.pid);
      return result;
    });
  }
  return rounds;
}

function loadOf(url, people) {
  let next = 0;
  const nextLogin = (request) => {
    const { userName } = people[next++ % people.length];
    return { ...request, body: JSON.stringify({ username: userName, password }) };
  };
  const headers = { 'content-type': 'application/json' };
  const requests = [{ method: 'POST', path: '/api/v1/auth/login', headers, setupRequest: nextLogin }];
  return { url, connections, requests };
}

function loginsOf({ server, database }, people) {
  const load = loadOf(server.base, people);
  return async (seconds) => {
    const { result, times } = await othersDuring({ server }, () => turn(load, server.pid, database.pid, seconds));
    await idle(server.pid);
    return { ...result, times };
  };
}

async function othersDuring({ server }, work) {
  const stop = startReading(server, otherRead);
  const result = await work();
  return { result, times: await stop() };
}

/** Logins that were waiting for a hash when their connections closed still get it: not in the ceiling's next round. */
async function idle(pid) {
  for (let before = -Infinity; cpuMsOf(pid) - before > 20; await sleep(300)) before = cpuMsOf(pid);
}

function resultOf(raw, ours, othersAlone) {
  const steady = ours.flatMap(({ times }) => times.steady);
  const worstAtFirst = Math.max(...ours.flatMap(({ times }) => times.burst));
  const [perSecond, cpuMs] = [median(raw.map((one) => one.perSecond)), median(raw.map((one) => one.cpuMs))];
  const server = medianOf(ours);
  return {
    ...server,
    ceiling: { perSecond, cpuMs },
    ratio: server.perSecond / perSecond,
    others: {
      p50: percentile(steady, 0.5),
      p99: percentile(steady, 0.99),
      worstAtFirst,
      p99Alone: percentile(othersAlone, 0.99),
    },
  };
}
