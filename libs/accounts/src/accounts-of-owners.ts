import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Announcements, changedMeanwhile, ranOutOfTime, statement, type Transaction } from '@app/persistence';

/*
 * The order in which rows are held, whoever holds them: the tree of managers, a connector, accounts in the order of their
 * ids, and then owners in the order of theirs, all in one go and all `for no key update`. Owners are counted anew at the
 * end of every change of their accounts, so they come last. Whoever writes an owner does not wait for accounts any more
 * once he holds him: they are held before, and what came to the owner between is taken without waiting, or the work
 * begins again. New accounts are seen by nobody: whoever makes or moves many holds no owner meanwhile, and looks at the
 * end whether they are who they were.
 */

/** Those their systems no longer have are found by an index of their own. */
export const accountsOfOwners = (columns: string) =>
  ['is null', 'is not null']
    .map(
      (gone) => `select ${columns} from account t
      where t.organization_id = $1 and t.owner_id = any($2::uuid[]) and t.deleted_at ${gone}`,
    )
    .join(' union all ');

const both = <T>(of: (nowait: string) => T) => ({ waiting: of(''), atOnce: of('nowait') });

const holdLive = both((nowait) =>
  statement<never>(
    undefined,
    `with held as materialized (
       select a.id from account a where a.organization_id = $1 and a.owner_id = any($2::uuid[]) and a.deleted_at is null
        order by a.id for no key update ${nowait})
     select count(*) from held`,
  ),
);
const holdAll = both((nowait) =>
  statement<never>(
    undefined,
    `with held as materialized (
       select a.id from account a where a.organization_id = $1 and a.id in (${accountsOfOwners('t.id')})
        order by a.id for no key update ${nowait})
     select count(*) from held`,
  ),
);

/** Owners who have an address of theirs: accounts that are nobody's count against whom they look like. */
const withTheirAddresses = statement<{ id: string }>(
  undefined,
  `with address as materialized (
     select array_agg(distinct a.email_key) as keys from account a
      where a.organization_id = $1 and a.owner_id = any($2::uuid[]) and a.deleted_at is null)
   select o.id from owner o
    where o.organization_id = $1 and o.deleted_at is null and o.email_key = any((select keys from address)::text[])
   union
   select o.id from owner o
    where o.organization_id = $1 and o.deleted_at is null and o.alt_email_key = any((select keys from address)::text[])`,
);

const ownersAreOthers = statement<{ id: string }>(
  undefined,
  `select a.id from account a join owner o on o.organization_id = $1 and o.id = a.owner_id
    where a.organization_id = $1 and a.id = any($2::uuid[]) and a.deleted_at is null
      and (o.deleted_at is not null or (a.owner_name_key, a.owner_state) is distinct from (o.name_key, o.status))
    limit 1`,
);

/** Of owners who are about to be written; and once more, without waiting, when they are held. Removed ones repeat nothing. */
export async function holdAccountsOfOwners(
  tx: Transaction,
  ownerIds: readonly string[],
  { waits }: { readonly waits: boolean },
): Promise<void> {
  if (ownerIds.length > 0) await held(tx, holdLive, ownerIds, waits);
}

/** At the end, when owners are held: was one of these accounts given to somebody who was renamed or deleted meanwhile? */
export function expectSameOwners(tx: Transaction, accountIds: readonly string[]): void {
  if (accountIds.length === 0) return;
  tx.beforeCommit(async () => {
    if ((await tx.query(ownersAreOthers, [accountIds])).length > 0) throw changedMeanwhile();
  });
}

/** Holds accounts for whoever is about to write their owners. */
@Injectable()
export class AccountsOfOwners implements OnModuleInit {
  constructor(private readonly announcements: Announcements) {}

  onModuleInit(): void {
    this.announcements.beforehand(async (tx, { kind, ids }, waits) => {
      const deleted = kind === 'owner.deleted';
      await held(tx, deleted ? holdAll : holdLive, ids, waits);
      return deleted ? (await tx.query(withTheirAddresses, [ids])).map(({ id }) => id) : [];
    });
  }
}

async function held(
  tx: Transaction,
  hold: typeof holdLive,
  ownerIds: readonly string[],
  waits: boolean,
): Promise<void> {
  try {
    await tx.execute(waits ? hold.waiting : hold.atOnce, [ownerIds]);
  } catch (error) {
    throw !waits && ranOutOfTime(error) ? changedMeanwhile() : error;
  }
}
