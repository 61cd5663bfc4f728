import { statement, type Transaction } from '@app/persistence';
import type { LeasedRun } from './leased-run.js';

/** Rows of the plan that are taken over together. */
export interface PlannedBatch {
  readonly number: number;
  /** Accounts by what is to be done with them. */
  readonly created: readonly string[];
  readonly changed: readonly string[];
  readonly returned: number;
  readonly rekeyed: number;
}

interface PlannedRow {
  account_id: string;
  change: 'create' | 'update' | 'return' | 'rekey';
}

const plannedRows = statement<PlannedRow>(
  undefined,
  `select account_id, change from staged_plan
    where $1::uuid is not null and batch = $2 order by account_id`,
);

export async function readBatch(tx: Transaction, run: LeasedRun, number: number): Promise<PlannedBatch> {
  const rows = await tx.query(run.own(plannedRows), [number]);
  const of = (...changes: PlannedRow['change'][]) =>
    rows.filter(({ change }) => changes.includes(change)).map(({ account_id }) => account_id);
  return {
    number,
    created: of('create'),
    changed: of('update', 'return'),
    returned: of('return').length,
    rekeyed: of('rekey').length,
  };
}
