import { describe, expect, it } from 'vitest';
import type { SyncRun } from '@app/sync';
import { writeTask } from '../present-task.js';
import { presentLoadTask, presentRunStatus, writeLoadTask } from './present-load-task.js';

const at = '2026-01-01T00:00:00.000Z';
const run = (columns: Partial<SyncRun>): SyncRun =>
  ({
    id: 'r',
    connector_id: 'c',
    state: 'queued',
    stage: 'waiting',
    rows_refused: 0,
    error: null,
    requested_by: 'Ada',
    created_at: at,
    started_at: null,
    finished_at: null,
    ...columns,
  }) as SyncRun;

describe('a run as a task', () => {
  it.each([
    ['queued', 0, null],
    ['running', 3, null],
    ['paused', 0, null],
    ['needs_confirmation', 0, null],
    ['succeeded', 0, 'SUCCESS'],
    ['succeeded', 3, 'WARNING'],
    ['failed', 3, 'ERROR'],
    ['cancelled', 0, 'TERMINATED'],
  ] as const)('that is %s with %i refused rows has the completion status %s', (state, rows_refused, status) => {
    expect(presentLoadTask(run({ state, rows_refused })).completionStatus).toBe(status);
  });

  it('tells in its messages why it failed or waits, and how many rows it refused', () => {
    const texts = (columns: Partial<SyncRun>) =>
      presentLoadTask(run(columns)).messages.map(({ type, error, warning, localizedText }) => [
        type,
        error,
        warning,
        localizedText.message,
      ]);
    expect(texts({})).toEqual([]);
    expect(texts({ state: 'failed', error: 'line 3: no end' })).toEqual([['ERROR', true, false, 'line 3: no end']]);
    expect(texts({ state: 'needs_confirmation', error: 'too many' })).toEqual([['WARN', false, true, 'too many']]);
    expect(texts({ state: 'succeeded', rows_refused: 1 })).toEqual([['WARN', false, true, 'One row was refused.']]);
    expect(texts({ state: 'succeeded', rows_refused: 2 })).toEqual([['WARN', false, true, '2 rows were refused.']]);
  });

  it('is written with every field of the vendor’s task', () => {
    const task = presentLoadTask(run({ state: 'failed', error: 'x', started_at: at, finished_at: at }));
    expect(JSON.parse(writeLoadTask({ success: true, task }))).toEqual({ success: true, task });
    expect(task).toMatchObject({
      id: 'r',
      type: 'QUARTZ',
      launcher: 'Ada',
      launched: at,
      completed: at,
      progress: 'waiting',
    });
  });
});

describe('a run where any task is asked how it goes', () => {
  const status = (columns: Partial<SyncRun>) => presentRunStatus({ ...run(columns), connector_name: 'HR' });

  it.each([
    ['waits', {}, 0],
    ['reads', { state: 'running', rows_to_apply: 0 }, 0],
    ['writes', { state: 'running', rows_to_apply: 3, rows_applied: 1 }, 33],
    ['has written all, but is not over', { state: 'running', rows_to_apply: 3, rows_applied: 3 }, 99],
    ['failed', { state: 'failed', finished_at: at }, 100],
  ] as const)('%s and says how far it is', (_, columns, percent) => {
    expect(status(columns).percentComplete).toBe(percent);
  });

  it('has the source for its target, and says what the other task says', () => {
    const failed = { state: 'failed', error: 'line 3', rows_refused: 2, started_at: at, finished_at: at } as const;
    const [task, told] = [presentLoadTask(run(failed)), status(failed)];
    expect(told.target).toEqual({ id: 'c', type: 'APPLICATION', name: 'HR' });
    for (const key of [
      'id',
      'type',
      'launcher',
      'created',
      'launched',
      'completed',
      'completionStatus',
      'progress',
    ] as const) {
      expect([key, told[key]]).toEqual([key, task[key]]);
    }
    expect(told.messages.map(({ localizedText }) => localizedText)).toEqual(
      task.messages.map(({ localizedText }) => localizedText),
    );
  });

  it('is written with every field of a task’s status', () => {
    const told = status({ state: 'succeeded', rows_refused: 1, updated_at: at, finished_at: at });
    expect(JSON.parse(writeTask(told))).toEqual(told);
  });
});
