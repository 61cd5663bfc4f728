import { type Look, statement } from '@app/persistence';
import { figureNames, type OwnerFigures } from './owner-figures.js';
import type { ReportSource } from './report-source.js';
import type { Severity } from './risk-categories.js';
import { assess } from './risk-model.js';

/** An owner with a score. */
export interface RiskiestOwnerRow {
  readonly owner_id: string;
  readonly owner_name: string;
  readonly owner_email: string | null;
  readonly department: string | null;
  readonly manager_name: string | null;
  readonly total_threat: number;
  readonly risk_level: Severity;
  /** The category with the most points. */
  readonly top_factor: string | null;
  readonly total_accounts: number;
  readonly active_accounts: number;
}

type CountedOwner = Omit<RiskiestOwnerRow, 'top_factor'> & OwnerFigures;

/** All are sorted, so only what sorts them is looked at; the rest is fetched for each piece. */
const inOrder = statement<{ id: string }>(
  undefined,
  `select o.id from owner_statistics s
     join owner o on o.organization_id = $1 and o.id = s.owner_id and o.deleted_at is null
    where s.organization_id = $1 and s.total_threat > 0
    order by s.total_threat desc, o.name_key, o.id`,
);

const byIds = statement<CountedOwner>(
  undefined,
  `select o.id as owner_id, o.name as owner_name, o.email as owner_email, o.department, m.name as manager_name,
     s.total_threat, s.risk_level, ${figureNames.map((name) => `s.${name}`).join(', ')}
     from unnest($2::uuid[]) with ordinality as wanted (id, place)
     join owner o on o.organization_id = $1 and o.id = wanted.id
     join owner_statistics s on s.organization_id = $1 and s.owner_id = wanted.id
     left join owner m on m.organization_id = $1 and m.id = o.manager_id and m.deleted_at is null
    order by wanted.place`,
);

/** The highest score first. Figures that time has changed are counted anew before. */
export async function* riskiestOwners(source: ReportSource): AsyncGenerator<RiskiestOwnerRow[]> {
  const { database, insights, caller, now } = source;
  await insights.refreshDueOf(caller, now);
  yield* database.streamWhole(caller, inOrder, [], rowsOf);
}

async function rowsOf(owners: readonly { readonly id: string }[], look: Look): Promise<RiskiestOwnerRow[]> {
  const rows = await look(byIds, [owners.map(({ id }) => id)]);
  return rows.map((row) => ({ ...row, top_factor: assess(row).factors[0]?.category ?? null }));
}
