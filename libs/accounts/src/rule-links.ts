import { Injectable } from '@nestjs/common';
import type { PersonKeys } from '@app/connectors';
import { statement, type Transaction } from '@app/persistence';
import { AccountLinks } from './account-links.js';
import { matches, rulesValue } from './correlation-matches.js';
import type { HeldConnector } from './held-connector.js';
import type { StoredAccount } from './stored-account.js';

interface Found {
  readonly owner_id: string | null;
}

const byRules = statement<Found>(
  undefined,
  `with ${matches(
    `select a.id, a.correlation_keys as keys from account a where a.organization_id = $1 and a.id = $2::uuid`,
    '$3',
  )}
   select owner_id from matched`,
);

/** The connector's own owner of that identity, else a live owner with that e-mail. */
const byPerson = statement<Found>(
  undefined,
  `select coalesce(
     (select o.id from owner o where o.organization_id = $1 and o.connector_id = $2 and o.identity_key = $3::text
        and o.deleted_at is null),
     (select o.id from owner o where o.organization_id = $1 and o.email_key = $4::text and o.deleted_at is null)) as owner_id`,
);

/** Links that the rules of a connector make for a single account, outside of its runs. */
@Injectable()
export class RuleLinks {
  constructor(private readonly links: AccountLinks) {}

  /** Whom the rules name, or nobody. Accounts of an authoritative connector belong to the person their row is about. */
  async apply(tx: Transaction, connector: HeldConnector, accountId: string, person: PersonKeys | null): Promise<void> {
    const [found] = connector.config.authoritative
      ? await tx.query(byPerson, [connector.id, person?.identityKey ?? null, person?.emailKey ?? null])
      : await tx.query(byRules, [accountId, rulesValue(connector.config)]);
    await this.links.link(tx, [{ accountId, ownerId: found?.owner_id ?? null, correlation: 'rule' }]);
  }

  /** The link an account had when it went, unless its owner is gone too. */
  async restore(tx: Transaction, { id, owner_id: ownerId, correlation }: StoredAccount): Promise<void> {
    if (correlation === 'none') return;
    await this.links.link(tx, [{ accountId: id, ownerId, correlation }]);
  }
}
