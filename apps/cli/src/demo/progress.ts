import { isOver, type Run } from './runs.js';

const barWidth = 24;

/** Where in the whole each stage begins; reading and applying move on within theirs. */
const begins: Readonly<Record<string, number>> = {
  waiting: 0,
  reading: 0.05,
  comparing: 0.25,
  applying: 0.3,
  removing: 0.85,
  correlating: 0.88,
  managers: 0.9,
  insights: 0.95,
  done: 1,
};

/** From 0 to 1. `rowsInFile` is 0 where this demo did not upload the file itself. */
export function shareDone(run: Run | undefined, rowsInFile: number): number {
  if (!run) return 0;
  if (run.state === 'succeeded') return 1;
  const begin = begins[run.stage] ?? 0;
  if (run.stage === 'reading') return begin + 0.2 * ratio(run.rowsRead, rowsInFile);
  if (run.stage === 'applying') return begin + 0.55 * ratio(run.rowsApplied, run.rowsToApply);
  return begin;
}

export interface Watched {
  readonly name: string;
  readonly rowsInFile: number;
  readonly run: Run | undefined;
}

/** One line a system, drawn over and over on a terminal. */
export function progressLine({ name, run, rowsInFile }: Watched, nameWidth: number): string {
  const share = shareDone(run, rowsInFile);
  const full = Math.round(share * barWidth);
  const bar = '█'.repeat(full) + '░'.repeat(barWidth - full);
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  return `${name.padEnd(nameWidth)}  ${bar} ${percent}  ${run && isOver(run) ? outcome(run) : (run?.stage ?? 'waiting')}`;
}

/** What a run that is over came to. */
export function outcome(run: Run): string {
  if (run.state !== 'succeeded') return `${run.state}: ${run.error || 'no reason was given'}`;
  const accounts = run.accountsCreated + run.accountsUpdated + run.accountsUnchanged;
  const owners = run.ownersCreated > 0 ? `, ${counted(run.ownersCreated, 'new owner')}` : '';
  const refused = run.rowsRefused > 0 ? `, ${counted(run.rowsRefused, 'row')} refused` : '';
  return `${counted(accounts, 'account')}${owners}${refused}`;
}

export function counted(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}

function ratio(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, part / whole) : 0;
}
