import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Announcements, statement } from '@app/persistence';

const repeatOwners = statement<never>(
  undefined,
  `with changed as materialized (
     select wanted.id, o.name_key, o.status from unnest($2::uuid[]) as wanted (id)
       left join owner o on o.organization_id = $1 and o.id = wanted.id)
   update account a set owner_name_key = c.name_key, owner_state = c.status
     from changed c
    where a.organization_id = $1 and a.owner_id = any($2::uuid[]) and a.deleted_at is null
      and c.id = a.owner_id and c.name_key is not null
      and (a.owner_name_key, a.owner_state) is distinct from (c.name_key, c.status)`,
);

const repeatConnectors = statement<never>(
  undefined,
  `update account a set connector_name_key = c.name_key
     from connector c
    where a.organization_id = $1 and a.connector_id = any($2::uuid[])
      and c.organization_id = $1 and c.id = a.connector_id
      and a.connector_name_key <> c.name_key`,
);

/** Accounts repeat what lists sort by and others own. It is no change of the account: `modified_at` stays. */
@Injectable()
export class RepeatedNames implements OnModuleInit {
  constructor(private readonly announcements: Announcements) {}

  onModuleInit(): void {
    this.announcements.on('accounts', 'owner.changed', async (tx, events) => {
      await tx.execute(repeatOwners, [events.flatMap(({ ids }) => ids)]);
    });
    this.announcements.on('accounts', 'connector.renamed', async (tx, events) => {
      await tx.execute(repeatConnectors, [events.flatMap(({ ids }) => ids)]);
    });
  }
}
