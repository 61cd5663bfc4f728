// What was found about callers, as lines of the terminal and as Markdown.
import { table } from '../table.mjs';

export function loginLinesOf({ perSecond, ratio, ceiling, serverMs, databaseMs, others, bare }) {
  return [
    `logins: ${perSecond.toFixed(1)}/s, ${ratio.toFixed(2)} of raw argon2id (${ceiling.perSecond.toFixed(1)}/s); a login ${ms(serverMs)} CPU + ${ms(databaseMs)} in the database; a raw check ${ms(ceiling.cpuMs)}`,
    ...bareLinesOf(bare),
    `others meanwhile: p50 ${others.p50.toFixed(1)} ms, p99 ${others.p99.toFixed(1)} ms; at worst ${others.worstAtFirst.toFixed(0)} ms in the second in which all connections begin; p99 without logins ${others.p99Alone.toFixed(1)} ms`,
  ];
}

function bareLinesOf({ hashed, stored }) {
  return [
    ['hashes and answers', hashed],
    ['also does the two statements', stored],
  ].map(
    ([what, { perSecond, ratio, serverMs, databaseMs }]) =>
      `a bare server that ${what}: ${perSecond.toFixed(1)}/s, ${ratio.toFixed(2)}; ${ms(serverMs)} CPU + ${ms(databaseMs)} in the database`,
  );
}

export function tokenLineOf({ title, perSecond, ratio, serverMs, databaseMs }) {
  return `${title}: ${perSecond.toFixed(0)} tokens/s, ${ratio.toFixed(2)} of oidc-provider; a token ${ms(serverMs)} CPU + ${ms(databaseMs)} in the database`;
}

export function guardLineOf({ title, perSecond, serverMs, databaseMs, guardsMs }) {
  return `one account, ${title}: ${perSecond.toFixed(0)}/s; ${ms(serverMs)} CPU + ${ms(databaseMs)} in the database; guards ${micros(guardsMs)}`;
}

export function sessionsLineOf({ sessions, seconds, one, all }) {
  return `${sessions} live sessions used within ${seconds.toFixed(0)} s: heap ${mib(all.heapMiB)} (one session ${mib(one.heapMiB)}), resident ${mib(all.rssMiB)} (${mib(one.rssMiB)})`;
}

export function authMarkdownOf({ logins, tokens = [], guards = [], sessions }) {
  const lines = [...(logins ? loginLinesOf(logins) : []), ...(sessions ? [sessionsLineOf(sessions)] : [])];
  return [
    ...lines.map((line) => `- ${line}`),
    ...table(
      ['tokens', 'tokens/s', 'of oidc-provider', 'server CPU ms', 'database CPU ms'],
      tokens.map((t) => [t.title, t.perSecond.toFixed(0), t.ratio.toFixed(2), ...costs(t)]),
    ),
    ...table(
      ['one account', 'requests/s', 'server CPU ms', 'database CPU ms', 'guards, microseconds'],
      guards.map((g) => [g.title, g.perSecond.toFixed(0), ...costs(g), (g.guardsMs * 1000).toFixed(0)]),
    ),
  ];
}

function costs({ serverMs, databaseMs }) {
  return [serverMs.toFixed(3), databaseMs.toFixed(3)];
}

function ms(value) {
  return `${value.toFixed(3)} ms`;
}

function micros(value) {
  return `${(value * 1000).toFixed(0)} us`;
}

function mib(value) {
  return `${value.toFixed(0)} MiB`;
}
