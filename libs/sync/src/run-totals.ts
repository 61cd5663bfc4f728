import { Injectable } from '@nestjs/common';
import { Database, systemStatement } from '@app/persistence';

const reason = 'how runs go is a question about the server';

type Unfinished = 'queued' | 'running' | 'paused' | 'needs_confirmation';

interface FinishedRuns {
  readonly outcome: 'succeeded' | 'failed' | 'cancelled';
  readonly runs: number;
  readonly read: number;
  readonly refused: number;
  readonly applied: number;
}

/** How all runs of the server go, without naming any. */
export interface RunFigures {
  readonly unfinished: Readonly<Record<Unfinished, number>>;
  /** Since the server was made; a run that is removed later stays counted. */
  readonly finished: readonly FinishedRuns[];
  /** Of the runs going now together, and of the one that succeeded last. */
  readonly rowsPerSecond: { readonly going: number; readonly last: number };
}

const unfinished = systemStatement<{ state: Unfinished; runs: number; rows_per_second: number }>(
  'run.unfinished',
  `select state, count(*)::int as runs,
      coalesce(sum(rows_read / greatest(1, extract(epoch from now() - started_at)::double precision)), 0) as rows_per_second
     from sync_run where state in ('queued', 'running', 'paused', 'needs_confirmation') group by state`,
);
const finished = systemStatement<FinishedRuns & { last_rows_per_second: number }>(
  'run.totals',
  `select outcome, runs, rows_read as read, rows_refused as refused, rows_applied as applied, last_rows_per_second
     from run_total order by outcome`,
);

/** Figures that cost the same whether there were ten runs or a million. */
@Injectable()
export class RunTotals {
  constructor(private readonly database: Database) {}

  async figures(): Promise<RunFigures> {
    const [states, totals] = await this.database.asSystem(reason, (system) =>
      Promise.all([system.query(unfinished), system.query(finished)]),
    );
    const of = (wanted: Unfinished) => states.find(({ state }) => state === wanted);
    const runsIn = (state: Unfinished) => of(state)?.runs ?? 0;
    return {
      unfinished: {
        queued: runsIn('queued'),
        running: runsIn('running'),
        paused: runsIn('paused'),
        needs_confirmation: runsIn('needs_confirmation'),
      },
      finished: totals.map(({ outcome, runs, read, refused, applied }) => ({ outcome, runs, read, refused, applied })),
      rowsPerSecond: {
        going: of('running')?.rows_per_second ?? 0,
        last: totals.find(({ outcome }) => outcome === 'succeeded')?.last_rows_per_second ?? 0,
      },
    };
  }
}
