/** A run as its users see it. Counters grow while it goes. */
export interface SyncRun {
  readonly id: string;
  readonly connector_id: string;
  readonly file_id: string;
  readonly state: 'queued' | 'running' | 'needs_confirmation' | 'paused' | 'cancelled' | 'succeeded' | 'failed';
  readonly stage:
    | 'waiting'
    | 'reading'
    | 'comparing'
    | 'applying'
    | 'removing'
    | 'correlating'
    | 'managers'
    | 'insights'
    | 'done';
  readonly dry_run: boolean;
  readonly rows_read: number;
  readonly rows_refused: number;
  readonly rows_to_apply: number;
  readonly rows_applied: number;
  readonly accounts_created: number;
  readonly accounts_updated: number;
  readonly accounts_unchanged: number;
  readonly accounts_removed: number;
  readonly accounts_returned: number;
  readonly accounts_linked: number;
  readonly accounts_unlinked: number;
  readonly owners_created: number;
  readonly owners_updated: number;
  readonly owners_deactivated: number;
  readonly error: string | null;
  readonly requested_by: string;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly updated_at: string;
}

/** A run with the name of its connector. */
export interface NamedRun extends SyncRun {
  readonly connector_name: string;
}

export const runColumns = `id, connector_id, file_id, state, stage, dry_run, rows_read, rows_refused, rows_to_apply, rows_applied,
  accounts_created, accounts_updated, accounts_unchanged, accounts_removed, accounts_returned, accounts_linked, accounts_unlinked,
  owners_created, owners_updated, owners_deactivated, error, requested_by, created_at, started_at, finished_at, updated_at`;

const counters = [
  'rows_read',
  'rows_refused',
  'rows_to_apply',
  'rows_applied',
  'accounts_created',
  'accounts_updated',
  'accounts_unchanged',
  'accounts_removed',
  'accounts_returned',
  'accounts_linked',
  'accounts_unlinked',
  'owners_created',
  'owners_updated',
  'owners_deactivated',
] as const;

type RunCounter = (typeof counters)[number];
export type RunProgress = Partial<Record<RunCounter, number>>;

/** One change that a dry run found. Before and after hold what differs. */
export interface RunChange {
  readonly position: number;
  readonly change: 'create' | 'update' | 'return' | 'remove' | 'deactivate';
  readonly subject_type: 'account' | 'owner';
  /** Null: it would be made. */
  readonly subject_id: string | null;
  /** Null: no row is about it. */
  readonly line: number | null;
  readonly name: string;
  readonly native_identity: string | null;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}
