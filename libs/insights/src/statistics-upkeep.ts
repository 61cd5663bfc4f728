import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Announcements, statement } from '@app/persistence';
import { recompute } from './owner-statistics.js';

/**
 * Owners of these accounts, and owners with their e-mail address: an account of nobody counts against those it looks
 * like, and one that has just found its owner no longer does.
 */
const concernedOwners = statement<{ id: string }>(
  undefined,
  `with changed as materialized (
     select a.owner_id, a.email_key from account a where a.organization_id = $1 and a.id = any($2::uuid[])),
   address as materialized (select array_agg(distinct c.email_key) as keys from changed c)
   select c.owner_id as id from changed c where c.owner_id is not null
   union
   select o.id from owner o
    where o.organization_id = $1 and o.deleted_at is null and o.email_key = any((select keys from address)::text[])
   union
   select o.id from owner o
    where o.organization_id = $1 and o.deleted_at is null and o.alt_email_key = any((select keys from address)::text[])`,
);

/** Keeps stored statistics right: what a change touches is counted again before it commits. */
@Injectable()
export class StatisticsUpkeep implements OnModuleInit {
  constructor(private readonly announcements: Announcements) {}

  onModuleInit(): void {
    this.announcements.on('insights', ['owner.changed', 'owner.deleted', 'account.changed'], async (tx, events) => {
      const accounts = events.filter((event) => event.kind === 'account.changed');
      const concerned =
        accounts.length > 0 ? await tx.query(concernedOwners, [accounts.flatMap(({ ids }) => ids)]) : [];
      const named = events.flatMap((event) => (event.kind === 'account.changed' ? event.ownerIds : event.ids));
      await recompute(tx, [...named, ...concerned.map(({ id }) => id)], new Date());
    });
  }
}
