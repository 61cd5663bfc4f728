import { statement } from '@app/persistence';
import {
  counterColumns,
  countedPerson,
  isCountedPerson,
  isLeft,
  isLookalike,
  isOwn,
  liveAccounts,
  now,
  ownRules,
} from './owner-counters.js';
import type { FigureName, OwnerFigures } from './owner-figures.js';
import { type Remedy, remedied, remedyCode, scenarioOfCode } from './remedies.js';

/** One remedy for the accounts that trip one of the figures; of one scenario there may be several. */
export interface ScenarioRemedy {
  /** From 1. */
  readonly scenario: number;
  readonly remedy: Remedy;
  readonly figures: readonly FigureName[];
  /** Only these of them; null: all. */
  readonly accountIds: readonly string[] | null;
}

/** The scenarios as `countScenarios` takes them. Ids are keys, which are looked up faster than one after another. */
export function scenariosValue(remedies: readonly ScenarioRemedy[]): string {
  const asked = remedies.map(({ scenario, remedy, figures, accountIds }) => ({
    code: remedyCode(scenario, remedy),
    figures,
    account_ids: accountIds && Object.fromEntries(accountIds.map((id) => [id, true])),
  }));
  return JSON.stringify(asked);
}

/** An account that is counted in figures of the owner. */
export interface TrippingAccount {
  readonly id: string;
  readonly tripped: readonly FigureName[];
}

export interface CountedScenario extends OwnerFigures {
  /** 0 is how things are. */
  readonly scenario: number;
  /** All that there are, by their ids; with how things are alone. */
  readonly accounts: readonly TrippingAccount[] | null;
}

/** What the rules look at. A rule that asks for more is a statement the database refuses. */
const columns = [
  'owner_id',
  'email_key',
  'disabled',
  'created_at',
  'source_created_at',
  'last_login_at',
  'mfa_enabled',
  'password_enabled',
  'password_last_set_at',
  'privileged',
  'vaulted',
  'shared',
  'breached',
  'failed_logins',
  'failed_logins_at',
  'in_privileged_group',
  'in_highly_privileged_group',
  'has_highly_privileged_role',
  'group_deviation',
];

const rules: Readonly<Partial<Record<FigureName, string>>> = {
  ...ownRules(now),
  inactive_owners_enabled_accounts: isLeft,
};
const tripped = Object.entries(rules).map(([name, rule]) => `case when ${rule} then '${name}' end`);

const tripping = (which: string, figures: string) => `
  select a.id, ${columns.map((column) => `a.${column}`).join(', ')}, ${figures} as tripped
    from owner p join ${liveAccounts.from} on ${liveAccounts.where} and ${which} where ${isCountedPerson}`;

/** The accounts of a scenario `c`, as they are after its remedies. */
const after = { from: `(select ${columns.map(remedied).join(', ')} from held h) a`, where: 'true' };

/**
 * Counts the owner `$2` at `$3` as he is and after each scenario of `$4`, by the counters of the statistics: they take
 * the accounts as the remedies leave them. A scenario that touches no account is left out. Nothing is joined whose size
 * the planner has to guess: the work is that of the accounts times the scenarios.
 */
export const countScenarios = statement<CountedScenario>(
  'insights.risk-scenarios',
  `with asked as materialized (
     select q.* from jsonb_to_recordset($4::jsonb) as q (code int, figures text[], account_ids jsonb)),
   tripping as materialized (
     ${tripping(isOwn, `array_remove(array[${tripped.join(', ')}], null)`)}
     union all
     ${tripping(isLookalike, `array['accounts_no_owner']`)}),
   held as materialized (
     select h.*, array(
         select q.code from asked q
          where h.tripped && q.figures and (q.account_ids is null or q.account_ids ? h.id::text)) as touched
       from tripping h),
   counted (scenario) as (
     select 0 union select ${scenarioOfCode('t.code')} from held h cross join unnest(h.touched) as t (code))
   select c.scenario, ${counterColumns}, case when c.scenario = 0 then (
       select coalesce(jsonb_agg(jsonb_build_object('id', h.id, 'tripped', h.tripped) order by h.id), '[]') from held h
     ) end as accounts
     from counted c cross join ${countedPerson(after)}
    where ${isCountedPerson}
    order by c.scenario`,
);
