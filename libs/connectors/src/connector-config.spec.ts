import { InvalidError } from '@app/kernel';
import { describe, expect, it } from 'vitest';
import { parseConnectorConfig } from './connector-config.js';

const least = { kind: 'delimited-file', mapping: { id: 'nativeIdentity' } };

function problemsOf(input: unknown): string[] {
  try {
    parseConnectorConfig(input);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidError)) throw error;
    return error.details.map(({ field }) => field);
  }
}

describe('the configuration of a connector', () => {
  it('needs a kind and the column of the native identity, and has defaults for the rest', () => {
    expect(parseConnectorConfig(least)).toEqual({
      ...least,
      separator: ',',
      authoritative: false,
      priority: 100,
      ownerMapping: {},
      correlationRules: [
        { account: 'identityId', owner: 'identityId' },
        { account: 'email', owner: 'email' },
        { account: 'userPrincipalName', owner: 'email' },
      ],
      privilegedEntitlements: [],
      highlyPrivilegedEntitlements: [],
      deletionThreshold: { percent: 20, rows: 10 },
    });
  });

  it('takes back what it printed', () => {
    const owning = { ...least, authoritative: true, ownerMapping: { nativeIdentity: 'name' } };
    for (const config of [parseConnectorConfig(least), parseConnectorConfig(owning)]) {
      expect(parseConnectorConfig({ '@type': 'x', ...config })).toEqual(config);
    }
  });

  it('reads field names in camel case and in snake case', () => {
    const mapping = {
      a: 'native_identity',
      b: 'last_login_at',
      c: 'failedLoginsLastHour',
      d: 'attributes.cost_centre',
    };
    expect(Object.values(parseConnectorConfig({ ...least, mapping }).mapping)).toEqual([
      'nativeIdentity',
      'lastLoginAt',
      'failedLoginsLastHour',
      'attributes.cost_centre',
    ]);
  });

  it('says everything that is wrong at once', () => {
    const input = {
      kind: 'ldap',
      separator: '::',
      mapping: { a: 'nonsense' },
      priority: 0,
      color: 'red',
      authoritative: 'yes',
    };
    expect(problemsOf(input).toSorted()).toEqual([
      'config.authoritative',
      'config.color',
      'config.kind',
      'config.mapping',
      'config.mapping.a',
      'config.priority',
      'config.separator',
    ]);
  });

  it.each([
    ['no object', null, 'config'],
    ['a list', [], 'config'],
    ['no mapping', { kind: 'delimited-file' }, 'config.mapping'],
    [
      'two columns for one field',
      { ...least, mapping: { a: 'nativeIdentity', b: 'native_identity' } },
      'config.mapping.b',
    ],
    [
      'an attribute without a name',
      { ...least, mapping: { id: 'nativeIdentity', b: 'attributes.' } },
      'config.mapping.b',
    ],
    [
      'owner fields without authority',
      { ...least, ownerMapping: { nativeIdentity: 'identityId' } },
      'config.ownerMapping',
    ],
    ['authority without owner fields', { ...least, authoritative: true }, 'config.ownerMapping'],
    [
      'an owner field from an unread column',
      { ...least, authoritative: true, ownerMapping: { email: 'name' } },
      'config.ownerMapping.email',
    ],
    [
      'owners without a name',
      { ...least, authoritative: true, ownerMapping: { nativeIdentity: 'identityId' } },
      'config.ownerMapping',
    ],
    [
      'a rule on an unknown owner field',
      { ...least, correlationRules: [{ account: 'email', owner: 'title' }] },
      'config.correlationRules[0].owner',
    ],
    ['a rule that is a text', { ...least, correlationRules: ['email'] }, 'config.correlationRules[0].account'],
    ['a threshold above 100 %', { ...least, deletionThreshold: { percent: 101 } }, 'config.deletionThreshold.percent'],
    ['privileged values that are numbers', { ...least, privilegedEntitlements: [1] }, 'config.privilegedEntitlements'],
  ])('refuses %s', (_, input, field) => {
    expect(problemsOf(input)).toContain(field);
  });

  it('is not fooled by names of prototypes', () => {
    const mapping = JSON.parse('{"id":"nativeIdentity","x":"__proto__","y":"constructor"}') as object;
    expect(problemsOf({ ...least, mapping })).toEqual(['config.mapping.x', 'config.mapping.y']);
  });
});
