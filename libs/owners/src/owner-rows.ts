export type OwnerType = 'human' | 'service' | 'federated';
export type OwnerStatus = 'active' | 'inactive';

/** What lists show of an owner. */
export interface OwnerSummary {
  readonly id: string;
  readonly name: string;
  readonly email: string | null;
  readonly department: string | null;
  readonly title: string | null;
  readonly owner_type: OwnerType;
  readonly status: OwnerStatus;
  readonly created_at: string;
}

/** The complete owner. */
export interface OwnerRecord extends OwnerSummary {
  readonly alt_email: string | null;
  readonly location: string | null;
  readonly employment_type: string | null;
  readonly manager_id: string | null;
  /** Id of the person at the authoritative source. */
  readonly identity_id: string | null;
  readonly mobile_phone: string | null;
  readonly phone: string | null;
  readonly start_date: string | null;
  readonly end_date: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The authoritative connector the owner came from. */
  readonly source_id: string | null;
  readonly updated_at: string;
}

const summary = ['id', 'name', 'email', 'department', 'title', 'owner_type', 'status', 'created_at'];
const rest = ['alt_email', 'location', 'employment_type', 'manager_id', 'identity_id', 'mobile_phone', 'phone'];
const end = ['start_date', 'end_date', 'metadata', 'updated_at'];

export function summaryColumns(alias: string): string {
  return columns(alias, summary);
}

export function recordColumns(alias: string): string {
  return `${columns(alias, [...summary, ...rest, ...end])}, ${alias}.connector_id as source_id`;
}

function columns(alias: string, names: readonly string[]): string {
  return names.map((name) => `${alias}.${name}`).join(', ');
}
