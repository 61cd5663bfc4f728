import { now } from './owner-counters.js';

/** What each remedy makes of an account: columns, and what they are then. `$2` is the owner who is looked at. */
const effects = {
  disable: { disabled: 'true' },
  reset_credentials: { breached: 'false', password_last_set_at: now },
  enable_mfa: { mfa_enabled: 'true' },
  vault: { vaulted: 'true' },
  end_failed_logins: { failed_logins: '0' },
  end_sharing: { shared: 'false' },
  set_password: { password_last_set_at: now },
  remove_roles: { has_highly_privileged_role: 'false' },
  remove_groups: { in_privileged_group: 'false', in_highly_privileged_group: 'false' },
  align_groups: { group_deviation: 'false' },
  assign_owner: { owner_id: '$2' },
} as const;

export type Remedy = keyof typeof effects;
export const remedyNames = Object.keys(effects) as Remedy[];

/** One number for a remedy of a scenario. */
export function remedyCode(scenario: number, remedy: Remedy): number {
  return scenario * remedyNames.length + remedyNames.indexOf(remedy);
}

export const scenarioOfCode = (code: string): string => `${code} / ${remedyNames.length}`;

/** The column of an account `h` in the scenario `c`, where `h.touched` has the codes of all remedies that are for it. */
export function remedied(column: string): string {
  const changes = Object.entries<Readonly<Record<string, string>>>(effects).filter(([, effect]) => column in effect);
  const [first] = changes;
  if (!first) return `h.${column}`;
  const names = changes.map(([name]) => remedyNames.indexOf(name as Remedy));
  const touched = names.map((at) => `c.scenario * ${remedyNames.length} + ${at} = any(h.touched)`).join(' or ');
  return `case when ${touched} then ${first[1][column]} else h.${column} end as ${column}`;
}
