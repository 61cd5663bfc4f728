import type { ExplainedRisk, RiskAssessment } from '@app/insights';

export function presentRisk(risk: RiskAssessment) {
  return {
    overall_risk_score: risk.score,
    risk_level: risk.level,
    risk_factors: risk.factors.map(presentFactor),
    recommendations: risk.factors.map((factor) => factor.recommendation),
  };
}

/** The same, with what every factor is made of. */
export function presentExplainedRisk(risk: ExplainedRisk) {
  return {
    ...presentRisk(risk),
    points: risk.points,
    risk_factors: risk.factors.map((factor) => ({
      ...presentFactor(factor),
      points: factor.points,
      figures: factor.figures.map(({ name, count, weight, points }) => ({ name, count, weight, points })),
      account_ids: factor.accountIds,
      controls: factor.controls,
      remedy: {
        action: factor.remedy.action,
        account_ids: factor.remedy.accountIds,
        points_saved: factor.remedy.pointsSaved,
        score_after: factor.remedy.scoreAfter,
      },
    })),
  };
}

export function presentWhatIf({ before, after }: { readonly before: RiskAssessment; readonly after: RiskAssessment }) {
  return { ...presentRisk(after), overall_risk_score_before: before.score, risk_level_before: before.level };
}

function presentFactor({ category, affectedAccounts, severity, description }: RiskAssessment['factors'][number]) {
  return { category, affected_accounts: affectedAccounts, severity, description };
}
