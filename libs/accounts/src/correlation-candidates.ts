import { Injectable } from '@nestjs/common';
import { narrowedTo, type Principal } from '@app/access';
import { ofOwnConnectors } from '@app/connectors';
import { isId, NotFoundError } from '@app/kernel';
import { Database, statement } from '@app/persistence';
import { likelyOwners, type Sought } from './candidate-owners.js';
import { type ComparedAccount, comparedColumns, type ComparingConnector } from './compared-account.js';
import { AccountClues, type Candidate } from './correlation-evidence.js';

export interface CorrelationCandidate extends Candidate {
  /** The account is his now. */
  readonly current: boolean;
}

interface AskedAccount extends ComparedAccount, ComparingConnector {
  readonly owner_id: string | null;
}

const select = `select a.owner_id, ${comparedColumns}, a.attributes, c.config, c.applied_rules
   from account a join connector c on c.organization_id = $1 and c.id = a.connector_id
  where a.organization_id = $1 and a.id = $2 and a.deleted_at is null`;
const byId = statement<AskedAccount>('account.compared', select);
const ownById = statement<AskedAccount>('account.own-compared', `${select} and ${ofOwnConnectors('$3')}`);

/** For each value of an account: enough that no stronger candidate is left out for a weaker one of the same value. */
const mostForValue = 50;

/** Whose an account may be. */
@Injectable()
export class CorrelationCandidates {
  constructor(private readonly database: Database) {}

  /** The strongest first; the owner the account has is among them, whatever speaks for him. */
  async of(caller: Principal, accountId: string, limit: number): Promise<CorrelationCandidate[]> {
    const account = await this.get(caller, accountId);
    const clues = new AccountClues(account, account);
    const sought: Sought[] = [{ n: 0, owner: account.owner_id, ...clues.clues }];
    const owners = await this.database.query(caller, likelyOwners, [JSON.stringify(sought), mostForValue]);
    const all = clues.candidatesAmong(owners).map((one) => ({ ...one, current: one.owner.id === account.owner_id }));
    const first = all.slice(0, limit);
    const current = all.find((one) => one.current);
    return current && limit > 0 && !first.includes(current) ? [...first.slice(0, -1), current] : first;
  }

  private async get(caller: Principal, id: string): Promise<AskedAccount> {
    const userId = narrowedTo(caller, 'accounts:read');
    const [account] = !isId(id)
      ? []
      : userId === null
        ? await this.database.query(caller, byId, [id])
        : await this.database.query(caller, ownById, [id, userId]);
    if (!account) throw new NotFoundError('account');
    return account;
  }
}
