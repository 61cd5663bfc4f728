import { type Look, statement } from '@app/persistence';
import { exactOwners, type Sought } from './candidate-owners.js';
import type { ComparedAccount, ComparingConnector } from './compared-account.js';
import { AccountClues, type Candidate } from './correlation-evidence.js';

interface AccountOfConnector extends ComparedAccount {
  readonly connector_id: string;
}

interface KnownConnector extends ComparingConnector {
  readonly id: string;
}

const connectors = statement<KnownConnector>(
  undefined,
  `select c.id, c.config, c.applied_rules from connector c where c.organization_id = $1 and c.id = any($2::uuid[])`,
);

const mostForValue = 5;

/**
 * Who most likely owns each of many accounts, piece by piece: by what is the same, since names that are merely alike cost
 * too much to be looked for a million times.
 */
export class StrongestOwners {
  private readonly known = new Map<string, KnownConnector>();

  /** In the order of the accounts. */
  async of(accounts: readonly AccountOfConnector[], look: Look): Promise<(Candidate | undefined)[]> {
    await this.learn(accounts, look);
    const clues = accounts.map((account) => new AccountClues(account, this.known.get(account.connector_id)!));
    const sought = clues.map((one, n): Sought => ({ n, owner: null, ...one.clues }));
    const found = await look(exactOwners, [JSON.stringify(sought), mostForValue]);
    const owners = Map.groupBy(found, ({ n }) => n);
    return clues.map((one, n) => one.candidatesAmong(owners.get(n) ?? []).at(0));
  }

  private async learn(accounts: readonly AccountOfConnector[], look: Look): Promise<void> {
    const ids = new Set(accounts.map(({ connector_id }) => connector_id));
    const unknown = [...ids].filter((id) => !this.known.has(id));
    if (unknown.length === 0) return;
    for (const connector of await look(connectors, [unknown])) this.known.set(connector.id, connector);
  }
}
