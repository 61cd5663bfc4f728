import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { permissions, roles, ruleOf } from './policy.js';

const [head = [], , ...rows] = readFileSync('docs/api/roles.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const cellOf = (row: readonly string[], column: string) => row[head.indexOf(column)];

it('the page of roles has every permission with what the policy says of it, and no other', () => {
  expect(rows.map(([permission]) => permission)).toEqual(permissions.map((permission) => `\`${permission}\``));
});

it.each(permissions.map((permission, i) => [permission, rows[i] ?? []] as const))(
  'the page says of %s what the policy does',
  (permission, row) => {
    const rule = ruleOf(permission);
    const given = roles.filter((role) => cellOf(row, role) === 'yes');
    expect(given).toEqual(roles.filter((role) => role !== 'Administrator' && rule.roles.includes(role)));
    const himself = rule.ownRecord || rule.ownUser ? 'himself' : '';
    expect(cellOf(row, 'every user')).toBe(rule.everyUser ? 'yes' : himself);
    const keys = { 0: '', 1: 'ACCOUNT/MODIFY', 2: 'ACCOUNT', 4: 'every' };
    expect(cellOf(row, 'keys')).toBe(keys[(rule.keys?.length ?? 0) as keyof typeof keys]);
    expect(cellOf(row, 'closed to')).toBe((rule.closedTo ?? []).join(', '));
  },
);
