import { type RulesTrial, trialGroups, type TrialSample } from '@app/accounts';

export function presentRulesTrial(connectorId: string, trial: RulesTrial) {
  const { rules, accounts, counts, unchanged, samples, unmapped } = trial;
  return {
    connectorId,
    correlationRules: rules.map(({ account, owner }) => ({ account, owner })),
    accounts,
    kept: counts.kept,
    wouldLink: counts.wouldLink,
    wouldChange: counts.wouldChange,
    wouldRelease: counts.wouldRelease,
    unchanged,
    ambiguous: counts.ambiguous,
    unmatched: counts.unmatched,
    notes: unmapped.map(
      (field) => `No column of the connector is mapped to ${field}: a rule that compares it finds nobody.`,
    ),
    samples: Object.fromEntries(trialGroups.map((group) => [group, samples[group].map(presentSample)])),
  };
}

function presentSample({ account: { id, name, nativeIdentity }, owner, wouldBe }: TrialSample) {
  return {
    account: { id, name, nativeIdentity },
    currentOwner: owner && { id: owner.id, name: owner.name },
    wouldBeOwner: wouldBe && { id: wouldBe.id, name: wouldBe.name },
  };
}
