import { Injectable } from '@nestjs/common';
import { Database, systemStatement } from '@app/persistence';

/** Of each connector the last run that succeeded stays: its accounts stem from that run's file. Of a deleted one nothing does. */
const removeOldRuns = systemStatement<never>(
  undefined,
  `delete from sync_run r
    where r.state in ('succeeded', 'failed', 'cancelled') and r.finished_at < now() - interval '90 days'
      and r.id is distinct from (
        select l.id from sync_run l join connector c
           on c.organization_id = l.organization_id and c.id = l.connector_id and c.deleted_at is null
         where l.organization_id = r.organization_id and l.connector_id = r.connector_id
           and l.state = 'succeeded' and not l.dry_run order by l.created_at desc, l.id desc limit 1)`,
);

/** Uploads that broke off and left their rows, because the server died meanwhile. */
const removeBrokenUploads = systemStatement<never>(
  undefined,
  `delete from connector_file where not complete and created_at < now() - interval '1 day'`,
);

/** A week on, a file is kept only if it is its connector's newest, if a run needs it, or if the present accounts stem from it. */
const removeOldContent = systemStatement<never>(
  undefined,
  `delete from connector_file_chunk k using connector_file f
    where f.organization_id = k.organization_id and f.id = k.file_id and f.created_at < now() - interval '7 days'
      and exists (select from connector_file n where n.organization_id = f.organization_id and n.connector_id = f.connector_id
                   and n.complete and (n.created_at, n.id) > (f.created_at, f.id))
      and not exists (select from sync_run r where r.organization_id = f.organization_id and r.file_id = f.id
                   and r.state in ('queued', 'running', 'paused', 'needs_confirmation'))
      and f.id is distinct from (
        select l.file_id from sync_run l where l.organization_id = f.organization_id and l.connector_id = f.connector_id
           and l.state = 'succeeded' and not l.dry_run order by l.created_at desc, l.id desc limit 1)`,
);

const leftStaging = systemStatement<{ staging_id: string }>(
  undefined,
  `select s.staging_id from (
     select distinct substring(c.relname from '[0-9a-f]{32}$')::uuid as staging_id from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname ~ '^staged_(key|account|plan|link)_[0-9a-f]{32}$') s
    where not exists (select from sync_run r
      where r.staging ->> 'id' = s.staging_id::text and r.state in ('queued', 'running', 'paused'))`,
);
const closeStaging = systemStatement<never>(undefined, `select close_staging($1)`);

/** Removes what runs leave behind, for a job of the clock: old runs, files nobody reads again, tables of dead runs. */
@Injectable()
export class RunTidying {
  constructor(private readonly database: Database) {}

  async tidy(): Promise<void> {
    await this.database.asSystem('runs of every organization leave things behind', async (system) => {
      for (const remove of [removeOldRuns, removeBrokenUploads, removeOldContent]) await system.execute(remove);
      for (const { staging_id } of await system.query(leftStaging)) await system.query(closeStaging, [staging_id]);
    });
  }
}
