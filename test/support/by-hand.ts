import { serverCaller } from '@app/access';
import { auditInsert } from '@app/audit';
import { fold } from '@app/kernel';
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
    where organization_id = $1 and (id = $2::uuid or owner_id = $3::uuid) order by id for no key update`,
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
const rename = statement<never>(
  undefined,
  `update owner set name = $3, name_key = $4, version = version + 1, updated_at = now() where organization_id = $1 and id = $2`,
);
const releaseReports = statement<{ id: string }>(
  undefined,
  `update owner set manager_id = null, version = version + 1 where organization_id = $1 and manager_id = $2 returning id`,
);
const remove = statement<never>(
  undefined,
  `update owner set deleted_at = now(), version = version + 1, manager_id = null where organization_id = $1 and id = $2`,
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
  renamed: recorded('owner.updated', 'owner'),
  lostManager: recorded('owner.managerChanged', 'owner'),
  deleted: recorded('owner.deleted', 'owner'),
};

/** What people do to owners and links, leaving rows, totals, trail and announcements as a service leaves them. */
export class ByHand {
  constructor(
    private readonly database: Database,
    private readonly organizationId: string,
  ) {}

  async link(accountId: string, ownerId: string | null): Promise<void> {
    await this.inTransaction(async (tx) => {
      for (const account of await tx.query(holdAccounts, [accountId, null])) await this.relink(tx, account, ownerId);
    });
  }

  async rename(ownerId: string, before: string, name: string): Promise<void> {
    await this.inTransaction(async (tx) => {
      await tx.query(rename, [ownerId, name, fold(name)]);
      await this.record(tx, 'renamed', ownerId, { name: before }, { name });
      tx.announce({ kind: 'owner.changed', ids: [ownerId] });
    });
  }

  async delete(ownerId: string): Promise<void> {
    await this.inTransaction(async (tx) => {
      for (const account of await tx.query(holdAccounts, [null, ownerId])) await this.relink(tx, account, null);
      for (const { id } of await tx.query(releaseReports, [ownerId])) {
        await this.record(tx, 'lostManager', id, { managerId: ownerId }, { managerId: null });
      }
      await tx.query(remove, [ownerId]);
      await this.record(tx, 'deleted', ownerId, {}, { managerId: null });
      tx.announce({ kind: 'owner.changed', ids: [ownerId] });
    });
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
    await this.database.inTransaction(serverCaller(this.organizationId, 'system', 'by hand', null), work);
  }
}
