import type { UsageLimits, UsageRates } from '@app/kernel';
import type { AccountType } from '@app/organizations';

/** How many there are of each. */
export interface UsageCounts {
  readonly attachmentsource: number;
  readonly small: number;
  readonly medium: number;
  readonly large: number;
  readonly sms: number;
}

/** One organization, its own account first or one it manages. */
export interface CountedAccount {
  readonly id: string;
  readonly name: string;
  readonly accountType: AccountType;
  readonly counts: UsageCounts;
}

export interface AccountUsage extends Omit<CountedAccount, 'counts'> {
  readonly usage: UsageRates;
}

interface Total {
  readonly usage: number;
  readonly usageLimit: number;
}

export interface Usage {
  readonly rates: UsageRates;
  readonly total: { readonly source: Total; readonly sms: Total };
  readonly accounts: readonly AccountUsage[];
}

/** Whole ten-thousandths, so that nothing is lost on the way: 22.4 and 10 are 32.4. */
type Parts = number;
const partsIn = 10_000;
const parts = (figure: number): Parts => Math.round(figure * partsIn);
const figure = (sum: Parts): number => sum / partsIn;

/** What is used, at these rates. `accounts` has the own one first; of the others, those on trial and switched off are not in the sum of sources. */
export function usageOf(accounts: readonly CountedAccount[], rates: UsageRates, limits: UsageLimits): Usage {
  const used = accounts.map(({ counts }) => partsOf(counts, rates));
  const counted = used.filter((_, at) => at === 0 || !uncounted.includes(accounts[at]!.accountType));
  const source = sum(
    counted.map(({ attachmentsource, small, medium, large }) => attachmentsource + small + medium + large),
  );
  const sms = sum(used.map((of) => of.sms));
  return {
    rates,
    total: {
      source: { usage: figure(source), usageLimit: limits.source },
      sms: { usage: figure(sms), usageLimit: limits.sms },
    },
    accounts: accounts.map(({ id, name, accountType }, at) => ({ id, name, accountType, usage: figuresOf(used[at]!) })),
  };
}

const uncounted: readonly AccountType[] = ['TRIAL', 'DISABLED'];

function partsOf(counts: UsageCounts, { attachmentsource, datasource, sms }: UsageRates): UsageCounts {
  const { small, medium, large } = datasource;
  return {
    attachmentsource: counts.attachmentsource * parts(attachmentsource),
    small: counts.small * parts(small),
    medium: counts.medium * parts(medium),
    large: counts.large * parts(large),
    sms: counts.sms * parts(sms),
  };
}

function figuresOf({ attachmentsource, small, medium, large, sms }: UsageCounts): UsageRates {
  const datasource = { small: figure(small), medium: figure(medium), large: figure(large) };
  return { attachmentsource: figure(attachmentsource), datasource, sms: figure(sms) };
}

function sum(all: readonly Parts[]): Parts {
  return all.reduce((total, one) => total + one, 0);
}
