/** A run as the connector-owners surface prints it: as much of it as the demo looks at. */
export interface Run {
  readonly id: string;
  readonly state: 'queued' | 'running' | 'needs_confirmation' | 'paused' | 'cancelled' | 'succeeded' | 'failed';
  readonly stage: string;
  readonly dryRun: boolean;
  readonly rowsRead: number;
  readonly rowsRefused: number;
  readonly rowsToApply: number;
  readonly rowsApplied: number;
  readonly accountsCreated: number;
  readonly accountsUpdated: number;
  readonly accountsUnchanged: number;
  readonly ownersCreated: number;
  readonly error: string;
}

/** What a system of the sample company still needs. */
export type Missing = 'file' | 'resumption' | 'end of run' | 'nothing';

export function missingAfter(newestRun: Run | undefined): Missing {
  switch (newestRun?.state) {
    case 'succeeded':
      return 'nothing';
    case 'queued':
    case 'running':
      return 'end of run';
    case 'paused':
      return 'resumption';
    default:
      return 'file';
  }
}

/** Runs come newest first; one that only said what would change has changed nothing. */
export function newestOf(runs: readonly Run[]): Run | undefined {
  return runs.find(({ dryRun }) => !dryRun);
}

export function isOver({ state }: Run): boolean {
  return state !== 'queued' && state !== 'running';
}
