import { fieldsOf, PolicyError } from './policies.js';

/** What one of each is counted as. */
export interface UsageRates {
  /** A connector that is fed with files. */
  readonly attachmentsource: number;
  /** Any other connector, by how many accounts it has. */
  readonly datasource: { readonly small: number; readonly medium: number; readonly large: number };
  /** A text message. */
  readonly sms: number;
}

/** What an organization and those it manages may use together, unless a figure of its own is stored with it. */
export interface UsageLimits {
  readonly source: number;
  readonly sms: number;
}

const most = 10_000;

/** Exact in ten-thousandths, which is what everything is added up in. */
const figure = (value: unknown): number => {
  const exact = typeof value === 'number' && Math.round(value * 10_000) / 10_000 === value;
  if (exact && value >= 0 && value <= most) return value;
  throw new PolicyError(`a number from 0 to ${most} with at most 4 decimals`);
};

export function readUsageRates(text: string | undefined): UsageRates {
  const { small, medium, large, ...rates } = fieldsOf(
    text,
    { attachmentsource: figure, small: figure, medium: figure, large: figure, sms: figure },
    { attachmentsource: 0.7, small: 0.3, medium: 0.7, large: 1, sms: 1 },
  );
  return { ...rates, datasource: { small, medium, large } };
}

export function readUsageLimits(text: string | undefined): UsageLimits {
  return fieldsOf(text, { source: figure, sms: figure }, { source: 50, sms: 250 });
}
