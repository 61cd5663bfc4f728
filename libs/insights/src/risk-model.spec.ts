import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FigureName, figureNames, type OwnerFigures } from './owner-figures.js';
import { riskCategories } from './risk-categories.js';
import { assess } from './risk-model.js';

const none = Object.fromEntries(figureNames.map((name) => [name, 0])) as Record<FigureName, number>;
const figures = (some: Partial<OwnerFigures>): OwnerFigures => ({ ...none, ...some });

/** The statistics response of the published description. */
const published = figures({
  total_accounts: 12,
  active_accounts: 10,
  disabled_accounts: 2,
  accounts_without_mfa: 3,
  privileged_accounts_not_vaulted: 1,
  not_used_90: 2,
  not_used_180: 1,
  accounts_with_password_90: 1,
  accounts_with_password_180: 2,
  all_privileged_groups: 2,
});

describe('the published sample', () => {
  const { score, level, factors } = assess(published);

  it('scores 45, medium', () => expect({ score, level }).toEqual({ score: 45, level: 'medium' }));

  it.each([
    ['MFA Gaps', 3, 'medium', 15.6, 'Accounts without multi-factor authentication', 'Enable MFA on all accounts'],
    ['Stale Accounts', 2, 'low', 8.75, 'Accounts not used in 90+ days', 'Review and disable unused accounts'],
  ])('has the factor %s', (category, affectedAccounts, severity, points, description, recommendation) => {
    const factor = { category, affectedAccounts, severity, points, description, recommendation };
    expect(factors).toContainEqual(factor);
  });

  it('names its factors by points, the worst first', () => {
    expect(factors.map(({ category, points }) => [category, points])).toEqual([
      ['MFA Gaps', 15.6],
      ['Privileged Accounts Not Vaulted', 11],
      ['Stale Accounts', 8.75],
      ['Password Hygiene', 7.4],
      ['Privileged Groups', 2.4],
    ]);
  });
});

describe('the score', () => {
  it('of an owner without accounts is 0, low, without factors', () => {
    expect(assess(none)).toEqual({ score: 0, level: 'low', points: 0, factors: [] });
  });

  it('of an owner without accounts still sees accounts that look like his', () => {
    const { score, factors } = assess(figures({ accounts_no_owner: 2 }));
    expect(score).toBe(5);
    expect(factors.map(({ category }) => category)).toEqual(['Unowned Accounts']);
  });

  it('divides unowned accounts by all accounts, theirs included', () => {
    expect(assess(figures({ total_accounts: 3, accounts_no_owner: 1 })).factors[0]?.points).toBe(3.125);
  });

  it.each<[string, number, FigureName[]]>([
    ['low', 24, ['accounts_without_mfa']],
    ['medium', 25, ['privileged_accounts_not_vaulted', 'account_group_deviation']],
    ['medium', 49, ['accounts_without_mfa', 'privileged_accounts_not_vaulted', 'account_group_deviation']],
    ['high', 50, ['breached_accounts', 'privileged_accounts_not_vaulted']],
    ['high', 74, ['breached_accounts', 'accounts_without_mfa', 'privileged_accounts_not_vaulted']],
    ['critical', 75, ['inactive_owners_enabled_accounts', 'breached_accounts', 'shared_accounts']],
    ['critical', 100, [...figureNames]],
  ])('is %s at %i', (level, score, present) => {
    const some = figures(Object.fromEntries(present.map((name) => [name, 1])));
    expect(assess(some)).toMatchObject({ score, level });
  });

  it('is rounded once: three factors may be a half together', () => {
    const ninths = { privileged_accounts_not_vaulted: 4, shared_accounts: 8, not_used_180: 4 };
    const { points, score } = assess(figures({ active_accounts: 9, ...ninths }));
    expect([points, score]).toEqual([27.5, 28]);
  });

  it('rounds half up', () => {
    const half = assess(figures({ active_accounts: 10, shared_accounts: 1 }));
    expect(half.factors[0]?.points).toBe(5.5);
    expect(half.score).toBe(6);
  });
});

describe('a factor', () => {
  const severityOf = (some: Partial<OwnerFigures>) => assess(figures(some)).factors[0]?.severity;

  it.each([
    ['low', { active_accounts: 1, highly_privileged_roles: 1 }],
    ['medium', { active_accounts: 1, shared_accounts: 1 }],
    ['high', { active_accounts: 1, accounts_without_mfa: 1 }],
    ['critical', { active_accounts: 1, breached_accounts: 1 }],
  ] as const)('is %s by its points', (severity, some) => expect(severityOf(some)).toBe(severity));

  it.each([
    ['high', { active_accounts: 1_000, inactive_owners_enabled_accounts: 1 }],
    ['high', { active_accounts: 1_000, breached_accounts: 1 }],
    ['medium', { active_accounts: 1_000, failed_logins_in_hour: 1 }],
    ['medium', { active_accounts: 1_000, privileged_accounts_not_vaulted: 1 }],
    ['medium', { active_accounts: 1_000, accounts_without_mfa: 1 }],
    ['low', { active_accounts: 1_000, shared_accounts: 1 }],
  ] as const)('is at least %s by its kind', (severity, some) => expect(severityOf(some)).toBe(severity));

  it('counts accounts with an old and with a never set password, which are different ones', () => {
    const old = figures({ active_accounts: 5, accounts_with_password_90: 2, accounts_with_password_never: 1 });
    expect(assess(old).factors).toMatchObject([{ category: 'Password Hygiene', affectedAccounts: 3 }]);
  });

  it('comes in the order of the table when points are equal', () => {
    const tied = figures({ active_accounts: 1, total_accounts: 0, account_group_deviation: 1, accounts_no_owner: 1 });
    expect(assess(tied).factors.map(({ category }) => category)).toEqual(['Group Deviation', 'Unowned Accounts']);
  });
});

describe('the model', () => {
  const anyFigures = fc
    .tuple(...figureNames.map(() => fc.nat(30)))
    .map((counts) => Object.fromEntries(figureNames.map((name, i) => [name, counts[i]])) as OwnerFigures);
  const counters = riskCategories.flatMap(({ weights }) => Object.keys(weights) as FigureName[]);

  it('weighs every figure but the totals, each once', () => {
    const totals = ['total_accounts', 'active_accounts', 'disabled_accounts'];
    expect(counters.toSorted()).toEqual(figureNames.filter((name) => !totals.includes(name)).toSorted());
  });

  it('never leaves 0 to 100, and its level is that of its score', () => {
    fc.assert(
      fc.property(anyFigures, (some) => {
        const { score, level } = assess(some);
        expect(Number.isInteger(score) && score >= 0 && score <= 100).toBe(true);
        expect(level).toBe(['low', 'medium', 'high', 'critical'][Math.min(3, Math.floor(score / 25))]);
      }),
    );
  });

  it('never thinks better of an owner for one more finding', () => {
    fc.assert(
      fc.property(anyFigures, fc.constantFrom(...counters), (some, name) => {
        expect(assess({ ...some, [name]: some[name] + 1 }).score).toBeGreaterThanOrEqual(assess(some).score);
      }),
    );
  });

  it('explains every point: the factors of consistent figures add up to the score', () => {
    fc.assert(
      fc.property(anyFigures, (some) => {
        const { score, factors } = assess({
          ...some,
          not_used_90: 1,
          accounts_with_password_90: 1,
          all_privileged_groups: 1,
        });
        const sum = factors.reduce((total, { points }) => total + points, 0);
        expect(Math.abs(Math.min(100, sum) - score)).toBeLessThanOrEqual(0.500001);
      }),
    );
  });
});
