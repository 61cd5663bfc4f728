import { auditInsert } from '@app/audit';
import { statement } from '@app/persistence';
import type { LeasedRun } from './leased-run.js';

interface ManagerLink {
  line: number;
  owner_id: string;
  manager_id: string | null;
}

/**
 * Whom each row's owner should report to, where that differs from what is stored: by identity id in this connector,
 * else by e-mail. Rows that name nobody known give null.
 */
const findLinks = statement<ManagerLink & { unknown: boolean }>(
  undefined,
  `select s.line, o.id as owner_id, coalesce(by_identity.id, by_email.id) as manager_id,
      s.manager_key is not null and by_identity.id is null and by_email.id is null as unknown
     from staged_key s
     join owner o on o.organization_id = $1 and o.connector_id = $2 and o.identity_key = s.identity_key and o.deleted_at is null
     left join owner by_identity on by_identity.organization_id = $1 and by_identity.connector_id = $2
       and by_identity.identity_key = s.manager_key and by_identity.deleted_at is null
     left join owner by_email on by_identity.id is null and by_email.organization_id = $1
       and by_email.email_key = s.manager_key and by_email.deleted_at is null
    where (coalesce(by_identity.id, by_email.id) is distinct from o.manager_id
      or (s.manager_key is not null and by_identity.id is null and by_email.id is null))
    order by s.line`,
);

/** Owners that no chain of managers leads up from to somebody without one, once the new links stand. */
const findEndless = statement<{ id: string; manager_id: string }>(
  undefined,
  `with recursive wanted as (select * from jsonb_to_recordset($2::jsonb) as w(owner_id uuid, manager_id uuid)),
   tree as materialized (
     select o.id, case when w.owner_id is null then o.manager_id else w.manager_id end as manager_id
       from owner o left join wanted w on w.owner_id = o.id where o.organization_id = $1 and o.deleted_at is null),
   reached as (
     select id from tree where manager_id is null
     union all
     select tree.id from tree join reached on tree.manager_id = reached.id)
   select tree.id, tree.manager_id from tree where not exists (select 1 from reached where reached.id = tree.id)`,
);

const writeLinks = statement<never>(
  undefined,
  `with wanted as (select * from jsonb_to_recordset($5::jsonb) as w(owner_id uuid, manager_id uuid)),
   touched as (select o.id, o.manager_id as old_manager from wanted w join owner o on o.organization_id = $1 and o.id = w.owner_id),
   changed as (
     update owner o set manager_id = w.manager_id, version = o.version + 1, updated_at = now() from wanted w
      where o.organization_id = $1 and o.id = w.owner_id returning o.id, o.manager_id)
   ${auditInsert(
     'owner.managerChanged',
     'owner',
     `select changed.id as subject_id, jsonb_build_object('managerId', touched.old_manager) as before,
        jsonb_build_object('managerId', changed.manager_id) as after from changed join touched on touched.id = changed.id`,
   )}`,
);

const report = statement<never>(
  undefined,
  `insert into refused_row (organization_id, run_id, line, reason, message, native_key)
   select $1, $2, r.line, r.reason, r.message, s.native_key
     from jsonb_to_recordset($3::jsonb) as r(line integer, reason text, message text) join staged_key s on s.line = r.line
   on conflict do nothing`,
);

const lockTree = statement<never>(
  undefined,
  `select pg_advisory_xact_lock(hashtextextended('manager tree ' || $1::uuid, 0))`,
);

/**
 * Manager links come last, when everybody they may name is there. A link that would close a circle is dropped and
 * reported. Nothing is announced: what is repeated or counted of an owner does not depend on his manager.
 */
export async function linkManagers(run: LeasedRun): Promise<void> {
  await run.step(async (tx) => {
    await tx.query(lockTree);
    const found = await tx.query(run.own(findLinks), [run.connectorId]);
    const unknown = found.filter((link) => link.unknown);
    const links = found.filter((link) => !link.unknown);
    const dropped: ManagerLink[] = [];
    for (let kept = links; kept.length > 0;) {
      const endless = await tx.query(findEndless, [JSON.stringify(kept)]);
      const closing = closingLinks(endless, kept);
      if (closing.length === 0) break;
      dropped.push(...closing);
      kept = links.filter((link) => !dropped.includes(link));
    }
    const kept = links.filter((link) => !dropped.includes(link));
    const { actor } = run.caller;
    if (kept.length > 0) await tx.query(writeLinks, [actor.type, actor.id, actor.name, JSON.stringify(kept)]);
    await tx.query(run.own(report), [
      run.id,
      JSON.stringify([...unknown.map(unknownManager), ...dropped.map(closedCircle)]),
    ]);
    return {};
  });
}

const unknownManager = ({ line }: ManagerLink) => ({
  line,
  reason: 'unknown_manager',
  message: 'The manager is nobody this server knows.',
});
const closedCircle = ({ line }: ManagerLink) => ({
  line,
  reason: 'manager_loop',
  message: 'The manager reports to this person.',
});

/** In each circle the new link that comes last in the file is the one that closes it. */
export function closingLinks(
  endless: readonly { id: string; manager_id: string }[],
  links: readonly ManagerLink[],
): ManagerLink[] {
  const managerOf = new Map(endless.map(({ id, manager_id }) => [id, manager_id]));
  const linkOf = new Map(links.map((link) => [link.owner_id, link]));
  const seen = new Set<string>();
  const closing: ManagerLink[] = [];
  for (const start of managerOf.keys()) {
    const path: string[] = [];
    let at: string | undefined = start;
    while (at !== undefined && !seen.has(at)) {
      seen.add(at);
      path.push(at);
      at = managerOf.get(at);
    }
    const circle = at === undefined ? [] : path.slice(path.indexOf(at) < 0 ? path.length : path.indexOf(at));
    const candidates = circle.flatMap((id) => linkOf.get(id) ?? []);
    const last = candidates.toSorted((a, b) => a.line - b.line).at(-1);
    if (last) closing.push(last);
  }
  return closing;
}
