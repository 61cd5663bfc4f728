// Results as the lines of the terminal and as a page of Markdown.
import { authMarkdownOf } from './auth/report.mjs';
import { directoryMarkdownOf } from './directory/report.mjs';
import { table } from './table.mjs';

export function lineOf(result) {
  const beside = result.factor === 'accounts' ? 'of reading the accounts' : 'of the floor';
  return `${result.title}: ${result.perSecond.toFixed(0)}/s, ${result.ratio.toFixed(2)} ${beside} (${result.floor.perSecond.toFixed(0)}/s); a request ${costOf(result)}; floor ${costOf(result.floor)}`;
}

function costOf({ serverMs, databaseMs }) {
  return `${serverMs.toFixed(3)} ms CPU + ${databaseMs.toFixed(3)} ms in the database`;
}

export function syncLineOf({ noun, what, rows, seconds, rate, peakMiB }) {
  return `${noun}, ${what}: ${rows} rows in ${seconds.toFixed(1)} s, ${rate.toFixed(0)} rows/s; worker at most ${peakMiB.toFixed(0)} MiB`;
}

export function deepLineOf({ order, offset, ms }) {
  return `page at ${offset} by ${order}: ${ms.toFixed(1)} ms in the database`;
}

export function shortCutLineOf({ what, ms, naive }) {
  return `${what}: ${ms.toFixed(2)} ms in the database, ${(naive / ms).toFixed(0)} times as fast as ${naive.toFixed(1)} ms without the short cut`;
}

export function broadLineOf({ what, ms }) {
  return `page of owners with ${what}: ${ms.toFixed(2)} ms in the database`;
}

export function markdownOf({
  accounts,
  machine,
  syncs,
  reads,
  deep,
  shortCuts = [],
  broad = [],
  recompute,
  auth,
  directory,
}) {
  return [
    `## ${accounts} accounts`,
    machine,
    ...table(
      ['run', 'rows', 'seconds', 'rows/s', 'worker peak MiB'],
      syncs.map((s) => [`${s.noun}, ${s.what}`, s.rows, s.seconds.toFixed(1), s.rate.toFixed(0), s.peakMiB.toFixed(0)]),
    ),
    ...table(
      ['read', 'requests/s', 'floor', 'ratio', 'server CPU ms', 'floor', 'database CPU ms', 'floor'],
      reads.map((r) => [
        r.title,
        r.perSecond.toFixed(0),
        r.floor.perSecond.toFixed(0),
        r.ratio.toFixed(2),
        r.serverMs.toFixed(3),
        r.floor.serverMs.toFixed(3),
        r.databaseMs.toFixed(3),
        r.floor.databaseMs.toFixed(3),
      ]),
    ),
    ...table(
      ['order', 'offset', 'database ms'],
      deep.map((d) => [d.order, d.offset, d.ms.toFixed(1)]),
    ),
    ...table(
      ['short cut', 'database ms', 'without it'],
      shortCuts.map((s) => [s.what, s.ms.toFixed(2), s.naive.toFixed(1)]),
    ),
    ...table(
      ['broad search', 'database ms'],
      broad.map((s) => [s.what, s.ms.toFixed(2)]),
    ),
    ...(auth ? authMarkdownOf(auth) : []),
    ...(directory ? directoryMarkdownOf(directory) : []),
    ...(recompute ? [`${recompute.owners} owners judged anew in ${recompute.seconds.toFixed(1)} s.`, ''] : []),
  ].join('\n');
}
