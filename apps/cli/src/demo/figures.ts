import type { Api } from './api.js';
import { inParallel } from './in-parallel.js';
import type { OwnerAtRisk, SystemTotals } from './tables.js';
import type { System } from './systems.js';

interface OwnerSummary {
  readonly id: string;
  readonly name: string;
  readonly department: string | null;
  readonly owner_type: string;
}

interface OwnerPage {
  readonly owners: readonly OwnerSummary[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

interface RiskAssessment {
  readonly overall_risk_score: number;
  readonly risk_level: string;
  readonly risk_factors: readonly { readonly category: string; readonly affected_accounts: number }[];
}

/** Every owner with the assessment the server has of them. */
export async function ownersAtRisk(api: Api): Promise<OwnerAtRisk[]> {
  return inParallel(await allOwners(api), async ({ id, name, department, owner_type }) => {
    const risk = await api.get<RiskAssessment>(`/api/v1/owners/${id}/risk-assessment`);
    return {
      name,
      place: department ?? owner_type,
      score: risk.overall_risk_score,
      level: risk.risk_level,
      why: risk.risk_factors.map(({ category, affected_accounts }) => ({ category, accounts: affected_accounts })),
    };
  });
}

export async function totalsOf(systems: readonly System[], api: Api): Promise<SystemTotals[]> {
  return inParallel(systems, async ({ name, connectorId }) => {
    const here = `sourceId eq "${connectorId}"`;
    const count = (filters: string) => api.count(`/accounts?limit=0&count=true&filters=${encodeURIComponent(filters)}`);
    return { name, accounts: await count(here), orphans: await count(`${here} and uncorrelated eq true`) };
  });
}

async function allOwners(api: Api): Promise<OwnerSummary[]> {
  const owners: OwnerSummary[] = [];
  for (let after: string | null = ''; after !== null;) {
    const cursor: string = after === '' ? '' : `&after=${encodeURIComponent(after)}`;
    const page: OwnerPage = await api.get(`/api/v1/owners?first=250${cursor}`);
    owners.push(...page.owners);
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  }
  return owners;
}
