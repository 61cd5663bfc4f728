import { Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import type { AccountTarget, ConnectorConfig, CorrelationRule } from '@app/connectors';
import { PreconditionError, InvalidError } from '@app/kernel';
import { Database, type Look, statement, streamLimits } from '@app/persistence';
import { appliedFields, type ComparedAccount, comparedColumns, isKept, keyOfField } from './compared-account.js';
import { matches, rulesValue } from './correlation-matches.js';

interface TrialOwner {
  readonly id: string;
  readonly name: string;
}

/** An account with whose it is and whose it would be. */
export interface TrialSample {
  readonly account: { readonly id: string; readonly name: string; readonly nativeIdentity: string };
  readonly owner: TrialOwner | null;
  readonly wouldBe: TrialOwner | null;
}

/** `kept`: a person, or the request that made the account, has said whose it is. The last two would be nobody's. */
export const trialGroups = ['kept', 'wouldLink', 'wouldChange', 'wouldRelease', 'ambiguous', 'unmatched'] as const;
type TrialGroup = (typeof trialGroups)[number];

export interface RulesTrial {
  readonly rules: readonly CorrelationRule[];
  readonly accounts: number;
  readonly unchanged: number;
  readonly counts: Readonly<Record<TrialGroup, number>>;
  readonly samples: Readonly<Record<TrialGroup, readonly TrialSample[]>>;
  /** Rules compare them, and no column of the connector is read into them: such a rule finds nobody. */
  readonly unmapped: readonly AccountTarget[];
}

interface TriedAccount extends ComparedAccount {
  readonly id: string;
  readonly owner_id: string | null;
  readonly correlation: 'none' | 'rule' | 'provisioning' | 'manual';
}

interface Verdict {
  readonly id: string;
  /** Whether a rule finds anybody, be it two. */
  readonly met: boolean;
  readonly then_id: string | null;
  readonly then_name: string | null;
  readonly now_name: string | null;
}

const appliedRules = statement<{ applied_rules: string | null }>(
  undefined,
  `select applied_rules from connector where organization_id = $1 and id = $2`,
);

const everyAccount = statement<TriedAccount>(
  undefined,
  `select a.id, a.owner_id, a.correlation, ${comparedColumns},
     case when $3::boolean then a.attributes else '{}' end as attributes
     from account a where a.organization_id = $1 and a.connector_id = $2 and a.deleted_at is null order by a.id`,
);

const tried = `jsonb_to_recordset($2::jsonb) as w(id uuid, now_id uuid, keys text[])`;
const judge = statement<Verdict>(
  undefined,
  `with ${matches(`select w.id, w.keys from ${tried}`, '$3')}
   select w.id, m.id is not null as met, m.owner_id as then_id, t.name as then_name, n.name as now_name
     from ${tried} left join matched m on m.id = w.id
     left join owner t on t.organization_id = $1 and t.id = m.owner_id
     left join owner n on n.organization_id = $1 and n.id = w.now_id`,
);

const atOnce = 2_000;
const mostSamples = 20;

/** Tells what correlation rules would make of the accounts a connector has. Nothing is written. */
@Injectable()
export class RulesTrials {
  constructor(private readonly database: Database) {}

  /** All of one moment, however many accounts there are; in pieces, so that only samples are held. */
  async run(
    caller: Caller,
    connector: { readonly id: string; readonly config: ConnectorConfig },
    rules: readonly CorrelationRule[] = connector.config.correlationRules,
  ): Promise<RulesTrial> {
    const { id, config } = connector;
    if (config.authoritative) {
      throw new PreconditionError(
        'Accounts of this connector belong to the people its rows are about, and go by no rules.',
      );
    }
    const [stored] = await this.database.query(caller, appliedRules, [id]);
    const reading = new Reading(config, stored?.applied_rules ?? null, rules);
    const tally = new Tally();
    const values = [id, rules.some(({ account }) => account.startsWith('attributes.'))];
    const limits = { ...streamLimits, rowsAtOnce: atOnce };
    const judged = this.database.streamWhole(caller, everyAccount, values, reading.judging, limits);
    for await (const verdicts of judged) for (const verdict of verdicts) tally.add(verdict);
    return { rules, ...tally.result, unmapped: reading.unmapped };
  }
}

/** What each rule compares of an account. */
class Reading {
  readonly unmapped: readonly AccountTarget[];
  private readonly applied: readonly AccountTarget[];
  private readonly value: string;

  constructor(
    config: ConnectorConfig,
    applied_rules: string | null,
    private readonly rules: readonly CorrelationRule[],
  ) {
    this.applied = appliedFields({ config, applied_rules });
    this.value = rulesValue({ ...config, correlationRules: rules });
    const mapped = new Set(Object.values(config.mapping));
    this.unmapped = [...new Set(rules.map(({ account }) => account))].filter((field) => !mapped.has(field));
    for (const [i, { account }] of rules.entries()) {
      if (this.unmapped.includes(account) || isKept(account, this.applied)) continue;
      const told = `${account} is not kept of accounts unless a rule in force compares it: try it with a dry run of a file.`;
      throw InvalidError.field(`correlationRules[${i}].account`, told);
    }
  }

  readonly judging = async (
    accounts: readonly TriedAccount[],
    look: Look,
  ): Promise<(readonly [TriedAccount, Verdict])[]> => {
    const asked = accounts.map((account) => ({ id: account.id, now_id: account.owner_id, keys: this.keysOf(account) }));
    const verdicts = await look(judge, [JSON.stringify(asked), this.value]);
    const byId = new Map(verdicts.map((verdict) => [verdict.id, verdict]));
    return accounts.map((account) => [account, byId.get(account.id)!] as const);
  };

  private keysOf(account: TriedAccount): (string | null)[] {
    if (isFixed(account)) return [];
    return this.rules.map((rule) =>
      this.unmapped.includes(rule.account) ? null : keyOfField(account, rule.account, this.applied),
    );
  }
}

class Tally {
  private accounts = 0;
  private unchanged = 0;
  private readonly counts = Object.fromEntries(trialGroups.map((group) => [group, 0])) as Record<TrialGroup, number>;
  private readonly samples = Object.fromEntries(trialGroups.map((group) => [group, []])) as unknown as Record<
    TrialGroup,
    TrialSample[]
  >;

  get result(): Omit<RulesTrial, 'rules' | 'unmapped'> {
    const { accounts, unchanged, counts, samples } = this;
    return { accounts, unchanged, counts, samples };
  }

  add([account, verdict]: readonly [TriedAccount, Verdict]): void {
    this.accounts++;
    const groups = groupsOf(account, verdict);
    if (!groups.some((group) => apart.includes(group))) this.unchanged++;
    for (const group of groups) {
      this.counts[group]++;
      if (this.samples[group].length < mostSamples) this.samples[group].push(sampleOf(account, verdict));
    }
  }
}

/** With those that stay as they are, these are all. */
const apart: readonly TrialGroup[] = ['kept', 'wouldLink', 'wouldChange', 'wouldRelease'];

function isFixed({ correlation }: TriedAccount): boolean {
  return correlation === 'manual' || correlation === 'provisioning';
}

function groupsOf(account: TriedAccount, { met, then_id: then }: Verdict): TrialGroup[] {
  if (isFixed(account)) return ['kept'];
  const { owner_id: now } = account;
  if (then === null) return [...(now === null ? [] : ['wouldRelease' as const]), met ? 'ambiguous' : 'unmatched'];
  if (now === null) return ['wouldLink'];
  return now === then ? [] : ['wouldChange'];
}

function sampleOf(account: TriedAccount, { now_name, then_id, then_name }: Verdict): TrialSample {
  const { id, name, native_identity: nativeIdentity, owner_id } = account;
  const owner = owner_id === null ? null : { id: owner_id, name: now_name ?? '' };
  const wouldBe = then_id === null ? null : { id: then_id, name: then_name ?? '' };
  return { account: { id, name, nativeIdentity }, owner, wouldBe: isFixed(account) ? owner : wouldBe };
}
