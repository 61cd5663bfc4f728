import { describe, expect, it } from 'vitest';
import { orphanTable, type OwnerAtRisk, riskiest, riskTable } from './tables.js';

const owner = (name: string, score: number, ...categories: string[]): OwnerAtRisk => ({
  name,
  place: 'Sales',
  score,
  level: 'high',
  why: categories.map((category, i) => ({ category, accounts: i + 1 })),
});

describe('the riskiest owners', () => {
  it('come first, names deciding between equals', () => {
    const owners = [owner('Bo', 50), owner('Ævar', 7), owner('Al', 50), owner('Cy', 100)];
    expect(riskiest(owners, 3).map(({ name }) => name)).toEqual(['Cy', 'Al', 'Bo']);
    expect(riskiest([], 10)).toEqual([]);
  });

  it('give no commands to the terminal, whatever they are called', () => {
    expect(riskTable([owner('Al\u001b[31m\nBo', 9, 'A')], 120)[2]).toContain('Al [31m Bo');
  });

  const many = owner('Bo', 9, 'A', 'B', 'C', 'D', 'E', 'F');

  it('stand in columns with the reasons that count most', () => {
    expect(riskTable([owner('Žofia', 100, 'MFA Gaps'), many], 120)).toEqual([
      'Risk  Level  Owner  Department  Why (accounts)',
      `────  ─────  ─────  ──────────  ${'─'.repeat(34)}`,
      ' 100  high   Žofia  Sales       MFA Gaps (1)',
      '   9  high   Bo     Sales       A (1), B (2), C (3), D (4), 2 more',
    ]);
  });

  it('show fewer reasons on a narrow terminal, and the first one always', () => {
    const reasons = (width: number) => riskTable([many], width).at(-1)?.slice(32);
    expect(reasons(32 + 27)).toBe('A (1), B (2), C (3), 3 more');
    expect(reasons(32 + 26)).toBe('A (1), B (2), 4 more');
    expect(reasons(10)).toBe('A (1), 5 more');
    expect(riskTable([owner('Bo', 0)], 80).at(-1)).toBe('   0  high   Bo     Sales');
  });
});

describe('accounts without an owner', () => {
  it('are counted a system and in sum', () => {
    const totals = [
      { name: 'SAP', accounts: 1200, orphans: 30 },
      { name: 'Git', accounts: 9, orphans: 0 },
    ];
    expect(orphanTable(totals)).toEqual([
      'System       Accounts  Without an owner',
      '───────────  ────────  ────────────────',
      'SAP             1,200                30',
      'Git                 9                 0',
      'All systems     1,209                30',
    ]);
  });
});
