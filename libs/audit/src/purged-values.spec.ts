import { describe, expect, it } from 'vitest';
import { withoutNames } from './purged-values.js';

const purged = {
  id: 'id-1',
  names: new Set(['Ada', 'ada', 'ada@x']),
  handles: new Set(['ada', 'ada@x']),
  subjects: new Set(['00u1']),
};
const after = (subject_type: string, told: Record<string, unknown>) =>
  withoutNames({ subject_type, before: null, after: told }, purged)?.after;

describe('an event of somebody else', () => {
  it('loses the names of a purged person beside his id, and keeps the id', () => {
    const members = [
      { id: 'id-1', type: 'User', name: 'Ada' },
      { id: 'id-2', type: 'User', name: 'Bo' },
    ];
    expect(after('group', { members })).toEqual({
      members: [{ id: 'id-1', type: 'User', name: null }, members[1]],
    });
  });

  it('keeps what a namesake is called', () => {
    const members = [
      { id: 'id-1', name: 'Ada' },
      { id: 'id-2', name: 'Ada' },
    ];
    expect(after('group', { members })).toEqual({ members: [{ id: 'id-1', name: null }, members[1]] });
  });

  it('loses an address anywhere, and a user name where it is called one, without his id', () => {
    expect(after('connector', { contact: 'ada@x', userName: 'ada', of: ['ada@x', 'bo@x'] })).toEqual({
      contact: null,
      userName: null,
      of: [null, 'bo@x'],
    });
  });

  it('keeps words that are only spelled like his name', () => {
    expect(after('connector', { name: 'ada', displayName: 'Ada' })).toBeUndefined();
  });

  it('loses who he was to a provider where it is called so, without his id, and keeps what is not', () => {
    expect(after('organization', { provider: '00u1', subject: '00u1' })).toEqual({ provider: '00u1', subject: null });
    expect(after('organization', { subject: 'ada' })).toBeUndefined();
    expect(after('user', { subject: '00u1' })).toBeUndefined();
  });

  it.each(['user', 'owner', 'account'])('is left alone when it is about another %s who had the name later', (type) => {
    expect(after(type, { userName: 'ada', email: 'ada@x' })).toBeUndefined();
  });

  it('is about an account of his where it has his id', () => {
    expect(after('account', { ownerId: 'id-1', name: 'ada' })).toEqual({ ownerId: 'id-1', name: null });
  });

  it('is not touched when it only has the id', () => {
    expect(after('connector', { userId: 'id-1', roleSlug: 'owner' })).toBeUndefined();
  });

  it('keeps its keys, even those that look like his names', () => {
    expect(after('group', { 'ada@x': 'ada@x' })).toEqual({ 'ada@x': null });
  });
});
