import { auditInsert } from '@app/audit';
import { lockManagers, ownerUpdatedNow } from '@app/owners';
import { statement, type Transaction } from '@app/persistence';
import type { LeasedRun } from './leased-run.js';

interface EndlessOwner {
  readonly id: string;
  readonly manager_id: string;
  /** Of the row that brings the link; null where it is an old one. */
  readonly line: number | null;
}

const forgetLinks = statement<never>(undefined, `delete from staged_link where $1::uuid is not null`);

/**
 * Whom each row's owner should report to, where that differs from what is stored: by identity id in this connector,
 * else by e-mail. Rows that name somebody whom nobody knows are marked.
 */
const stageLinks = statement<never>(
  undefined,
  `insert into staged_link (line, owner_id, manager_id, unknown)
   select s.line, o.id, coalesce(by_identity.id, by_email.id),
      s.manager_key is not null and by_identity.id is null and by_email.id is null
     from staged_key s
     join owner o on o.organization_id = $1 and o.connector_id = $2 and o.identity_key = s.identity_key and o.deleted_at is null
     left join owner by_identity on by_identity.organization_id = $1 and by_identity.connector_id = $2
       and by_identity.identity_key = s.manager_key and by_identity.deleted_at is null
     left join owner by_email on by_identity.id is null and by_email.organization_id = $1
       and by_email.email_key = s.manager_key and by_email.deleted_at is null
    where (coalesce(by_identity.id, by_email.id) is distinct from o.manager_id
      or (s.manager_key is not null and by_identity.id is null and by_email.id is null))`,
);

/**
 * Owners that no chain of managers leads up from to somebody without one, once the new links stand; with the line of
 * their new link, if it is one.
 */
const findEndless = statement<EndlessOwner>(
  undefined,
  `with recursive tree as materialized (
     select o.id, w.line, case when w.line is null then o.manager_id else w.manager_id end as manager_id
       from owner o left join staged_link w on w.owner_id = o.id and not w.unknown
      where o.organization_id = $1 and o.deleted_at is null),
   reached as (
     select id from tree where manager_id is null
     union all
     select tree.id from tree join reached on tree.manager_id = reached.id)
   select tree.id, tree.manager_id, tree.line from tree where not exists (select 1 from reached where reached.id = tree.id)`,
);

const dropLinks = statement<never>(
  undefined,
  `with dropped as (delete from staged_link where line = any($3::integer[]) returning line)
   insert into refused_row (organization_id, run_id, line, reason, message, native_key)
   select $1, $2, s.line, 'manager_loop', 'The manager reports to this person.', s.native_key
     from dropped join staged_key s on s.line = dropped.line
   on conflict do nothing`,
);

const reportUnknown = statement<never>(
  undefined,
  `insert into refused_row (organization_id, run_id, line, reason, message, native_key)
   select $1, $2, s.line, 'unknown_manager', 'The manager is nobody this server knows.', s.native_key
     from staged_link w join staged_key s on s.line = w.line where w.unknown
   on conflict do nothing`,
);

/** In the order everybody holds them in. */
const holdOwners = statement<never>(
  undefined,
  `select o.id from staged_link w join owner o on o.organization_id = $1 and o.id = w.owner_id where not w.unknown
    order by o.id for no key update of o`,
);

const writeLinks = statement<never>(
  undefined,
  `with touched as (
     select o.id, o.manager_id as old_manager, w.manager_id from staged_link w
       join owner o on o.organization_id = $1 and o.id = w.owner_id where not w.unknown),
   changed as (
     update owner o set manager_id = t.manager_id, version = o.version + 1, updated_at = ${ownerUpdatedNow} from touched t
      where o.organization_id = $1 and o.id = t.id)
   ${auditInsert(
     'owner.managerChanged',
     'owner',
     `select id as subject_id, jsonb_build_object('managerId', old_manager) as before,
        jsonb_build_object('managerId', manager_id) as after from touched`,
   )}`,
);

/**
 * Manager links come last, when everybody they may name is there. A link that would close a circle is dropped and
 * reported. Nothing is announced: what is repeated or counted of an owner does not depend on his manager.
 */
export async function linkManagers(run: LeasedRun): Promise<void> {
  const { actor } = run.caller;
  await run.step(async (tx) => {
    await lockManagers(tx);
    await tx.execute(run.own(forgetLinks));
    await tx.execute(run.own(stageLinks), [run.connectorId]);
    for (let closing = await closingLines(tx, run); closing.length > 0; closing = await closingLines(tx, run)) {
      await tx.execute(run.own(dropLinks), [run.id, closing]);
    }
    await tx.execute(run.own(holdOwners));
    await tx.execute(run.own(writeLinks), [actor.type, actor.id, actor.name]);
    await tx.execute(run.own(reportUnknown), [run.id]);
    return {};
  });
}

async function closingLines(tx: Transaction, run: LeasedRun): Promise<number[]> {
  return closingLinks(await tx.query(run.own(findEndless)));
}

/** In each circle the new link that comes last in the file is the one that closes it. */
export function closingLinks(endless: readonly EndlessOwner[]): number[] {
  const found = new Map(endless.map((owner) => [owner.id, owner]));
  const seen = new Set<string>();
  const closing: number[] = [];
  for (const start of found.keys()) {
    const path: EndlessOwner[] = [];
    let at = found.get(start);
    while (at !== undefined && !seen.has(at.id)) {
      seen.add(at.id);
      path.push(at);
      at = found.get(at.manager_id);
    }
    const circle = at === undefined || !path.includes(at) ? [] : path.slice(path.indexOf(at));
    const lines = circle.flatMap(({ line }) => line ?? []);
    if (lines.length > 0) closing.push(Math.max(...lines));
  }
  return closing;
}
