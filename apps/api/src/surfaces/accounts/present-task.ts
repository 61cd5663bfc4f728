import type { TaskMessage, TaskRow } from '@app/jobs';
import { jsonSerializer } from '../../http/json-reply.js';
import { localized, localizedSchema, optionalText, text } from './references.js';

/** What a kind of task is called where people read it. */
const names: Readonly<Record<string, string>> = {
  'account.create': 'Create account',
  'account.update': 'Update account',
  'account.delete': 'Delete account',
  'account.remove': 'Remove account',
  'account.reload': 'Reload account',
  'account.enable': 'Enable account',
  'account.disable': 'Disable account',
  'account.unlock': 'Unlock account',
  'identity.enable': 'Enable accounts of an identity',
  'identity.disable': 'Disable accounts of an identity',
};
const percent: Readonly<Record<TaskRow['state'], number>> = { queued: 0, running: 50, succeeded: 100, failed: 100 };

/** The vendor’s task status. */
export function presentTask(row: TaskRow) {
  const name = nameOf(row.kind);
  const parentName = row.parent_kind === null ? null : nameOf(row.parent_kind);
  return {
    id: row.id,
    type: 'QUEUED_TASK',
    uniqueName: `${name} ${row.id}`,
    description: `${name}, asked for by ${row.requested_by}`,
    parentName,
    launcher: row.requested_by,
    target: targetOf(row),
    created: row.created_at,
    modified: row.updated_at,
    launched: row.started_at,
    completed: row.finished_at,
    completionStatus: completionOf(row),
    messages: row.messages.map(presentMessage),
    returns: [] as readonly never[],
    attributes: attributesOf(row),
    progress: row.state === 'queued' && row.attempts > 0 ? 'waiting to be tried again' : row.state,
    percentComplete: percent[row.state],
    taskDefinitionSummary: {
      id: row.kind,
      uniqueName: name,
      description: name,
      parentName,
      executor: 'ostiary',
      arguments: {},
    },
  };
}

function completionOf({ state, messages }: TaskRow): 'SUCCESS' | 'WARNING' | 'ERROR' | 'TERMINATED' | null {
  if (state === 'failed') return 'ERROR';
  if (state !== 'succeeded') return null;
  return messages.some(({ type }) => type === 'WARN') ? 'WARNING' : 'SUCCESS';
}

/** The vendor knows two kinds of target: the source an account is of, and an identity. */
function targetOf({ connector_id, connector_name, subject_id, owner_name }: TaskRow) {
  if (connector_id !== null) return { id: connector_id, type: 'APPLICATION', name: connector_name };
  return { id: subject_id, type: 'IDENTITY', name: owner_name };
}

function attributesOf({ subject_type, subject_id, connector_id }: TaskRow): Readonly<Record<string, string | null>> {
  return subject_type === 'account' ? { accountId: subject_id, sourceId: connector_id } : { identityId: subject_id };
}

function presentMessage({ type, key, text: words }: TaskMessage) {
  return { type, localizedText: localized(words), key, parameters: [] as readonly never[] };
}

function nameOf(kind: string): string {
  return names[kind] ?? kind;
}

const free = { type: 'object', additionalProperties: true } as const;

export const taskSchema = {
  type: 'object',
  properties: {
    id: text,
    type: { ...text, example: 'QUEUED_TASK' },
    uniqueName: text,
    description: text,
    parentName: optionalText,
    launcher: text,
    target: { type: 'object', nullable: true, properties: { id: text, type: text, name: optionalText } },
    created: text,
    modified: text,
    launched: optionalText,
    completed: optionalText,
    completionStatus: optionalText,
    messages: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          type: text,
          localizedText: localizedSchema,
          key: text,
          parameters: { type: 'array', items: free },
        },
      },
    },
    returns: { type: 'array', items: free },
    attributes: free,
    progress: text,
    percentComplete: { type: 'integer' },
    taskDefinitionSummary: {
      type: 'object',
      properties: {
        id: text,
        uniqueName: text,
        description: text,
        parentName: optionalText,
        executor: text,
        arguments: free,
      },
    },
  },
} as const;

export const writeTask = jsonSerializer<ReturnType<typeof presentTask>>(taskSchema);

/** What answers every request that is done by a task. */
export const acceptedSchema = { type: 'object', properties: { id: text } } as const;
export const removalSchema = {
  type: 'object',
  properties: { type: { ...text, example: 'TASK_RESULT' }, id: text, name: optionalText },
} as const;
