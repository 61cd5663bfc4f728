import { Injectable } from '@nestjs/common';
import type { PersonKeys } from '@app/connectors';
import { statement, type Transaction } from '@app/persistence';
import { AccountLinks } from './account-links.js';
import { matches } from './correlation-matches.js';
import type { HeldConnector } from './held-connector.js';
import type { StoredAccount } from './stored-account.js';

/** An account whose connector is asked whom it belongs to. */
export interface RuledAccount {
  readonly id: string;
  readonly connector: Pick<HeldConnector, 'id' | 'config'>;
  /** Whom its row is about, where the connector is authoritative. */
  readonly person: PersonKeys | null;
}

interface Found {
  readonly id: string;
  readonly owner_id: string | null;
}

const ownRules = `(select jsonb_agg(jsonb_build_object('position', r.place - 1, 'owner', r.rule ->> 'owner'))
  from jsonb_array_elements(c.config -> 'correlationRules') with ordinality as r (rule, place))`;

/** Each by the rules of its own connector. */
const byRules = statement<Found>(
  undefined,
  `with ${matches(
    `select a.id, a.correlation_keys as keys, ${ownRules} as rules from account a
       join connector c on c.organization_id = $1 and c.id = a.connector_id
      where a.organization_id = $1 and a.id = any($2::uuid[])`,
    'k.rules',
  )}
   select id, owner_id from matched`,
);

/** The connector's own owner of that identity, else a live owner with that e-mail. */
const byPerson = statement<Found>(
  undefined,
  `select w.id, coalesce(
     (select o.id from owner o where o.organization_id = $1 and o.connector_id = w.connector and o.identity_key = w.identity
        and o.deleted_at is null),
     (select o.id from owner o where o.organization_id = $1 and o.email_key = w.email and o.deleted_at is null)) as owner_id
     from jsonb_to_recordset($2::jsonb) as w(id uuid, connector uuid, identity text, email text)`,
);

/** Links that the rules of connectors make outside of runs. */
@Injectable()
export class RuleLinks {
  constructor(private readonly links: AccountLinks) {}

  /** Whom the rules name, or nobody. Accounts of an authoritative connector belong to the person their row is about. */
  async apply(tx: Transaction, connector: HeldConnector, accountId: string, person: PersonKeys | null): Promise<void> {
    const ownerId = (await this.namedFor(tx, [{ id: accountId, connector, person }])).get(accountId) ?? null;
    await this.links.link(tx, [{ accountId, ownerId, correlation: 'rule' }]);
  }

  /** The link an account had when it went, unless its owner is gone too. */
  async restore(tx: Transaction, { id, owner_id: ownerId, correlation }: StoredAccount): Promise<void> {
    if (correlation === 'none') return;
    await this.links.link(tx, [{ accountId: id, ownerId, correlation }]);
  }

  /** The same for many accounts, whatever their connectors; whoever is not in it belongs to nobody. */
  async namedFor(tx: Transaction, accounts: readonly RuledAccount[]): Promise<ReadonlyMap<string, string>> {
    const persons = accounts.filter(({ connector }) => connector.config.authoritative);
    const ruled = accounts.filter(({ connector }) => !connector.config.authoritative);
    const asked = persons.map(({ id, connector, person }) => {
      return { id, connector: connector.id, identity: person?.identityKey ?? null, email: person?.emailKey ?? null };
    });
    const found = [
      ...(ruled.length > 0 ? await tx.query(byRules, [ruled.map(({ id }) => id)]) : []),
      ...(asked.length > 0 ? await tx.query(byPerson, [JSON.stringify(asked)]) : []),
    ];
    return new Map(found.flatMap(({ id, owner_id }) => (owner_id === null ? [] : [[id, owner_id] as const])));
  }
}
