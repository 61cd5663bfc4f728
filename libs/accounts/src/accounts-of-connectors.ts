import { Injectable, type OnModuleInit } from '@nestjs/common';
import { actorValues, eventsInsert } from '@app/audit';
import { Announcements, statement, type Transaction } from '@app/persistence';
import { modifiedNow } from './modified-at.js';

const ofConnector = `a.organization_id = $1 and a.connector_id = $2 and a.deleted_at is null`;

/** Before any owner is held, in the order in which everybody holds accounts. */
const hold = statement<never>(
  undefined,
  `with held as materialized (
     select a.id from account a where ${ofConnector} order by a.id for no key update)
   select count(*) from held`,
);

/** Owners whose figures they count in: their owners, and for those of nobody whoever has their address. */
const touching = statement<{ id: string }>(
  undefined,
  `with address as materialized (
     select array_agg(distinct a.email_key) as keys from account a where ${ofConnector} and a.owner_id is null)
   select a.owner_id as id from account a where ${ofConnector} and a.owner_id is not null
   union
   select o.id from owner o
    where o.organization_id = $1 and o.deleted_at is null and o.email_key = any((select keys from address)::text[])
   union
   select o.id from owner o
    where o.organization_id = $1 and o.deleted_at is null and o.alt_email_key = any((select keys from address)::text[])`,
);

/** As a run removes what a file lacks: hidden everywhere, with its links. */
const remove = statement<never>(
  undefined,
  `with gone as (
     update account a set deleted_at = now(), modified_at = ${modifiedNow}, version = a.version + 1
      where ${ofConnector} returning a.id, a.name, a.owner_id),
   tallied as (
     insert into account_tally (organization_id, connector_id, correlated, delta)
     select $1, $2, owner_id is not null, -count(*) from gone group by 3)
   ${eventsInsert(
     3,
     `select 'account.removed'::text, 'account'::text, id, jsonb_build_object('name', name, 'ownerId', owner_id), null::jsonb
        from gone
      union all
      select 'owner.accountRemoved', 'owner', owner_id, jsonb_build_object('accountId', id, 'name', name), null
        from gone where owner_id is not null`,
   )}`,
);

/** Accounts go with their connectors. */
@Injectable()
export class AccountsOfConnectors implements OnModuleInit {
  constructor(private readonly announcements: Announcements) {}

  onModuleInit(): void {
    this.announcements.on('accounts', 'connector.deleted', async (tx, events) => {
      for (const id of events.flatMap(({ ids }) => ids)) await removeAll(tx, id);
    });
  }
}

async function removeAll(tx: Transaction, connectorId: string): Promise<void> {
  await tx.execute(hold, [connectorId]);
  const owners = await tx.query(touching, [connectorId]);
  await tx.execute(remove, [connectorId, ...actorValues(tx.caller)]);
  if (owners.length > 0) tx.announce({ kind: 'account.changed', ids: [], ownerIds: owners.map(({ id }) => id) });
}
