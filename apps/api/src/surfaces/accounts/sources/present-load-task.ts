import type { SyncRun } from '@app/sync';
import { jsonSerializer } from '../../../http/json-reply.js';
import { optionalText, text, truth } from '../references.js';

const endings: Readonly<Partial<Record<SyncRun['state'], string>>> = {
  succeeded: 'SUCCESS',
  failed: 'ERROR',
  cancelled: 'TERMINATED',
};

/** A run as the vendor's task that loads accounts: one thing, so it has the run's id. */
export function presentLoadTask(run: SyncRun) {
  return {
    id: run.id,
    type: 'QUARTZ',
    name: 'Cloud Account Aggregation',
    description: 'Reads the accounts of a source from its newest file.',
    launcher: run.requested_by,
    created: run.created_at,
    launched: run.started_at,
    completed: run.finished_at,
    completionStatus: run.state === 'succeeded' && run.rows_refused > 0 ? 'WARNING' : (endings[run.state] ?? null),
    parentName: null,
    messages: messagesOf(run),
    progress: run.stage,
    attributes: { appId: run.connector_id, optimizedAggregation: 'enabled' },
    returns: [],
  };
}

function messagesOf({ error, state, rows_refused }: SyncRun) {
  return [
    ...(rows_refused > 0
      ? [
          message(
            'WARN',
            'rows_refused',
            rows_refused === 1 ? 'One row was refused.' : `${rows_refused} rows were refused.`,
          ),
        ]
      : []),
    ...(error === null ? [] : [message(state === 'failed' ? 'ERROR' : 'WARN', `run_${state}`, error)]),
  ];
}

function message(type: 'WARN' | 'ERROR', key: string, words: string) {
  const isError = type === 'ERROR';
  return { type, error: isError, warning: !isError, key, localizedText: { locale: 'en-US', message: words } };
}

const task = {
  type: 'object',
  properties: {
    id: text,
    type: text,
    name: text,
    description: text,
    launcher: text,
    created: text,
    launched: optionalText,
    completed: optionalText,
    completionStatus: optionalText,
    parentName: optionalText,
    messages: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          type: text,
          error: truth,
          warning: truth,
          key: text,
          localizedText: { type: 'object', properties: { locale: text, message: text } },
        },
      },
    },
    progress: text,
    attributes: { type: 'object', properties: { appId: text, optimizedAggregation: text } },
    returns: { type: 'array', items: { type: 'object', properties: { displayLabel: text, attributeName: text } } },
  },
} as const;

export const loadTaskSchema = { type: 'object', properties: { success: truth, task } } as const;

export const writeLoadTask = jsonSerializer<{ success: boolean; task: ReturnType<typeof presentLoadTask> }>(
  loadTaskSchema,
);
