import { Injectable, type OnModuleInit } from '@nestjs/common';
import { actorValues, eventsInsert } from '@app/audit';
import { Announcements, statement, type Transaction } from '@app/persistence';
import { accountsOfOwners } from './accounts-of-owners.js';
import { modifiedNow } from './modified-at.js';

/** Whose an account is to be, and who says so. Without an owner it is nobody's, whoever says it. */
export interface WantedLink {
  readonly accountId: string;
  readonly ownerId: string | null;
  readonly correlation: 'rule' | 'provisioning' | 'manual';
}

/** `no_account` and `no_owner`: there is none, or none that lives. Nothing of that link is written then. */
export type LinkOutcome = 'changed' | 'unchanged' | 'no_account' | 'no_owner';

interface HeldAccount {
  readonly id: string;
  readonly owner_id: string | null;
  readonly correlation: string;
}

const holdLive = statement<HeldAccount>(
  undefined,
  `select a.id, a.owner_id, a.correlation from account a
    where a.organization_id = $1 and a.id = any($2::uuid[]) and a.deleted_at is null order by a.id for no key update`,
);

/**
 * Everybody whose figures change: whoever owns the accounts, whoever is to own them, whoever has their address. Held
 * before anything is written and in one order, as they are counted anew at the end; and so that nobody is renamed or
 * deleted while his name is repeated in an account.
 */
const holdConcerned = statement<{ id: string; live: boolean }>(
  undefined,
  `with named as materialized (
     select a.owner_id, a.email_key from account a where a.organization_id = $1 and a.id = any($2::uuid[])),
   address as materialized (select array_agg(distinct n.email_key) as keys from named n),
   concerned as materialized (
     select unnest($3::uuid[]) as id
     union select n.owner_id from named n
     union select o.id from owner o
       where o.organization_id = $1 and o.deleted_at is null and o.email_key = any((select keys from address)::text[])
     union select o.id from owner o
       where o.organization_id = $1 and o.deleted_at is null and o.alt_email_key = any((select keys from address)::text[]))
   select o.id, o.deleted_at is null as live from owner o join concerned c on c.id = o.id
    where o.organization_id = $1 order by o.id for no key update of o`,
);

const ownerOf = (side: 'old' | 'new') =>
  `jsonb_build_object('ownerId', ${side}_owner, 'correlation', ${side}_correlation)`;
const moved = 'old_owner is distinct from new_owner';
const account = `jsonb_build_object('accountId', id, 'name', name)`;

const wantedLinks = `select * from jsonb_to_recordset($2::jsonb)
  as w (id uuid, old_owner uuid, old_correlation text, new_owner uuid, new_correlation text)`;
const linksOfOwners = accountsOfOwners(`t.id, t.owner_id, t.correlation, null::uuid, 'none'`);

/** A removed account counts for nobody, and its owner has heard that it went. */
const relinking = (links: string) => `changed as (
     update account a set owner_id = w.new_owner, correlation = w.new_correlation, owner_name_key = o.name_key,
         owner_state = o.status, version = a.version + 1, modified_at = ${modifiedNow}
       from (${links}) as w (id, old_owner, old_correlation, new_owner, new_correlation)
       left join owner o on o.organization_id = $1 and o.id = w.new_owner
      where a.organization_id = $1 and a.id = w.id
     returning a.id, a.name, a.connector_id, a.deleted_at is null as live, w.old_owner, w.old_correlation, w.new_owner,
       w.new_correlation),
   counted as (
     insert into account_tally (organization_id, connector_id, correlated, delta)
     select $1, d.connector_id, side.correlated, case when side.correlated then d.step else -d.step end
       from (select connector_id, count(new_owner) - count(old_owner) as step from changed where live group by 1) d
      cross join (values (true), (false)) as side (correlated)
      where d.step <> 0),
   told as (${eventsInsert(
     3,
     `select case when not (${moved}) then 'account.updated' when new_owner is null then 'account.uncorrelated'
          else 'account.correlated' end, 'account', id, ${ownerOf('old')}, ${ownerOf('new')} from changed
      union all
      select 'owner.accountRemoved', 'owner', old_owner, ${account}, null from changed
       where old_owner is not null and ${moved} and live
      union all
      select 'owner.accountAdded', 'owner', new_owner, null, ${account} from changed
       where new_owner is not null and ${moved} and live`,
   )})`;

