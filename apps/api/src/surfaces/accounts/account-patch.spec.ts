import { describe, expect, it } from 'vitest';
import type { EditableAccount } from '@app/accounts';
import { newId } from '@app/kernel';
import { accountPatch, editBy } from './account-patch.js';

const [ada, bob] = [newId(), newId()] as [string, string];
const account: EditableAccount = { ownerId: ada, manual: false, attributes: { city: 'Cairo', off: 'true' } };
const steps = (operations: unknown) => accountPatch.transform(operations, { type: 'body' });
const edit = (operations: object[], of = account) => editBy(of, steps(operations));

const identityId = '/identityId';
const manually = '/manuallyCorrelated';

describe('a patch of an account', () => {
  it.each([
    ['another identity', [{ op: 'replace', path: identityId, value: bob.toUpperCase() }], { ownerId: bob }],
    ['none', [{ op: 'remove', path: identityId }], { ownerId: null }],
    ['none by null', [{ op: 'add', path: identityId, value: null }], { ownerId: null }],
    ['the same one', [{ op: 'replace', path: identityId, value: ada }], { ownerId: ada }],
    ['the mark', [{ op: 'replace', path: manually, value: true }], { manual: true }],
    [
      'both',
      [
        { op: 'replace', path: manually, value: false },
        { op: 'add', path: identityId, value: bob },
      ],
      { ownerId: bob, manual: false },
    ],
    [
      'the last of several',
      [
        { op: 'remove', path: identityId },
        { op: 'remove', path: identityId },
        { op: 'add', path: identityId, value: bob },
      ],
      { ownerId: bob },
    ],
    ['an attribute', [{ op: 'add', path: '/attributes/a~1b', value: 1 }], { attributes: { 'a/b': 1 } }],
    ['no attribute any more', [{ op: 'remove', path: '/attributes/city' }], { attributes: { city: null } }],
    ['what is so already', [{ op: 'replace', path: '/attributes/city', value: 'Cairo' }], { attributes: {} }],
    [
      'nothing in the end',
      [
        { op: 'add', path: '/attributes/x', value: 'y' },
        { op: 'remove', path: '/attributes/x' },
      ],
      { attributes: {} },
    ],
    ['nothing, by a test', [{ op: 'test', path: identityId, value: ada }], {}],
    [
      'nothing, by a test of an attribute',
      [{ op: 'test', path: '/attributes/off', value: 'true' }],
      { attributes: {} },
    ],
  ])('makes it %s', (_, operations, expected) => {
    expect(edit(operations)).toEqual(expected);
  });

  it('tests what the steps before it have left', () => {
    const remove = { op: 'remove', path: identityId };
    expect(edit([remove, { op: 'test', path: identityId, value: null }])).toEqual({ ownerId: null });
    expect(() => edit([remove, { op: 'test', path: identityId, value: ada }])).toThrow(/Operation 1/);
  });

  it('leaves the account it was given as it is', () => {
    const before = structuredClone(account);
    edit([{ op: 'replace', path: '/attributes/city', value: 'Giza' }]);
    expect(account).toEqual(before);
  });

  it.each([
    [
      'an identity that is none',
      [{ op: 'replace', path: identityId, value: 'ada' }],
      /Operation 0: value must be the id/,
    ],
    ['a number', [{ op: 'replace', path: identityId, value: 1 }], /must be the id/],
    ['a mark that is no truth', [{ op: 'replace', path: manually, value: 1 }], /must be true or false/],
    ['a removed mark', [{ op: 'remove', path: manually }], /cannot be removed/],
    ['an object', [{ op: 'add', path: '/attributes/x', value: {} }], /x must be a text/],
    ['what is not there', [{ op: 'remove', path: '/attributes/x' }], /no value to remove/],
    ['a place beside', [{ op: 'replace', path: '/name', value: 'x' }], /path must be one of \/identityId/],
    ['all attributes', [{ op: 'replace', path: '/attributes', value: {} }], /path must be one of/],
    ['a deeper place', [{ op: 'replace', path: '/attributes/a/b', value: 'x' }], /path must be one of/],
    ['a source', [{ op: 'add', path: '/attributes/sourceId', value: 'x' }], /source of an account cannot be changed/],
    ['no source', [{ op: 'remove', path: '/attributes/ sourceId' }], /source of an account cannot be changed/],
  ])('refuses %s', (_, operations, words) => {
    expect(() => edit(operations)).toThrow(words);
  });
});
