import { describe, expect, it } from 'vitest';
import type { TaskRow } from '@app/jobs';
import { presentTask, writeTask } from './present-task.js';

const row: TaskRow = {
  id: 't',
  kind: 'account.enable',
  subject_type: 'account',
  subject_id: 'a',
  connector_id: 'c',
  connector_name: 'Payroll',
  owner_name: null,
  parent_kind: null,
  state: 'queued',
  messages: [],
  details: { forceProvisioning: true },
  requested_by: 'ada',
  attempts: 0,
  created_at: '2026-01-01T00:00:00.000Z',
  updated_at: '2026-01-01T00:00:00.000Z',
  started_at: null,
  finished_at: null,
};
const warning = { type: 'WARN', key: 'w', text: 'Mind this.' } as const;
const remark = { type: 'INFO', key: 'i', text: 'Well.' } as const;

describe('a task as its users see it', () => {
  it.each([
    ['queued', [], 0, null, 0],
    ['queued', [warning], 1, null, 0],
    ['running', [], 1, null, 50],
    ['succeeded', [remark], 1, 'SUCCESS', 100],
    ['succeeded', [remark, warning], 1, 'WARNING', 100],
    ['failed', [warning], 7, 'ERROR', 100],
  ] as const)('that is %s with %j is %s', (state, messages, attempts, completionStatus, percentComplete) => {
    expect(presentTask({ ...row, state, messages, attempts })).toMatchObject({ completionStatus, percentComplete });
  });

  it('says that it will be tried again', () => {
    expect(presentTask({ ...row, attempts: 1 }).progress).toBe('waiting to be tried again');
    expect(presentTask(row).progress).toBe('queued');
  });

  it('is about a source and its account, or about an identity', () => {
    expect(presentTask(row)).toMatchObject({
      target: { id: 'c', type: 'APPLICATION', name: 'Payroll' },
      attributes: { accountId: 'a', sourceId: 'c' },
    });
    const whole = {
      ...row,
      kind: 'identity.enable',
      subject_type: 'owner',
      connector_id: null,
      owner_name: 'Ada',
    } as const;
    expect(presentTask(whole)).toMatchObject({
      target: { id: 'a', type: 'IDENTITY', name: 'Ada' },
      attributes: { identityId: 'a' },
    });
    expect(presentTask({ ...row, parent_kind: 'identity.enable' }).parentName).toBe('Enable accounts of an identity');
  });

  it('tells nothing of what was asked beside what it is about, and a kind it has no name for by its own', () => {
    const text = writeTask(presentTask({ ...row, messages: [remark], kind: 'account.else' }));
    expect(text).not.toContain('forceProvisioning');
    expect(JSON.parse(text)).toMatchObject({
      uniqueName: 'account.else t',
      messages: [{ type: 'INFO', localizedText: { locale: 'en-US', message: 'Well.' }, key: 'i', parameters: [] }],
    });
  });
});
