import { statement } from '@app/persistence';
import { counterColumns, countedPerson, isCountedPerson, liveAccounts } from './owner-counters.js';
import { figureNames } from './owner-figures.js';
import type { CountedOwner } from './owner-statistics.js';

/** The owner's own fields that are shown with his figures. */
export interface OwnerIdentity {
  readonly owner_id: string;
  readonly name: string;
  readonly email: string | null;
  readonly alt_email: string | null;
  readonly department: string | null;
  readonly title: string | null;
  readonly location: string | null;
  readonly manager_name: string | null;
  readonly owner_type: 'human' | 'service' | 'federated';
  readonly employment_type: string | null;
  readonly status: 'active' | 'inactive';
  readonly identity_id: string | null;
  readonly mobile_phone: string | null;
  readonly phone: string | null;
  readonly start_date: string | null;
  readonly end_date: string | null;
}

export interface StoredStatistics {
  /** The stored row but its instants, or null when there is none. */
  readonly stored: Readonly<Record<string, unknown>> | null;
  readonly stored_next_change_at: string | null;
}

const ownFields = [
  'name',
  'email',
  'alt_email',
  'department',
  'title',
  'location',
  'owner_type',
  'employment_type',
  'status',
  'identity_id',
  'mobile_phone',
  'phone',
  'start_date',
  'end_date',
] as const;

const identity = `p.id as owner_id, m.name as manager_name, ${ownFields.map((name) => `p.${name}`).join(', ')}`;

/** Counted now, with the stored row beside it; `$2` is the owner's id. */
export const liveStatistics = statement<OwnerIdentity & CountedOwner & StoredStatistics>(
  'insights.live-statistics',
  `select ${identity}, ${counterColumns}, to_jsonb(s) as stored, s.next_change_at as stored_next_change_at
     from ${countedPerson(liveAccounts)}
     left join owner m on m.organization_id = $1 and m.id = p.manager_id and m.deleted_at is null
     left join owner_statistics s on s.organization_id = $1 and s.owner_id = p.id
    where ${isCountedPerson}`,
);

/** Whether the stored row says what was just counted. */
export function agrees(
  row: CountedOwner & StoredStatistics,
  judged: { readonly total_threat: number; readonly risk_level: string; readonly risk_model_version: number },
): boolean {
  const { stored } = row;
  if (stored === null || row.next_change_at !== row.stored_next_change_at) return false;
  return (
    figureNames.every((name) => stored[name] === row[name]) &&
    Object.entries(judged).every(([name, value]) => stored[name] === value)
  );
}

/** The identity fields of a wider row, alone. */
export function identityOf(row: OwnerIdentity): OwnerIdentity {
  const names = ['owner_id', 'manager_name', ...ownFields] as const;
  return Object.fromEntries(names.map((name) => [name, row[name]])) as unknown as OwnerIdentity;
}
