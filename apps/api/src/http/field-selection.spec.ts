import { describe, expect, it } from 'vitest';
import { fieldSelectionIn, selected } from './field-selection.js';

const known = ['_id', 'userName', 'email'];
const record = { _id: '1', userName: 'ada', email: 'ada@example.com', system: false };
const cut = (query: Record<string, unknown>) => selected(record, '_id', fieldSelectionIn(query, known));

describe('field selection', () => {
  it.each([
    [{}, record],
    [{ fields: 'userName' }, { _id: '1', userName: 'ada' }],
    [{ fields: ['userName', 'email'] }, { _id: '1', userName: 'ada', email: 'ada@example.com' }],
    [{ 'fields[]': ['userName', 'email'] }, { _id: '1', userName: 'ada', email: 'ada@example.com' }],
    [{ fields: 'userName,email' }, { _id: '1', userName: 'ada', email: 'ada@example.com' }],
    [
      { fields: 'userName,email', excludeFields: 'email' },
      { _id: '1', userName: 'ada' },
    ],
    [{ fields: 'userName', excludeFields: '_id' }, { userName: 'ada' }],
    [{ excludeFields: ['_id', 'email'] }, { userName: 'ada', system: false }],
  ])('%j leaves what was asked for', (query, left) => {
    expect(cut(query)).toEqual(left);
  });

  it.each([
    { fields: 'password' },
    { fields: 'system' },
    { fields: '' },
    { fields: 'userName,' },
    { excludeFields: '__proto__' },
    { excludeFields: ['email', 'nothing'] },
    { fields: { a: 'b' } },
  ])('%j is refused', (query) => {
    expect(() => cut(query)).toThrow(/takes _id, userName, email/);
  });
});
