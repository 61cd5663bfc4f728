import { fold, valuesOf } from './sample-company.js';
import type { Row, SampleAccount } from './sample-company.js';

const DAY = 86_400_000;

/** How much each kind of trouble weighs. A second writing of the published model on purpose: the sample must hold up whatever the server thinks. */
const WEIGHTS = {
  inactiveOwner: 35,
  breached: 30,
  withoutMfa: 24,
  privilegedNotVaulted: 20,
  failedLogins: 15,
  shared: 10,
  unused90: 10,
  unused180: 5,
  unused365: 5,
  password90: 8,
  password180: 5,
  password365: 5,
  passwordNever: 8,
  highlyPrivilegedRole: 8,
  privilegedGroup: 4,
  highlyPrivilegedGroup: 6,
};

type Trouble = keyof typeof WEIGHTS;

/** Everything of the model but group deviation, which needs the whole connector and weighs five points at most. */
export function riskOf(owner: Row, accounts: SampleAccount[], lookalikes: number, today: number): number {
  const enabled = accounts.filter(({ row }) => row['disabled'] !== 'true');
  const troubles = enabled.flatMap((account) => troublesOf(account, owner, today));
  const tally = Map.groupBy(troubles, (trouble) => trouble);

  const points = [...tally].map(([trouble, { length }]) => share(WEIGHTS[trouble], length, enabled.length));
  points.push(share(5, lookalikes, accounts.length + lookalikes));
  const sum = points.reduce((total, some) => total + some, 0);
  return Math.min(100, Math.floor(Number(sum.toFixed(6)) + 0.5));
}

/** Accounts of nobody that carry this owner's e-mail address. */
export function lookalikesOf(owner: Row, accounts: SampleAccount[]): SampleAccount[] {
  const addresses = [owner['email'], owner['altEmail']].filter(Boolean).map(fold);
  return accounts.filter(({ row, owner }) => !owner && row['email'] && addresses.includes(fold(row['email'])));
}

function share(weight: number, count: number, among: number): number {
  return count === 0 ? 0 : weight * (0.5 + 0.5 * Math.min(1, count / Math.max(1, among)));
}

function troublesOf(account: SampleAccount, owner: Row, today: number): Trouble[] {
  const { row, source } = account;
  const { highlyPrivilegedEntitlements: top, privilegedEntitlements: privileged } = source.connector.config;
  const days = (instant: string | undefined) => (instant ? (today - Date.parse(instant)) / DAY : -1);
  const idle = days(row['lastLoginAt'] || row['createdAt']);
  const usesPassword = row['passwordEnabled'] === 'true';
  const passwordAge = usesPassword ? days(row['passwordLastSetAt']) : -1;
  const holds = (target: string, list: string[]) => valuesOf(row, target).some((value) => list.includes(value));
  const ended = owner['endDate'] ? Date.parse(owner['endDate']) < today : false;

  const facts: Record<Trouble, boolean> = {
    inactiveOwner: owner['status'] === 'inactive' || ended,
    breached: row['breached'] === 'true',
    withoutMfa: row['mfaEnabled'] === 'false',
    privilegedNotVaulted: isPrivileged(account) && row['vaulted'] !== 'true',
    failedLogins: Number(row['failedLoginsLastHour'] ?? 0) >= 10,
    shared: row['shared'] === 'true',
    unused90: idle >= 90,
    unused180: idle >= 180,
    unused365: idle >= 365,
    password90: passwordAge >= 90,
    password180: passwordAge >= 180,
    password365: passwordAge >= 365,
    passwordNever: usesPassword && !row['passwordLastSetAt'],
    highlyPrivilegedRole: holds('roles', top) || holds('entitlements', top),
    privilegedGroup: holds('groups', privileged),
    highlyPrivilegedGroup: holds('groups', top),
  };
  return (Object.keys(facts) as Trouble[]).filter((trouble) => facts[trouble]);
}

export function isPrivileged({ row, source }: SampleAccount): boolean {
  const held = ['groups', 'roles', 'entitlements'].flatMap((target) => valuesOf(row, target));
  return (
    row['privileged'] === 'true' || held.some((value) => source.connector.config.privilegedEntitlements.includes(value))
  );
}
