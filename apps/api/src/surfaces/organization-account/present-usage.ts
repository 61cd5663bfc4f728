import type { AccountUsage, Usage } from '@app/administration';
import type { UsageRates } from '@app/kernel';

export function presentUsage({ rates, total, accounts }: Usage) {
  const { source, sms } = total;
  return {
    rates: presentRates(rates),
    total: {
      source: { usage: source.usage, usageLimit: source.usageLimit },
      sms: { usage: sms.usage, usageLimit: sms.usageLimit },
    },
    accounts: accounts.map(presentAccountUsage),
  };
}

function presentAccountUsage({ id, name, accountType, usage }: AccountUsage) {
  return { _id: id, accountName: name, accountType, usage: presentRates(usage) };
}

function presentRates({ attachmentsource, datasource: { small, medium, large }, sms }: UsageRates) {
  return { attachmentsource, datasource: { small, medium, large }, sms };
}
