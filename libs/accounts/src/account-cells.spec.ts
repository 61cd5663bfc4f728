import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConnectorConfig, readGivenRow, rulesOf } from '@app/connectors';
import { heldIn, withoutNulls } from './account-changes.js';
import { cellsOf } from './account-cells.js';
import { rowValues } from './row-columns.js';
import type { StoredAccount } from './stored-account.js';

const config = parseConnectorConfig({
  kind: 'delimited-file',
  mapping: {
    login: 'nativeIdentity',
    who: 'name',
    shown: 'displayName',
    guid: 'uuid',
    mail: 'email',
    note: 'description',
    staff: 'identityId',
    upn: 'userPrincipalName',
    off: 'disabled',
    blocked: 'locked',
    machine: 'systemAccount',
    made: 'createdAt',
    seen: 'lastLoginAt',
    mfa: 'mfaEnabled',
    pw: 'passwordEnabled',
    pwset: 'passwordLastSetAt',
    vip: 'privileged',
    vault: 'vaulted',
    many: 'shared',
    leaked: 'breached',
    failed: 'failedLoginsLastHour',
    pg: 'inPrivilegedGroup',
    hpg: 'inHighlyPrivilegedGroup',
    hpr: 'hasHighlyPrivilegedRole',
    groups: 'groups',
    roles: 'roles',
    rights: 'entitlements',
    dept: 'attributes.dept',
  },
  privilegedEntitlements: ['admins'],
  highlyPrivilegedEntitlements: ['domain admins'],
  correlationRules: [
    { account: 'identityId', owner: 'identityId' },
    { account: 'userPrincipalName', owner: 'email' },
  ],
});

/** The account as it is stored after this row. */
function stored(cells: Record<string, string>, columns: Partial<StoredAccount> = {}): StoredAccount {
  const { account, accountKey } = readGivenRow(config, new Map(Object.entries(cells)));
  return {
    ...rowValues(account, '2026-01-01T00:00:00.000Z'),
    id: '',
    connector_id: '',
    native_key: accountKey,
    owner_id: null,
    correlation: 'none',
    attributes: withoutNulls(account.attributes),
    deleted: false,
    held: heldIn(account),
    pending: false,
    kind: config.kind,
    config,
    applied_rules: rulesOf(config),
    ...columns,
  };
}

const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((one) => !/[|\p{Cc}]/u.test(one));
const truth = fc.constantFrom('', 'true', 'no', '1');
const time = fc.constantFrom('', '2026-01-31', '2026-01-31T08:00:00+01:00', '2025-12-31T23:59:59.999Z');
const held = fc.subarray(['admins', 'domain admins', 'staff', 'ö']).map((values) => values.join('|'));
const rows = fc.record({
  login: text.map((one) => `l${one}`),
  guid: text.map((one) => `g${one}`),
  ...Object.fromEntries(['who', 'shown', 'note', 'staff', 'upn', 'dept'].map((name) => [name, text])),
  mail: fc.constantFrom('', 'Ada@Example.com'),
  ...Object.fromEntries(
    ['off', 'blocked', 'machine', 'mfa', 'pw', 'vip', 'vault', 'many', 'leaked', 'pg', 'hpg', 'hpr'].map((name) => [
      name,
      truth,
    ]),
  ),
  ...Object.fromEntries(['made', 'seen', 'pwset'].map((name) => [name, time])),
  ...Object.fromEntries(['groups', 'roles', 'rights'].map((name) => [name, held])),
  failed: fc.constantFrom('', '0', '7'),
});

describe('an account as cells', () => {
  it('is the same account again when they are read', () => {
    fc.assert(
      fc.property(rows, (row) => {
        const before = stored(row);
        const after = stored(Object.fromEntries(cellsOf(before)));
        expect(after).toEqual(before);
      }),
      { numRuns: 300 },
    );
  });

  it('is privileged no longer when the group that made it so is taken away', () => {
    const cells = cellsOf(stored({ login: 'a', guid: 'g', groups: 'admins|staff', roles: 'domain admins' }));
    expect(['vip', 'pg', 'hpg', 'hpr'].map((name) => cells.get(name))).toEqual(['false', 'false', 'false', 'false']);
    const without = stored(Object.fromEntries([...cells, ['groups', 'staff'], ['roles', '']]));
    expect(without).toMatchObject({ privileged: false, in_privileged_group: false, has_highly_privileged_role: false });
  });

  it('stays privileged where it was said to be so itself', () => {
    const cells = cellsOf(stored({ login: 'a', guid: 'g', vip: 'yes' }));
    expect(cells.get('vip')).toBe('true');
  });

  it('tells what rules compare only while they are the rules it was compared by', () => {
    const row = { login: 'a', guid: 'g', staff: 'E1', upn: 'A@x' };
    expect([...cellsOf(stored(row))]).toContainEqual(['staff', 'e1']);
    expect(cellsOf(stored(row, { applied_rules: null })).get('upn')).toBe('a@x');
    expect(cellsOf(stored(row, { applied_rules: '[]' })).get('upn')).toBe('');
  });
});
