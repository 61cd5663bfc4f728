import { describe, expect, it } from 'vitest';
import {
  isClosedTo,
  type KeyKind,
  type Permission,
  permissions,
  permissionsFor,
  permissionsOfKey,
  reachesOwnRecord,
  reachesOwnUser,
  type Role,
} from './policy.js';
import { rightsFor } from './rights.js';

/**
 * The published table of rights, written down a second time on purpose: nothing in it is read from the server's own, so
 * that a change there is seen here. y: yes. f: of accounts and connectors only own ones. s: only on the own record. u: only on the own user. -: no.
 * Then API keys by level and permission, and whether an impersonation, an OAuth client or an Administrator of the managing
 * organization may use what it has.
 */
const published = `
                       ADM ORG SRC SUB HLP AUD USR   AV AM WV WM   IMP CLI MGR
owners:list             y   y   y   f   y   y   -    y  y  -  -     y   y   y
owners:read             y   y   y   f   y   y   s    y  y  -  -     y   y   y
owners:assess           y   y   y   s   y   y   s    y  y  -  -     y   y   y
owners:audit            y   y   -   -   -   y   -    y  y  -  -     y   y   y
owners:write            y   -   -   -   -   -   -    -  -  -  -     y   y   y
owners:sync             y   -   -   -   -   -   -    -  -  -  -     y   y   y
accounts:read           y   y   y   f   y   y   -    -  -  -  -     y   y   y
accounts:write          y   y   y   f   -   -   -    -  -  -  -     y   y   y
accounts:state          y   y   y   f   y   -   -    -  -  -  -     y   y   y
accounts:remove         y   y   -   -   -   -   -    -  -  -  -     y   y   y
accounts:state-of-owner y   y   -   -   -   -   -    -  -  -  -     y   y   y
people:read             y   y   y   y   y   y   y    -  -  -  -     y   y   y
reports:read            y   y   y   -   y   y   -    -  -  -  -     y   y   y
connectors:read         y   y   y   f   y   y   -    -  -  -  -     y   y   y
connectors:write        y   y   y   -   -   -   -    -  -  -  -     y   y   y
connector-owners:read   y   y   y   f   y   y   -    -  -  -  -     y   y   y
connector-owners:write  y   y   y   -   -   -   -    -  -  -  -     -   y   y
self:introspect         y   y   y   y   y   y   y    y  y  y  y     y   y   y
self:read               y   y   y   y   y   y   y    -  -  -  -     y   y   -
self:logout             y   y   y   y   y   y   y    -  -  -  -     y   -   -
self:sessions           y   y   y   y   y   y   y    -  -  -  -     -   -   -
self:credentials        y   y   y   y   y   y   y    -  -  -  -     -   -   -
users:list              y   y   -   -   y   y   -    -  -  -  -     y   y   y
users:read              y   y   u   u   y   y   u    -  -  -  -     y   y   y
users:write             y   y   -   -   -   -   -    -  -  -  -     -   y   y
users:link              y   -   -   -   -   -   -    -  -  -  -     -   -   y
groups:read             y   y   -   -   y   y   -    -  -  -  -     y   y   y
groups:write            y   y   -   -   -   -   -    -  -  -  -     -   y   y
users:identify          y   y   -   -   -   -   -    -  -  -  -     -   -   y
users:invite            y   y   -   -   -   -   -    -  -  -  -     -   -   y
users:help              y   y   -   -   y   -   -    -  -  -  -     -   -   y
users:impersonate       y   -   -   -   -   -   -    -  -  -  -     -   -   -
roles:read              y   y   -   -   y   y   -    -  -  -  -     y   y   y
roles:write             y   y   -   -   -   -   -    -  -  -  -     -   -   y
clients:read            y   y   -   -   -   y   -    -  -  -  -     y   y   y
clients:write           y   y   -   -   -   -   -    -  -  -  -     -   -   y
api-keys:read           y   y   -   -   -   y   -    -  -  -  -     y   y   y
api-keys:write          y   y   -   -   -   -   -    -  -  -  -     -   -   y
organization:read       y   y   y   f   y   y   -    y  y  y  y     y   y   y
organization:people     y   y   -   -   -   y   -    y  y  -  -     y   y   y
organization:write      y   -   -   -   -   -   -    -  y  -  -     -   -   y
organization:usage      y   y   -   -   -   y   -    y  y  -  -     y   y   y
managed-organizations:read y   -   -   -   -   -   -    -  -  -  -     y   y   -
managed-organizations:write y   -   -   -   -   -   -    -  -  -  -     -   -   -
managed-organizations:enter y   -   -   -   -   -   -    -  -  -  -     -   -   -
audit-events:read       y   y   -   -   -   y   -    -  -  -  -     y   y   y
`;

const held: Readonly<Record<string, readonly Role[]>> = {
  ADM: ['Administrator'],
  ORG: ['ORG_ADMIN'],
  SRC: ['SOURCE_ADMIN'],
  SUB: ['SOURCE_SUBADMIN'],
  HLP: ['HELPDESK'],
  AUD: ['AUDITOR'],
  USR: [],
};
const keys: Readonly<Record<string, KeyKind>> = {
  AV: 'ACCOUNT/VIEW',
  AM: 'ACCOUNT/MODIFY',
  WV: 'WORKSPACE/VIEW',
  WM: 'WORKSPACE/MODIFY',
};
const [head = [], ...rows] = published
  .trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));

/** What the server's own table says in the cell of this column. */
function cellOf(permission: Permission, column: string): string {
  const key = keys[column];
  if (key !== undefined) return permissionsOfKey(key).has(permission) ? 'y' : '-';
  if (column === 'IMP') return isClosedTo(permission, 'impersonation') ? '-' : 'y';
  if (column === 'MGR') return isClosedTo(permission, 'managing') ? '-' : 'y';
  if (column === 'CLI') return isClosedTo(permission, 'client') ? '-' : 'y';
  const roles = held[column] ?? [];
  if (rightsFor(roles).widePermissions.has(permission)) return 'y';
  if (permissionsFor(roles).has(permission)) return 'f';
  if (reachesOwnRecord(permission)) return 's';
  return reachesOwnUser(permission) ? 'u' : '-';
}

describe('the published table of rights', () => {
  it('has a row for every permission, in the same order', () => {
    expect(rows.map(([permission]) => permission)).toEqual(permissions);
  });

  it.each(rows)('is what the server keeps to for %s', (permission, ...cells) => {
    expect(head).toHaveLength(cells.length);
    const kept = head.map((column) => `${column} ${cellOf(permission as Permission, column)}`);
    expect(kept).toEqual(cells.map((cell, i) => `${head[i]} ${cell}`));
  });

  it('closes nothing to a user or to a key but by its own cell', () => {
    for (const kind of ['user', 'key'] as const) {
      expect(permissions.filter((permission) => isClosedTo(permission, kind))).toEqual([]);
    }
  });
});
