import { Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import { InvalidError, isId, NotFoundError } from '@app/kernel';
import { Database } from '@app/persistence';
import type { FigureName, OwnerFigures } from './owner-figures.js';
import { riskCategories, type RiskCategory } from './risk-categories.js';
import { assess, pointsOf, type RiskAssessment, type RiskFactor, rounded } from './risk-model.js';
import {
  type CountedScenario,
  countScenarios,
  type ScenarioRemedy,
  scenariosValue,
  type TrippingAccount,
} from './risk-scenarios.js';
import type { Remedy } from './remedies.js';

/** What of a factor comes from one counter. */
interface FactorFigure {
  readonly name: FigureName;
  readonly count: number;
  readonly weight: number;
  readonly points: number;
}

interface FactorRemedy {
  readonly action: Remedy;
  readonly accountIds: readonly string[];
  /** Below zero where the rest then weighs more than was taken away. */
  readonly pointsSaved: number;
  readonly scoreAfter: number;
}

export interface ExplainedFactor extends RiskFactor {
  readonly figures: readonly FactorFigure[];
  readonly accountIds: readonly string[];
  readonly controls: readonly string[];
  readonly remedy: FactorRemedy;
}

export interface ExplainedRisk extends RiskAssessment {
  readonly factors: readonly ExplainedFactor[];
}

/** What somebody thinks of doing about a factor. */
export interface PlannedRemedy {
  readonly category: RiskCategory;
  /** Only to these accounts, each with how a refusal names it; to all behind the factor where it is absent. */
  readonly accounts?: readonly { readonly id: string; readonly field: string }[] | undefined;
}

/** Categories by their published names. */
export const riskCategoryNames = riskCategories.map(({ category }) => category);

const asIs = 0;
const mostRefused = 20;
/** Points are rounded, so what differs by less than this for an account is the same. */
const tie = 0.000_01;

/** The figures of which the accounts are looked at together: of each counter, and all of the factor. */
const candidates = riskCategories
  .flatMap(({ category, weights, affected, remedy }) => {
    const alone = (Object.keys(weights) as FigureName[]).map((name) => [name]);
    const together = affected.length > 1 ? [affected] : [];
    return [...alone, ...together].map((figures) => ({ category, remedy, figures, accountIds: null }));
  })
  .map((candidate, i) => ({ ...candidate, scenario: i + 1 }));

/** Why an owner is as risky as he is, and what would change it. Nothing is written. */
@Injectable()
export class RiskService {
  constructor(private readonly database: Database) {}

  /** Each factor with what it is made of and its cheapest remedy: which lowers the points most for an account touched. */
  async explain(caller: Caller, ownerId: string, now = new Date()): Promise<ExplainedRisk> {
    const { figures, accounts, after } = await this.count(caller, ownerId, candidates, now);
    const risk = assess(figures);
    const outcomes = new Map([...after].map(([scenario, counted]) => [scenario, assess(counted)]));
    const factors = risk.factors.map((factor) => ({
      ...factor,
      ...explained(categoryOf(factor.category), figures, accounts),
      remedy: cheapest(factor.category, risk, accounts, outcomes),
    }));
    return { ...risk, factors };
  }

  /** The assessment as it is and as it would be after all the remedies together. */
  async whatIf(caller: Caller, ownerId: string, remedies: readonly PlannedRemedy[], now = new Date()) {
    const scenario = remedies.map(({ category: { remedy, affected }, accounts: named }) => {
      const ids = named?.map(({ id }) => id) ?? null;
      return { scenario: 1, remedy, figures: affected, accountIds: ids };
    });
    const { figures, accounts, after } = await this.count(caller, ownerId, scenario, now);
    requireBehind(remedies, accounts);
    return { before: assess(figures), after: assess(after.get(1) ?? figures) };
  }

  private async count(caller: Caller, ownerId: string, scenarios: readonly ScenarioRemedy[], now: Date) {
    const values = [ownerId, now.toISOString(), scenariosValue(scenarios)];
    const rows = isId(ownerId) ? await this.database.query(caller, countScenarios, values) : [];
    const figures = rows.find(({ scenario }) => scenario === asIs);
    if (!figures) throw new NotFoundError('owner');
    const after = new Map<number, CountedScenario>(rows.map((row) => [row.scenario, row]));
    return { figures, accounts: figures.accounts ?? [], after };
  }
}

export function findRiskCategory(name: string): RiskCategory | undefined {
  const wanted = name.toLowerCase();
  return riskCategories.find(({ category }) => category.toLowerCase() === wanted);
}

function categoryOf(name: string): RiskCategory {
  return riskCategories.find(({ category }) => category === name)!;
}

function explained({ weights, affected, controls }: RiskCategory, figures: OwnerFigures, accounts: Accounts) {
  const names = Object.keys(weights) as FigureName[];
  const parts = names.map((name): FactorFigure => {
    const weight = weights[name]!;
    return { name, count: figures[name], weight, points: rounded(pointsOf(name, weight, figures)) };
  });
  return { figures: parts, accountIds: behind(affected, accounts), controls };
}

type Accounts = readonly TrippingAccount[];

function behind(figures: readonly FigureName[], accounts: Accounts): string[] {
  return accounts.filter(({ tripped }) => tripped.some((name) => figures.includes(name))).map(({ id }) => id);
}

function cheapest(
  factor: string,
  before: RiskAssessment,
  accounts: Accounts,
  outcomes: ReadonlyMap<number, RiskAssessment>,
): FactorRemedy {
  const found = candidates.flatMap(({ category, remedy, figures, scenario }) => {
    const after = category === factor ? outcomes.get(scenario) : undefined;
    if (!after) return [];
    const pointsSaved = rounded(before.points - after.points);
    return [{ action: remedy, accountIds: behind(figures, accounts), pointsSaved, scoreAfter: after.score }];
  });
  const perAccount = ({ pointsSaved, accountIds }: FactorRemedy) => pointsSaved / accountIds.length;
  return found
    .toSorted((a, b) => a.accountIds.length - b.accountIds.length)
    .reduce((best, one) => (perAccount(one) > perAccount(best) + tie ? one : best));
}

function requireBehind(remedies: readonly PlannedRemedy[], accounts: Accounts): void {
  const details = remedies.flatMap(({ category: { category, affected }, accounts: named = [] }) => {
    const known = new Set(behind(affected, accounts));
    const strange = named.filter(({ id }) => !known.has(id));
    return strange.map(({ field }) => ({ field, message: `${field} is no account behind ${category} of this owner.` }));
  });
  if (details.length === 0) return;
  throw new InvalidError(details[0]!.message, details.slice(0, mostRefused));
}
