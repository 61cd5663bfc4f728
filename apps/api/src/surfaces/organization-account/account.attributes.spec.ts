import { describe, expect, it } from 'vitest';
import { permissionsOfKey, type Principal } from '@app/access';
import { principalOf } from '../../../../../test/support/callers.js';
import { accountAttributes, attributesFor } from './account.attributes.js';

const administrator = principalOf('o', ['Administrator']);
const workspace: Principal = { ...administrator, kind: 'key', permissions: permissionsOfKey('WORKSPACE/MODIFY') };
const seenBy = (caller: Principal, attr?: string) => [...attributesFor(caller, attr)];
const everything = [...accountAttributes];
const withoutPeople = everything.filter((name) => name !== 'administrators' && name !== 'groups');

describe('the attributes of an answer', () => {
  it('are all where none is named', () => {
    for (const attr of [undefined, '', ' ', ',', ' , ,']) expect(seenBy(administrator, attr)).toEqual(everything);
  });

  it('are those that are named, blanks aside and however often', () => {
    expect(seenBy(administrator, ' slug ,_id,, slug')).toEqual(['_id', 'slug']);
  });

  it.each(['nosuch', '__proto__,constructor', 'toString', 'SLUG', 'users'])('are none of "%s"', (attr) => {
    expect(seenBy(administrator, attr)).toEqual([]);
  });

  it('are never people, to whoever may not see them', () => {
    expect(seenBy(workspace)).toEqual(withoutPeople);
    expect(seenBy(workspace, 'administrators,groups,slug')).toEqual(['slug']);
    expect(seenBy(workspace, 'administrators')).toEqual([]);
  });
});
