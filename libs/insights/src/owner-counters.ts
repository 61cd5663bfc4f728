import { posture } from '@app/accounts';
import { hasLeft } from './has-left.js';
import { type FigureName, figureNames } from './owner-figures.js';

/** An age is counted in days of 24 hours, whatever the calendar says. */
const agesInDays = [90, 180, 365] as const;
export const now = '$3::timestamptz';
/** When an account `a` was last used; one that never was counts from its creation. */
export const lastUse = `coalesce(a.last_login_at, ${posture.createdAt})`;
const personHasLeft = hasLeft('p', `(${now} at time zone 'UTC')::date`);
const passwordSet = '(case when a.password_enabled then a.password_last_set_at end)';

/** Figures that count own accounts, each by a rule of its own. */
export type OwnFigure = Exclude<FigureName, 'inactive_owners_enabled_accounts' | 'accounts_no_owner'>;

/** Which accounts `a` a figure counts at an instant. */
export function ownRules(at: string): Readonly<Record<OwnFigure, string>> {
  const old = (since: string, age: number) => `${since} <= ${at} - ${days(age)}`;
  const exposed = (rule: string) => `${posture.enabled} and ${rule}`;
  return {
    total_accounts: 'true',
    active_accounts: posture.enabled,
    disabled_accounts: 'a.disabled',
    breached_accounts: exposed('a.breached'),
    accounts_without_mfa: exposed('a.mfa_enabled = false'),
    privileged_accounts_not_vaulted: exposed(`${posture.privileged} and not a.vaulted`),
    shared_accounts: exposed('a.shared'),
    not_used_90: exposed(old(lastUse, 90)),
    not_used_180: exposed(old(lastUse, 180)),
    not_used_365: exposed(old(lastUse, 365)),
    failed_logins_in_hour: exposed(`${posture.failedLogins(at)} >= 10`),
    accounts_with_password_never: exposed('a.password_enabled and a.password_last_set_at is null'),
    accounts_with_password_90: exposed(old(passwordSet, 90)),
    accounts_with_password_180: exposed(old(passwordSet, 180)),
    accounts_with_password_365: exposed(old(passwordSet, 365)),
    all_privileged_groups: exposed(posture.inPrivilegedGroup),
    highly_privileged_groups: exposed('a.in_highly_privileged_group'),
    highly_privileged_roles: exposed('a.has_highly_privileged_role'),
    account_group_deviation: exposed('a.group_deviation'),
  };
}

/** Own accounts of the person `p` alone, the owner `$2`. */
export const isOwn = 'a.owner_id = $2';
/** Accounts of nobody with an address of the person `p`. */
export const isLookalike = 'a.owner_id is null and a.email_key in (p.email_key, p.alt_email_key)';
/** Of whom has left, every account that could still be used. */
export const isLeft = `${posture.enabled} and ${personHasLeft}`;

/**
 * Common table expressions that count everything the owners `$2` are judged by at the instant `$3`: `person` (live
 * owners and null for others), `own` and `lookalike`. Both sides of each join are sets made from `$2`, so that the work
 * stays linear even on tables too new to have planner statistics.
 */
export const counterTables = `
  person as materialized (
    select wanted.id as wanted_id, o.id, o.email_key, o.alt_email_key, o.status, o.end_date from unnest($2::uuid[]) as wanted (id)
      left join owner o on o.organization_id = $1 and o.id = wanted.id and o.deleted_at is null),
  own as (
    select a.owner_id, ${ownCounters()}, ${nextOfAccounts()} as next_of_accounts
      from account a
     where a.organization_id = $1 and a.owner_id = any($2::uuid[]) and a.deleted_at is null
     group by a.owner_id),
  address as materialized (
    select p.wanted_id, p.email_key from person p where p.email_key is not null
     union select p.wanted_id, p.alt_email_key from person p where p.alt_email_key is not null),
  orphan as materialized (
    select a.email_key, count(*) as accounts from account a
     where a.organization_id = $1 and a.owner_id is null and a.deleted_at is null
       and a.email_key = any(array(select address.email_key from address))
     group by a.email_key),
  lookalike as (
    select address.wanted_id, sum(orphan.accounts)::int as accounts_no_owner
      from address join orphan on orphan.email_key = address.email_key
     group by address.wanted_id)`;

/** What the counted columns are selected from. */
export const countedPersons = `person p
    left join own on own.owner_id = p.wanted_id
    left join lookalike on lookalike.wanted_id = p.wanted_id`;

/** The accounts `a` that there are. */
export const liveAccounts = { from: 'account a', where: 'a.organization_id = $1 and a.deleted_at is null' } as const;

/**
 * The same for the one owner `$2`, if he lives: a plan for a set of owners has three times the steps, and preparing
 * them costs more than counting the accounts of one. The accounts may be others than there are.
 */
export function countedPerson({ from, where }: { readonly from: string; readonly where: string }): string {
  return `owner p
    cross join lateral (
      select ${ownCounters()}, ${nextOfAccounts()} as next_of_accounts from ${from} where ${where} and ${isOwn}) own
    cross join lateral (
      select count(*)::int as accounts_no_owner from ${from} where ${where} and ${isLookalike}) lookalike`;
}
export const isCountedPerson = 'p.organization_id = $1 and p.id = $2 and p.deleted_at is null';

/** The figures by name, and `next_change_at`. */
export const counterColumns = [...figureNames.map((name) => `${figure(name)} as ${name}`), nextChange()].join(', ');

function figure(name: FigureName): string {
  if (name === 'accounts_no_owner') return 'coalesce(lookalike.accounts_no_owner, 0)';
  if (name === 'inactive_owners_enabled_accounts')
    return `case when ${personHasLeft} then coalesce(own.active_accounts, 0) else 0 end`;
  return `coalesce(own.${name}, 0)`;
}

function days(count: number): string {
  return `interval '${count * 24} hours'`;
}

function ownCounters(): string {
  return Object.entries(ownRules(now))
    .map(([name, rule]) => `(count(*) filter (where ${rule}))::int as ${name}`)
    .join(', ');
}

/** The earliest instant ahead at which an enabled account grows older than a border, or its failed logins lapse. */
function nextOfAccounts(): string {
  const crossings = [lastUse, passwordSet].flatMap((since) => agesInDays.map((age) => `${since} + ${days(age)}`));
  const ahead = crossings.map((instant) => `case when ${instant} > ${now} then ${instant} end`);
  const lapse = `case when ${posture.failedLogins(now)} >= 10 then ${posture.failedLoginsUntil} end`;
  return `min(least(${[...ahead, lapse].join(', ')})) filter (where ${posture.enabled})`;
}

/**
 * Only an owner with enabled accounts, still active, has anything to lose by his end date. A source may date a login to
 * the year 9999: what follows from that has no printable year, and no urgency.
 */
function nextChange(): string {
  const leaves = `case when own.active_accounts > 0 and not ${personHasLeft}
    then (p.end_date + 1)::timestamp at time zone 'UTC' end`;
  const next = `least(own.next_of_accounts, ${leaves})`;
  return `case when ${next} < timestamptz '9999-01-01 00:00:00+00' then ${next} end as next_change_at`;
}
