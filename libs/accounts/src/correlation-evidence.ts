import { type AccountTarget, correlationKeyOf, type CorrelationRule } from '@app/connectors';
import {
  appliedFields,
  type ComparedAccount,
  type ComparingConnector,
  keyOfField,
  rulesIn,
  textOfField,
} from './compared-account.js';
import { likeness, orderingsOf, wordKey, wordsIn } from './name-likeness.js';

/** An owner with what an account may know him by. */
export interface ComparedOwner {
  readonly id: string;
  readonly name: string;
  readonly name_key: string;
  readonly email: string | null;
  readonly email_key: string | null;
  readonly alt_email: string | null;
  readonly alt_email_key: string | null;
  readonly identity_id: string | null;
  readonly identity_key: string | null;
  readonly status: 'active' | 'inactive';
}

type OwnerField = 'identityId' | 'email' | 'altEmail' | 'name';

/** What each way of meeting is worth alone, of a hundred. Likeness is worth its part. */
const worth = {
  IDENTITY_ID: 95,
  EMAIL: 90,
  ALTERNATIVE_EMAIL: 85,
  NAME: 70,
  NAME_WORDS: 60,
  EMAIL_LOCAL_PART: 60,
  SIMILAR_NAME: 50,
} as const;
const leastLikeness = 0.5;

export interface Evidence {
  readonly kind: keyof typeof worth;
  readonly accountField: AccountTarget;
  readonly accountValue: string;
  readonly ownerField: OwnerField;
  readonly ownerValue: string;
  /** What this is worth alone, of a hundred. */
  readonly score: number;
  /** It is by these two that the connector's rules name whomever they name. */
  readonly rule: boolean;
}

/** Somebody an account may belong to. */
export interface Candidate {
  readonly owner: ComparedOwner;
  /** 100 for whom alone the rules name; less for anybody else. */
  readonly score: number;
  readonly rule: boolean;
  /** The rules name others as well, and so nobody. */
  readonly ambiguous: boolean;
  readonly evidence: readonly Evidence[];
}

interface Value {
  readonly field: AccountTarget;
  readonly text: string;
  readonly key: string;
}

/** The values of one account by which owners are looked up; every owner who is met by one of them is a candidate. */
export interface Clues {
  readonly identities: readonly string[];
  readonly addresses: readonly string[];
  readonly boxes: readonly string[];
  readonly names: readonly string[];
  /** The first name of several words, which others may write a little otherwise: looking for such is dear. */
  readonly alike: readonly string[];
}

interface Decision {
  readonly by: CorrelationRule;
  /** The ids of those it names. */
  readonly named: ReadonlySet<string>;
}

const mostAttributes = 50;
const longestValue = 256;

/** An account, taken apart to be compared with owners. */
export class AccountClues {
  private readonly applied: readonly AccountTarget[];
  private readonly rules: readonly CorrelationRule[];
  private readonly ids: readonly Value[];
  private readonly addresses: readonly Value[];
  private readonly boxes: readonly Value[];
  private readonly names: readonly Value[];

  constructor(
    private readonly account: ComparedAccount,
    connector: ComparingConnector,
  ) {
    this.applied = appliedFields(connector);
    // Accounts of an authoritative connector belong to the person their row is about, and go by no rules.
    this.rules = connector.config.authoritative ? [] : rulesIn(connector.config);
    const attributes = Object.keys(account.attributes).slice(0, mostAttributes);
    const fields = new Set<AccountTarget>([
      ...this.rules.map((rule) => rule.account),
      ...this.applied,
      ...(['nativeIdentity', 'name', 'uuid', 'email'] as const),
      ...attributes.map((name): AccountTarget => `attributes.${name}`),
    ]);
    const values = [...fields].flatMap((field) => this.valueOf(field));
    const titles = (['displayName', 'name', 'nativeIdentity'] as const)
      .flatMap((field) => this.valueOf(field))
      .map((value) => ({ ...value, key: titleIn(value.key) }));

    this.ids = values;
    this.addresses = values.filter(({ key }) => /^[^\s@]+@[^\s@]+$/.test(key));
    const boxes = this.addresses.map((value) => ({ ...value, key: boxIn(value.key) }));
    this.boxes = [...titles, ...boxes].filter(({ key }) => /^[^\s@]{2,}$/.test(key));
    this.names = [...titles, ...boxes].filter(({ key }) => !key.includes('@') && /\p{L}{2}/u.test(key));
  }

  get clues(): Clues {
    const names = keysOf(this.names);
    return {
      identities: keysOf(this.ids),
      addresses: keysOf(this.addresses),
      boxes: keysOf(this.boxes),
      names: [...new Set(names.flatMap(orderingsOf))],
      // In a name without any of these the database knows no groups of letters, and would look at everybody.
      alike: names.filter((key) => wordsIn(key).length > 1 && /[a-z0-9]{3}/.test(key)).slice(0, 1),
    };
  }

