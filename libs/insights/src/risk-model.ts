import type { FigureName, OwnerFigures } from './owner-figures.js';
import { riskCategories, type RiskCategory, severities, type Severity } from './risk-categories.js';

export interface RiskFactor {
  readonly category: string;
  readonly affectedAccounts: number;
  readonly severity: Severity;
  readonly points: number;
  readonly description: string;
  readonly recommendation: string;
}

export interface RiskAssessment {
  /** A whole number from 0 to 100. */
  readonly score: number;
  readonly level: Severity;
  /** What the factors add up to, before it is rounded to the score, and perhaps above 100. */
  readonly points: number;
  readonly factors: readonly RiskFactor[];
}

/** Judges an owner by his figures alone, so that anyone can recompute it from what the statistics show. */
export function assess(figures: OwnerFigures): RiskAssessment {
  const judged = riskCategories.map((category) => factorOf(category, figures));
  // Of what was not rounded yet: thirds of three factors may be a half together.
  const points = rounded(riskCategories.reduce((total, { weights }) => total + sumOf(weights, figures), 0));
  const score = Math.min(100, Math.floor(points + 0.5));
  const factors = judged.filter(({ affectedAccounts }) => affectedAccounts > 0);
  return { score, level: levelOf(score), points, factors: factors.toSorted((a, b) => b.points - a.points) };
}

function factorOf(
  { category, weights, affected, floor, description, recommendation }: RiskCategory,
  figures: OwnerFigures,
): RiskFactor {
  const points = rounded(sumOf(weights, figures));
  const affectedAccounts = affected.reduce((sum, name) => sum + figures[name], 0);
  const severity = worse(severityOf(points), floor);
  return { category, affectedAccounts, severity, points, description, recommendation };
}

function sumOf(weights: RiskCategory['weights'], figures: OwnerFigures): number {
  const names = Object.keys(weights) as FigureName[];
  return names.reduce((sum, name) => sum + pointsOf(name, weights[name]!, figures), 0);
}

export function pointsOf(name: FigureName, weight: number, figures: OwnerFigures): number {
  return weight * share(name, figures);
}

/** Half for being there at all, half for how much of the whole it is. */
function share(name: FigureName, figures: OwnerFigures): number {
  const count = figures[name];
  if (count === 0) return 0;
  const among =
    name === 'accounts_no_owner' ? figures.total_accounts + figures.accounts_no_owner : figures.active_accounts;
  return 0.5 + 0.5 * Math.min(1, count / Math.max(1, among));
}

/** Six decimals, so that binary fractions never decide on which side of a border a sum falls. */
export function rounded(sum: number): number {
  return Math.round(sum * 1_000_000) / 1_000_000;
}

function levelOf(score: number): Severity {
  return graded(score, [25, 50, 75]);
}

function severityOf(points: number): Severity {
  return graded(points, [10, 20, 30]);
}

function graded(value: number, borders: readonly number[]): Severity {
  return severities[borders.filter((border) => value >= border).length]!;
}

function worse(one: Severity, other: Severity): Severity {
  return severities[Math.max(severities.indexOf(one), severities.indexOf(other))]!;
}
