import type { Caller } from '@app/access';

export interface TaskMessage {
  readonly type: 'INFO' | 'WARN' | 'ERROR';
  /** Names the kind of message for programs. */
  readonly key: string;
  readonly text: string;
}

export interface TaskOutcome {
  readonly succeeded: boolean;
  readonly messages: readonly TaskMessage[];
}

/** Work on one record that somebody asked for. */
export interface NewTask {
  readonly id: string;
  /** `noun.verb`, such as `account.disable`. */
  readonly kind: string;
  readonly subjectType: 'account' | 'owner';
  readonly subjectId: string;
  /** Whose accounts it is about: who owns the connector sees it. */
  readonly connectorId: string | null;
  readonly parentId?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  /** Of one that is done already. */
  readonly outcome?: TaskOutcome;
  /** Its parts are yet to be begun, in transactions of their own: it does not end before `Tasks.complete` has been told of the last. */
  readonly gathers?: true;
}

/** A task as its users see it. */
export interface TaskRow {
  readonly id: string;
  readonly kind: string;
  readonly subject_type: 'account' | 'owner';
  readonly subject_id: string;
  readonly connector_id: string | null;
  readonly connector_name: string | null;
  readonly owner_name: string | null;
  readonly parent_kind: string | null;
  readonly state: 'queued' | 'running' | 'succeeded' | 'failed';
  readonly messages: readonly TaskMessage[];
  readonly details: Readonly<Record<string, unknown>>;
  readonly requested_by: string;
  readonly attempts: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
}

/** A task that one worker has in hand. */
export interface ClaimedTask {
  readonly id: string;
  readonly kind: string;
  readonly subjectId: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** Its number tells this claim from a later one. */
  readonly attempt: number;
  /** Who asked for it: what comes of it is done in his name. */
  readonly caller: Caller;
}

/** How each of the parts of a task came out, in one sentence. */
export function summaryOf(parts: { readonly all: number; readonly failed: number }): TaskOutcome {
  const { all, failed } = parts;
  if (all === 0) return told('INFO', 'nothing_to_do', 'There is no account to change.');
  if (failed === 0) return told('INFO', 'all_done', all === 1 ? 'One account was done.' : `${all} accounts were done.`);
  return told('ERROR', 'some_failed', `${failed} of ${all} accounts failed; each has a task of its own.`);
}

function told(type: TaskMessage['type'], key: string, text: string): TaskOutcome {
  return { succeeded: type !== 'ERROR', messages: [{ type, key, text }] };
}