  /** The strongest first; `owners` are all whom the clues found. */
  candidatesAmong(owners: readonly ComparedOwner[]): Candidate[] {
    const decision = this.decisionAmong(owners);
    return owners
      .map((owner): Candidate => {
        const rule = decision?.named.has(owner.id) ?? false;
        const ambiguous = rule && decision!.named.size > 1;
        const evidence = this.evidenceFor(owner, rule ? decision?.by : undefined);
        return { owner, score: rule && !ambiguous ? 100 : scoreOf(evidence), rule, ambiguous, evidence };
      })
      .toSorted((a, b) => b.score - a.score || (a.owner.id < b.owner.id ? -1 : 1));
  }

  /** The first rule that finds anybody decides. */
  private decisionAmong(owners: readonly ComparedOwner[]): Decision | undefined {
    for (const by of this.rules) {
      const key = keyOfField(this.account, by.account, this.applied);
      const named = owners.filter((owner) => key !== null && ruleKeysOf(owner, by.owner).includes(key));
      if (named.length > 0) return { by, named: new Set(named.map(({ id }) => id)) };
    }
    return undefined;
  }

  private evidenceFor(owner: ComparedOwner, by: CorrelationRule | undefined): Evidence[] {
    const { email, email_key, alt_email, alt_email_key, identity_id, identity_key } = owner;
    const byAddress = met('EMAIL', this.addresses, email_key, ['email', email], by);
    const others = [
      met('IDENTITY_ID', this.ids, identity_key, ['identityId', identity_id], by),
      met('ALTERNATIVE_EMAIL', this.addresses, alt_email_key, ['altEmail', alt_email], by),
      // Of the same address the box tells nothing more.
      byAddress ?? met('EMAIL_LOCAL_PART', this.boxes, email_key && boxIn(email_key), ['email', email]),
      this.nameEvidence(owner),
    ];
    return others.flatMap((evidence) => evidence ?? []).toSorted((a, b) => b.score - a.score);
  }

  private nameEvidence({ name, name_key }: ComparedOwner): Evidence | undefined {
    const said = ['name', name] as const;
    const same = met('NAME', this.names, name_key, said);
    if (same) return same;
    const words = wordKey(name_key);
    const reordered = this.names.map((value) => ({ ...value, key: wordKey(value.key) }));
    const sameWords = words.includes(' ') ? met('NAME_WORDS', reordered, words, said) : undefined;
    if (sameWords) return sameWords;

    const [closest] = this.names
      .filter(({ key }) => wordsIn(key).length > 1)
      .map((value) => ({ value, by: likeness(value.key, name_key) }))
      .toSorted((a, b) => b.by - a.by);
    if (closest === undefined || closest.by < leastLikeness) return undefined;
    const score = Math.round(worth.SIMILAR_NAME * closest.by);
    return { ...evidenceOf('SIMILAR_NAME', closest.value, said), score };
  }

  /** As the account has it, and as a run has read it where that is another; none that is too long to be a name or an id. */
  private valueOf(field: AccountTarget): Value[] {
    const text = textOfField(this.account, field);
    const [said, read] = [correlationKeyOf(text), keyOfField(this.account, field, this.applied)];
    const values = [
      ...(text !== null && said !== null ? [{ field, key: said, text }] : []),
      ...(read !== null && read !== said ? [{ field, key: read, text: read }] : []),
    ];
    return values.filter(({ key }) => key.length <= longestValue);
  }
}

function met(
  kind: Evidence['kind'],
  values: readonly Value[],
  key: string | null,
  said: readonly [OwnerField, string | null],
  by?: CorrelationRule,
): Evidence | undefined {
  const equal = key === null ? [] : values.filter((value) => value.key === key);
  const value = equal.find(({ field }) => field === by?.account) ?? equal[0];
  return value && evidenceOf(kind, value, said, by);
}

function evidenceOf(
  kind: Evidence['kind'],
  { field, text }: Value,
  [ownerField, ownerValue]: readonly [OwnerField, string | null],
  by?: CorrelationRule,
): Evidence {
  const rule = by?.account === field && (ownerField === 'altEmail' ? 'email' : ownerField) === by.owner;
  return {
    kind,
    accountField: field,
    accountValue: text,
    ownerField,
    ownerValue: ownerValue ?? '',
    score: worth[kind],
    rule,
  };
}

function ruleKeysOf(owner: ComparedOwner, field: CorrelationRule['owner']): (string | null)[] {
  return field === 'identityId' ? [owner.identity_key] : [owner.email_key, owner.alt_email_key];
}

/** As if each were a chance of its own; only the rules are sure. */
function scoreOf(evidence: readonly Evidence[]): number {
  const doubt = evidence.reduce((left, { score }) => left * (1 - score / 100), 1);
  return Math.min(99, Math.round(100 * (1 - doubt)));
}

/** `corp\ada` and `cn=ada,ou=people` are both called `ada`. */
function titleIn(key: string): string {
  const [, common] = /^(?:cn|uid)=([^,]+),/.exec(key) ?? [];
  return (common ?? key.slice(key.lastIndexOf('\\') + 1)).trim();
}

/** What stands before the last `@`. */
function boxIn(address: string): string {
  return address.slice(0, address.lastIndexOf('@'));
}

function keysOf(values: readonly Value[]): string[] {
  return [...new Set(values.map(({ key }) => key))];
}
