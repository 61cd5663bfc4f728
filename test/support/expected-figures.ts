/** What an owner's figures must be, counted from plain rows by the published definitions and by none of the product's code. */
export interface PlainAccount {
  readonly id: string;
  readonly connector_id: string;
  readonly native_key: string;
  readonly owner_id: string | null;
  readonly email_key: string | null;
  readonly disabled: boolean;
  readonly deleted_at: Date | null;
  readonly created_at: Date;
  readonly source_created_at: Date | null;
  readonly last_login_at: Date | null;
  readonly password_last_set_at: Date | null;
  readonly failed_logins: number;
  readonly failed_logins_at: Date | null;
  readonly mfa_enabled: boolean | null;
  readonly password_enabled: boolean;
  readonly privileged: boolean;
  readonly vaulted: boolean;
  readonly shared: boolean;
  readonly breached: boolean;
  readonly in_privileged_group: boolean;
  readonly in_highly_privileged_group: boolean;
  readonly has_highly_privileged_role: boolean;
  readonly group_deviation: boolean;
  readonly entitlement_count: number;
}

export interface PlainOwner {
  readonly id: string;
  readonly email_key: string | null;
  readonly alt_email_key: string | null;
  readonly status: string;
  readonly end_date: string | null;
}

const dayMs = 24 * 3_600_000;
const hourMs = 3_600_000;
const ages = [90, 180, 365];

type Figures = Record<string, number>;
export type Expected = Readonly<Record<string, number | string | null>>;

export function expectedFigures(owner: PlainOwner, live: readonly PlainAccount[], now: Date): Expected {
  const own = live.filter((account) => account.owner_id === owner.id);
  const enabled = own.filter((account) => !account.disabled);
  const count = (rule: (account: PlainAccount) => boolean) => enabled.filter(rule).length;
  const addresses = [owner.email_key, owner.alt_email_key].filter((key) => key !== null);
  const hasLeft = owner.status === 'inactive' || (owner.end_date !== null && owner.end_date < dayOf(now));
  const old = (since: Date | null, days: number) => since !== null && since.getTime() + days * dayMs <= now.getTime();
  const figures: Figures = {
    total_accounts: own.length,
    active_accounts: enabled.length,
    disabled_accounts: own.length - enabled.length,
    breached_accounts: count((a) => a.breached),
    accounts_without_mfa: count((a) => a.mfa_enabled === false),
    privileged_accounts_not_vaulted: count((a) => isPrivileged(a) && !a.vaulted),
    shared_accounts: count((a) => a.shared),
    inactive_owners_enabled_accounts: hasLeft ? enabled.length : 0,
    failed_logins_in_hour: count((a) => lapseOf(a) > now.getTime()),
    accounts_with_password_never: count((a) => a.password_enabled && a.password_last_set_at === null),
    all_privileged_groups: count((a) => a.in_privileged_group || a.in_highly_privileged_group),
    highly_privileged_groups: count((a) => a.in_highly_privileged_group),
    highly_privileged_roles: count((a) => a.has_highly_privileged_role),
    account_group_deviation: count((a) => a.group_deviation),
    accounts_no_owner: live.filter((a) => a.owner_id === null && addresses.includes(a.email_key ?? '')).length,
  };
  for (const days of ages) {
    figures[`not_used_${days}`] = count((a) => old(lastUse(a), days));
    figures[`accounts_with_password_${days}`] = count((a) => a.password_enabled && old(a.password_last_set_at, days));
  }
  const total_threat = threatOf(figures);
  const risk_level = ['low', 'medium', 'high', 'critical'][Math.min(3, Math.floor(total_threat / 25))]!;
  return { ...figures, total_threat, risk_level, next_change_at: nextChange(owner, enabled, hasLeft, now) };
}

const lastUse = (a: PlainAccount) => a.last_login_at ?? a.source_created_at ?? a.created_at;
const isPrivileged = (a: PlainAccount) =>
  a.privileged || a.in_privileged_group || a.in_highly_privileged_group || a.has_highly_privileged_role;

/** Until when its failed logins count; the beginning of time where they do not. */
function lapseOf(a: PlainAccount): number {
  return a.failed_logins >= 10 && a.failed_logins_at ? a.failed_logins_at.getTime() + hourMs : 0;
}

function dayOf(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}

/** What follows from a login dated to the year 9999 has no urgency. */
const lastYear = Date.UTC(9999, 0, 1);

function nextChange(owner: PlainOwner, enabled: readonly PlainAccount[], hasLeft: boolean, now: Date): string | null {
  const instants = enabled.flatMap((a) => [
    ...ages.map((days) => lastUse(a).getTime() + days * dayMs),
    ...(a.password_enabled && a.password_last_set_at
      ? ages.map((days) => a.password_last_set_at!.getTime() + days * dayMs)
      : []),
    lapseOf(a),
  ]);
  if (owner.end_date !== null && enabled.length > 0 && !hasLeft) instants.push(Date.parse(owner.end_date) + dayMs);
  const ahead = instants.filter((instant) => instant > now.getTime() && instant < lastYear);
  return ahead.length === 0 ? null : new Date(Math.min(...ahead)).toISOString();
}

const weights: Figures = {
  inactive_owners_enabled_accounts: 35,
  breached_accounts: 30,
  accounts_without_mfa: 24,
  privileged_accounts_not_vaulted: 20,
  failed_logins_in_hour: 15,
  shared_accounts: 10,
  not_used_90: 10,
  not_used_180: 5,
  not_used_365: 5,
  accounts_with_password_90: 8,
  accounts_with_password_180: 5,
  accounts_with_password_365: 5,
  accounts_with_password_never: 8,
  highly_privileged_roles: 8,
  all_privileged_groups: 4,
  highly_privileged_groups: 6,
  account_group_deviation: 5,
  accounts_no_owner: 5,
};

function threatOf(figures: Figures): number {
  const { total_accounts: total = 0, active_accounts: active = 0, accounts_no_owner: unowned = 0 } = figures;
  let sum = 0;
  for (const [name, weight] of Object.entries(weights)) {
    const counted = figures[name] ?? 0;
    const among = Math.max(1, name === 'accounts_no_owner' ? total + unowned : active);
    if (counted > 0) sum += weight * (0.5 + 0.5 * Math.min(1, counted / among));
  }
  return Math.min(100, Math.floor(Number(sum.toFixed(6)) + 0.5));
}

/** Enabled accounts with three standard deviations more entitlements than the mean of at least thirty. */
export function deviating(accounts: readonly PlainAccount[]): Set<string> {
  const enabled = accounts.filter((a) => !a.disabled);
  const mean = enabled.reduce((sum, a) => sum + a.entitlement_count, 0) / enabled.length;
  const variance = enabled.reduce((sum, a) => sum + (a.entitlement_count - mean) ** 2, 0) / enabled.length;
  if (enabled.length < 30 || variance === 0) return new Set();
  return new Set(enabled.filter((a) => a.entitlement_count - mean >= 3 * Math.sqrt(variance)).map(({ id }) => id));
}
