import { type Caller, serverCaller } from '@app/access';
import { auditInsert, AuditTrail } from '@app/audit';
import { type OwnerChanges, OwnerWrites } from '@app/owners';
import { type Database, statement, type Transaction } from '@app/persistence';

interface Link {
  id: string;
  connector_id: string;
  name: string;
  owner_id: string | null;
  deleted: boolean;
}

const holdAccounts = statement<Link>(
  undefined,
  `select id, connector_id, name, owner_id, deleted_at is not null as deleted from account
    where organization_id = $1 and id = $2::uuid for no key update`,
);
const link = statement<never>(
  undefined,
  `update account a set owner_id = o.id, correlation = case when o.id is null then 'none' else 'manual' end,
      owner_name_key = o.name_key, owner_state = o.status, version = a.version + 1, modified_at = now()
     from (select $3::uuid as id) wanted left join owner o on o.organization_id = $1 and o.id = wanted.id
    where a.organization_id = $1 and a.id = $2`,
);
const tally = statement<never>(
  undefined,
  `insert into account_tally (organization_id, connector_id, correlated, delta) values ($1, $2, true, $3), ($1, $2, false, -$3)`,
);
const recorded = (action: string, subject: 'account' | 'owner') =>
  statement<never>(
    undefined,
    auditInsert(action, subject, `select $5::uuid as subject_id, $6::jsonb as before, $7::jsonb as after`),
  );
const events = {
  correlated: recorded('account.correlated', 'account'),
  uncorrelated: recorded('account.uncorrelated', 'account'),
  added: recorded('owner.accountAdded', 'owner'),
  removed: recorded('owner.accountRemoved', 'owner'),
};

/** What people do to owners, and to links, whose rows, totals, trail and announcements are left as a service leaves them. */
export class ByHand {
  private readonly writes: OwnerWrites;
  private readonly caller: Caller;

  constructor(
    private readonly database: Database,
    organizationId: string,
  ) {
    this.writes = new OwnerWrites(database, new AuditTrail());
    this.caller = serverCaller(organizationId, 'system', 'by hand', null);
  }

  async link(accountId: string, ownerId: string | null): Promise<void> {
    await this.inTransaction(async (tx) => {
      for (const account of await tx.query(holdAccounts, [accountId])) await this.relink(tx, account, ownerId);
    });
  }

  async change(ownerId: string, changes: OwnerChanges): Promise<void> {
    await this.writes.change(this.caller, ownerId, changes);
  }

  async delete(ownerId: string): Promise<void> {
    await this.writes.delete(this.caller, ownerId);
  }

  async restore(ownerId: string): Promise<void> {
    await this.writes.restore(this.caller, ownerId);
  }

  private async relink(tx: Transaction, account: Link, ownerId: string | null): Promise<void> {
    const { id, owner_id: old, name } = account;
    await tx.query(link, [id, ownerId]);
    const step = Number(ownerId !== null) - Number(old !== null);
    if (step !== 0 && !account.deleted) await tx.query(tally, [account.connector_id, step]);
    if (old !== ownerId) {
      await this.record(tx, ownerId ? 'correlated' : 'uncorrelated', id, { ownerId: old }, { ownerId });
      if (old && !account.deleted) await this.record(tx, 'removed', old, { accountId: id, name }, null);
      if (ownerId && !account.deleted) await this.record(tx, 'added', ownerId, null, { accountId: id, name });
    }
    tx.announce({ kind: 'account.changed', ids: [id], ownerIds: old === null ? [] : [old] });
  }

  private async record(
    tx: Transaction,
    event: keyof typeof events,
    subjectId: string,
    before: object | null,
    after: object | null,
  ): Promise<void> {
    const { actor } = tx.caller;
    const documents = [before, after].map((document) => (document === null ? null : JSON.stringify(document)));
    await tx.query(events[event], [actor.type, actor.id, actor.name, subjectId, ...documents]);
  }

  private async inTransaction(work: (tx: Transaction) => Promise<void>): Promise<void> {
    await this.database.inTransaction(this.caller, work);
  }
}
