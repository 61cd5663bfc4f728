import type { NamedRun, SyncRun } from '@app/sync';
import { jsonSerializer } from '../../../http/json-reply.js';
import type { presentTask } from '../present-task.js';
import { localized, localizedSchema, optionalText, text, truth } from '../references.js';

const endings: Readonly<Partial<Record<SyncRun['state'], 'SUCCESS' | 'ERROR' | 'TERMINATED'>>> = {
  succeeded: 'SUCCESS',
  failed: 'ERROR',
  cancelled: 'TERMINATED',
};

const name = 'Cloud Account Aggregation';
const description = 'Reads the accounts of a source from its newest file.';

/** A run as the vendor's task that loads accounts: one thing, so it has the run's id. */
export function presentLoadTask(run: SyncRun) {
  return {
    id: run.id,
    type: 'QUARTZ',
    name,
    description,
    launcher: run.requested_by,
    created: run.created_at,
    launched: run.started_at,
    completed: run.finished_at,
    completionStatus: completionOf(run),
    parentName: null,
    messages: messagesOf(run),
    progress: run.stage,
    attributes: { appId: run.connector_id, optimizedAggregation: 'enabled' },
    returns: [],
  };
}

/** The same run where any task is asked how it goes. */
export function presentRunStatus(run: NamedRun): ReturnType<typeof presentTask> {
  return {
    id: run.id,
    type: 'QUARTZ',
    uniqueName: `${name} ${run.id}`,
    description,
    parentName: null,
    launcher: run.requested_by,
    target: { id: run.connector_id, type: 'APPLICATION', name: run.connector_name },
    created: run.created_at,
    modified: run.updated_at,
    launched: run.started_at,
    completed: run.finished_at,
    completionStatus: completionOf(run),
    messages: messagesOf(run).map(({ type, key, localizedText }) => ({ type, localizedText, key, parameters: [] })),
    returns: [],
    attributes: { appId: run.connector_id },
    progress: run.stage,
    percentComplete: percentOf(run),
    taskDefinitionSummary: {
      id: 'source.load-accounts',
      uniqueName: name,
      description,
      parentName: null,
      executor: 'ostiary',
      arguments: {},
    },
  };
}

function completionOf({ state, rows_refused }: SyncRun) {
  if (state === 'succeeded' && rows_refused > 0) return 'WARNING';
  return endings[state] ?? null;
}

/** As far as the rows to be written are written: one that is not over is never complete. */
function percentOf({ finished_at, rows_applied, rows_to_apply }: SyncRun): number {
  if (finished_at !== null) return 100;
  return rows_to_apply > 0 ? Math.min(99, Math.floor((100 * rows_applied) / rows_to_apply)) : 0;
}

function messagesOf({ error, state, rows_refused }: SyncRun) {
  const refused = rows_refused === 1 ? 'One row was refused.' : `${rows_refused} rows were refused.`;
  return [
    ...(rows_refused > 0 ? [message('WARN', 'rows_refused', refused)] : []),
    ...(error === null ? [] : [message(state === 'failed' ? 'ERROR' : 'WARN', `run_${state}`, error)]),
  ];
}

function message(type: 'WARN' | 'ERROR', key: string, words: string) {
  const isError = type === 'ERROR';
  return { type, error: isError, warning: !isError, key, localizedText: localized(words) };
}

const task = {
  type: 'object',
  properties: {
    id: text,
    type: { ...text, example: 'QUARTZ' },
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
          localizedText: localizedSchema,
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