const relink = statement<never>(undefined, `with ${relinking(wantedLinks)} select 1`);

const releaseOfOwners = statement<{ id: string }>(
  undefined,
  `with ${relinking(linksOfOwners)},
   no_user as (delete from account_co_user u where u.organization_id = $1 and u.owner_id = any($2::uuid[]))
   select id from changed where live`,
);

/** Links made outside of runs: many at once or one, each with its trail, totals and figures; in five statements at most. */
@Injectable()
export class AccountLinks implements OnModuleInit {
  constructor(private readonly announcements: Announcements) {}

  onModuleInit(): void {
    this.announcements.on('accounts', 'owner.deleted', async (tx, events) => {
      await this.release(
        tx,
        events.flatMap(({ ids }) => ids),
      );
    });
  }

  /** Of several links wanted for one account the last counts. The outcome is told for each account. */
  async link(tx: Transaction, wanted: readonly WantedLink[]): Promise<ReadonlyMap<string, LinkOutcome>> {
    const links = new Map(wanted.map((link) => [link.accountId, link]));
    if (links.size === 0) return new Map();

    const ids = [...links.keys()];
    const held = new Map((await tx.query(holdLive, [ids])).map((row) => [row.id, row]));
    const newOwners = new Set([...links.values()].flatMap(({ ownerId }) => ownerId ?? []));
    const concerned = await tx.query(holdConcerned, [[...held.keys()], [...newOwners]]);
    const live = new Set(concerned.filter((owner) => owner.live).map(({ id }) => id));

    const judged = [...links.values()].map((link) => ({ link, ...judge(link, held.get(link.accountId), live) }));
    const changes = judged.flatMap(({ change }) => change ?? []);
    if (changes.length > 0) await this.write(tx, changes);
    return new Map(judged.map(({ link, outcome }) => [link.accountId, outcome]));
  }

  /** All accounts of owners who are gone, held by now, become nobody's, removed ones too, and nobody shares theirs with them. */
  private async release(tx: Transaction, ownerIds: readonly string[]): Promise<void> {
    const released = await tx.query(releaseOfOwners, [ownerIds, ...actorValues(tx.caller)]);
    if (released.length > 0) tx.announce({ kind: 'account.changed', ids: released.map(({ id }) => id), ownerIds: [] });
  }

  private async write(tx: Transaction, changes: readonly Change[]): Promise<void> {
    await tx.query(relink, [JSON.stringify(changes), ...actorValues(tx.caller)]);
    const ids = changes.map(({ id }) => id);
    const ownerIds = changes.flatMap(({ old_owner }) => old_owner ?? []);
    tx.announce({ kind: 'account.changed', ids, ownerIds });
  }
}

interface Change {
  readonly id: string;
  readonly old_owner: string | null;
  readonly old_correlation: string;
  readonly new_owner: string | null;
  readonly new_correlation: string;
}

function judge(
  { ownerId, correlation }: WantedLink,
  held: HeldAccount | undefined,
  live: ReadonlySet<string>,
): { readonly outcome: LinkOutcome; readonly change?: Change } {
  if (!held) return { outcome: 'no_account' };
  if (ownerId !== null && !live.has(ownerId)) return { outcome: 'no_owner' };

  const change = {
    id: held.id,
    old_owner: held.owner_id,
    old_correlation: held.correlation,
    new_owner: ownerId,
    new_correlation: ownerId === null ? 'none' : correlation,
  };
  const same = change.old_owner === change.new_owner && change.old_correlation === change.new_correlation;
  return same ? { outcome: 'unchanged' } : { outcome: 'changed', change };
}
