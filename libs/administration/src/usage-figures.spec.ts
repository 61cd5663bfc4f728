import { describe, expect, it } from 'vitest';
import type { AccountType } from '@app/organizations';
import { type CountedAccount, usageOf, type UsageCounts } from './usage-figures.js';

const rates = { attachmentsource: 0.7, datasource: { small: 0.3, medium: 0.7, large: 1 }, sms: 1 };
const limits = { source: 50, sms: 250 };
const nothing: UsageCounts = { attachmentsource: 0, small: 0, medium: 0, large: 0, sms: 0 };
const account = (accountType: AccountType, counts: Partial<UsageCounts>): CountedAccount => ({
  id: accountType,
  name: accountType,
  accountType,
  counts: { ...nothing, ...counts },
});

/** The published example, from how many there are of each. */
const own = account('STANDARD', { attachmentsource: 1, small: 1, medium: 2, large: 20, sms: 10 });
const managed = account('MANAGED', { medium: 10, large: 3, sms: 20 });

describe('usage', () => {
  it('is what the published example says: 1.4 for two of 0.7, 32.4 for 22.4 and 10, 30 text messages', () => {
    const { accounts, ...rest } = usageOf([own, managed], rates, limits);
    expect(JSON.stringify(rest)).toBe(
      '{"rates":{"attachmentsource":0.7,"datasource":{"small":0.3,"medium":0.7,"large":1},"sms":1},' +
        '"total":{"source":{"usage":32.4,"usageLimit":50},"sms":{"usage":30,"usageLimit":250}}}',
    );
    expect(accounts.map(({ usage }) => JSON.stringify(usage))).toEqual([
      '{"attachmentsource":0.7,"datasource":{"small":0.3,"medium":1.4,"large":20},"sms":10}',
      '{"attachmentsource":0,"datasource":{"small":0,"medium":7,"large":3},"sms":20}',
    ]);
  });

  it.each(['TRIAL', 'DISABLED'] as const)(
    'lists a managed account that is %s and leaves it out of sources only',
    (type) => {
      const { total, accounts } = usageOf([own, managed, account(type, { large: 5, sms: 4 })], rates, limits);
      expect([total.source.usage, total.sms.usage]).toEqual([32.4, 34]);
      expect(accounts[2]!.usage).toEqual({
        attachmentsource: 0,
        datasource: { small: 0, medium: 0, large: 5 },
        sms: 4,
      });
    },
  );

  it('counts the own account, whatever it is', () => {
    expect(usageOf([account('TRIAL', { large: 2 })], rates, limits).total.source.usage).toBe(2);
  });

  it('never has more than four decimals, however many there are of each', () => {
    const odd = { attachmentsource: 0.1, datasource: { small: 0.0001, medium: 0.3333, large: 9_999.9999 }, sms: 0.7 };
    for (let count = 0; count < 5_000; count += 7) {
      const counts = { attachmentsource: count, small: count * 3, medium: count, large: count, sms: count };
      const usage = usageOf([account('STANDARD', counts), account('MANAGED', counts)], odd, limits);
      for (const [number] of JSON.stringify([usage.total, usage.accounts]).matchAll(/[0-9.]+(?:e[+-]?[0-9]+)?/g)) {
        expect(number).toMatch(/^[0-9]+(?:\.[0-9]{1,4})?$/);
      }
    }
  });

  it('adds up exactly, where floating point would not', () => {
    const tenth = { attachmentsource: 0.1, datasource: { small: 0.2, medium: 0, large: 0 }, sms: 0 };
    const { total, accounts } = usageOf([account('STANDARD', { attachmentsource: 3, small: 1 })], tenth, limits);
    expect([accounts[0]!.usage.attachmentsource, total.source.usage]).toEqual([0.3, 0.5]);
  });
});
