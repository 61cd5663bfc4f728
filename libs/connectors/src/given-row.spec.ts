import { describe, expect, it } from 'vitest';
import { InvalidError } from '@app/kernel';
import { parseConnectorConfig } from './connector-config.js';
import { readFreeAttribute, readGivenRow } from './given-row.js';

const config = parseConnectorConfig({
  kind: 'delimited-file',
  mapping: { login: 'nativeIdentity', mail: 'email', off: 'disabled', groups: 'groups', dept: 'attributes.dept' },
  correlationRules: [
    { account: 'email', owner: 'email' },
    { account: 'uuid', owner: 'identityId' },
  ],
});
const people = parseConnectorConfig({
  kind: 'delimited-file',
  mapping: { id: 'nativeIdentity', name: 'name', mail: 'email' },
  authoritative: true,
  ownerMapping: { name: 'name', email: 'email' },
});
const row = (cells: Record<string, string>, by = config) => readGivenRow(by, new Map(Object.entries(cells)));

describe('a row that is given by hand', () => {
  it('is read as a row of the file is, by the names of its columns', () => {
    expect(row({ dept: ' Board ', groups: 'b|a|b', off: 'YES', mail: 'A@x.org', login: 'Ada' })).toMatchObject({
      accountKey: 'ada',
      account: {
        nativeIdentity: 'Ada',
        name: 'Ada',
        email: 'A@x.org',
        disabled: true,
        attributes: { dept: 'Board' },
        correlation: ['A@x.org', null],
        owner: null,
      },
      person: null,
    });
  });

  it('leaves out what is not said, and looks past what is no column', () => {
    expect(row({ login: 'ada', nothing: 'x' }).account).toMatchObject({ email: null, attributes: { dept: null } });
  });

  it('names a person without making one: who has no name is still an account', () => {
    const { account, person } = row({ id: 'P1', mail: 'Ada@x.org' }, people);
    expect(account.owner).toBeNull();
    expect(person).toEqual({ identityKey: 'p1', emailKey: 'ada@x.org', managerKey: null });
  });

  it.each([
    [{ login: '' }, /login is empty/],
    [{ login: 'a', off: 'perhaps' }, /off must be true, false/],
    [{ login: 'a', mail: 'nobody' }, /mail is not an e-mail address/],
    [{ login: 'a', dept: 'a\u0000' }, /dept holds a character/],
    [{ login: 'a'.repeat(1_025) }, /login is longer than/],
  ])('that says %o is refused by its column', (cells, words) => {
    expect(() => row(cells)).toThrow(InvalidError);
    expect(() => row(cells)).toThrow(words);
  });

  it('must have the uuid where that is the key', () => {
    const byUuid = parseConnectorConfig({ kind: 'delimited-file', mapping: { login: 'nativeIdentity', guid: 'uuid' } });
    expect(() => row({ login: 'a' }, byUuid)).toThrow(/no uuid/);
    expect(row({ login: 'a', guid: 'G' }, byUuid).accountKey).toBe('g');
  });
});

describe('an attribute of no column', () => {
  it('is trimmed and composed, and nothing if it is empty', () => {
    expect(readFreeAttribute('city', ' Ko\u0308ln ')).toBe('Köln');
    expect(readFreeAttribute('city', '   ')).toBeNull();
  });

  it.each(['', '__proto__', 'x'.repeat(129), 'a\u0000', '\ud800'])('has no name like %o', (name) => {
    expect(() => readFreeAttribute(name, 'x')).toThrow(/name of an attribute/);
  });

  it('holds nothing that cannot be stored', () => {
    expect(() => readFreeAttribute('city', 'a\ud800')).toThrow(/attributes.city holds a character/);
  });
});
