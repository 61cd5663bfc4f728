import { Injectable, type OnModuleInit } from '@nestjs/common';
import { serverCaller } from '@app/access';
import { AuditTrail } from '@app/audit';
import { type ConnectorConfig, rulesOf } from '@app/connectors';
import { JobQueue } from '@app/jobs';
import { newId } from '@app/kernel';
import { Announcements, Database, statement, systemStatement, type Transaction } from '@app/persistence';
import { runQueued } from './jobs.js';
import type { LeasedRun } from './leased-run.js';

const insertRun = statement<never>(
  undefined,
  `insert into sync_run (organization_id, id, connector_id, file_id, dry_run, requested_by) values ($1, $2, $3, $4, $5, $6)`,
);
/** A newer run supersedes one that is held back: what it would remove is judged anew. */
const supersede = statement<{ id: string }>(
  undefined,
  `update sync_run set state = 'cancelled', error = 'A newer run was started.', finished_at = now(), updated_at = now()
    where organization_id = $1 and connector_id = $2 and state = 'needs_confirmation' returning id`,
);
/**
 * Connectors whose accounts have their keys by other rules than the present ones, each with the file its accounts stem
 * from. One with a run that has yet to be done needs no other, and one that was never read has nothing to look at again.
 */
const outdated = statement<{ connector_id: string; file_id: string }>(
  undefined,
  `select c.id as connector_id, last.file_id from connector c
    cross join lateral (
      select r.file_id from sync_run r
       where r.organization_id = $1 and r.connector_id = c.id and r.state = 'succeeded' and not r.dry_run
       order by r.created_at desc, r.id desc limit 1) last
    where c.organization_id = $1 and c.id = any($2::uuid[]) and not c.authoritative and c.deleted_at is null
      and c.sync_disabled_at is null
      and not exists (select from sync_run r where r.organization_id = $1 and r.connector_id = c.id
                       and r.state in ('queued', 'running', 'paused', 'needs_confirmation'))
    for update of c`,
);

/**
 * Connectors that went by other rules than the present ones, and whose run at the time of the change did not come to its
 * end. One that has had a run since is left alone: it would fail again and again.
 */
const leftBehind = systemStatement<{ organization_id: string; connector_id: string }>(
  undefined,
  `select c.organization_id, c.id as connector_id from connector c
    where not c.authoritative and c.deleted_at is null and c.sync_disabled_at is null and c.applied_rules::jsonb is distinct from (
        select coalesce(jsonb_agg(jsonb_build_array(r ->> 'account', r ->> 'owner')), '[]')
          from jsonb_array_elements(c.config -> 'correlationRules') r)
      and exists (select from sync_run r where r.organization_id = c.organization_id and r.connector_id = c.id
                   and r.state = 'succeeded' and not r.dry_run)
      and not exists (select from sync_run r where r.organization_id = c.organization_id and r.connector_id = c.id
                   and r.created_at > c.updated_at and not r.dry_run)`,
);

/** Held, so that a change of the rules at this moment is either seen here or sees how the run has ended. */
const presentConfig = statement<{ config: ConnectorConfig }>(
  undefined,
  `select config from connector where organization_id = $1 and id = $2 and deleted_at is null for update`,
);

/** Whoever starts, stops or pauses what is read from a connector holds it: what is asked at once is done one after another. */
const holdConnector = statement<{ paused: boolean }>(
  undefined,
  `select sync_disabled_at is not null as paused from connector
    where organization_id = $1 and id = $2 and deleted_at is null for no key update`,
);
/** Looked at once the connector is held. */
const standing = statement<Omit<HeldFeed, 'paused'>>(
  undefined,
  `select exists (select from sync_run where organization_id = $1 and connector_id = $2 and state in ('queued', 'running', 'paused'))
        as under_way,
     (select file_id from sync_run where organization_id = $1 and connector_id = $2 and state = 'needs_confirmation'
       order by created_at desc, id desc limit 1) as held_back_file_id,
     (select id from connector_file where organization_id = $1 and connector_id = $2 and complete
       order by created_at desc, id desc limit 1) as file_id`,
);

/** How it stands with what a connector reads. */
export interface HeldFeed {
  readonly paused: boolean;
  readonly under_way: boolean;
  /** The file of a run that waits for a confirmation. */
  readonly held_back_file_id: string | null;
  /** The newest whole file. */
  readonly file_id: string | null;
}

/** Puts runs into the queue, in the transaction of their cause. */
@Injectable()
export class RunQueue implements OnModuleInit {
  constructor(
    private readonly jobs: JobQueue,
    private readonly audit: AuditTrail,
    private readonly announcements: Announcements,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    this.announcements.on('sync', 'connector.rulesChanged', async (tx, events) => {
      await this.queueForRules(
        tx,
        events.flatMap(({ ids }) => ids),
      );
    });
  }

  /** Undefined: there is no such connector. */
  async hold(tx: Transaction, connectorId: string): Promise<HeldFeed | undefined> {
    const [connector] = await tx.query(holdConnector, [connectorId]);
    const [found] = connector ? await tx.query(standing, [connectorId]) : [];
    return connector && found && { ...connector, ...found };
  }

  /**
   * A run of the newest file, unless the connector is paused, being read, or without a file. One that waits for a
   * confirmation is left alone unless there is a newer file.
   */
  async queueUnasked(tx: Transaction, connectorId: string): Promise<void> {
    const feed = await this.hold(tx, connectorId);
    if (!feed || feed.paused || feed.under_way || feed.file_id === null || feed.file_id === feed.held_back_file_id)
      return;
    await this.queue(tx, connectorId, feed.file_id, false);
  }

  /** Of a connector that is held. */
  async queue(tx: Transaction, connectorId: string, fileId: string, dryRun: boolean): Promise<string> {
    const id = newId();
    if (!dryRun) await this.supersedeHeld(tx, connectorId, id);
    await tx.query(insertRun, [id, connectorId, fileId, dryRun, tx.caller.actor.name]);
    const after = { connectorId, fileId, dryRun };
    await this.audit.record(tx, { action: 'run.queued', subjectType: 'run', subjectId: id, after });
    await this.wake(tx, id);
    return id;
  }

  /** Correlates accounts anew after their connector's rules were changed, from the file they were read from. */
  async queueForRules(tx: Transaction, connectorIds: readonly string[]): Promise<void> {
    for (const { connector_id, file_id } of await tx.query(outdated, [connectorIds])) {
      await this.queue(tx, connector_id, file_id, false);
    }
  }

  /** Rules that were changed while a run went by the former ones. */
  async followRules({ caller, connectorId, config }: LeasedRun): Promise<void> {
    await this.database.inTransaction(caller, async (tx) => {
      const [connector] = await tx.query(presentConfig, [connectorId]);
      if (connector && rulesOf(connector.config) !== rulesOf(config)) await this.queueForRules(tx, [connectorId]);
    });
  }

  /** Rules whose run was cancelled or failed for another reason; for a job of the clock. */
  async followAllRules(): Promise<void> {
    const reason = 'rules change in every organization';
    const found = await this.database.asSystem(reason, (system) => system.query(leftBehind));
    for (const [organizationId, connectors] of Map.groupBy(found, (row) => row.organization_id)) {
      const caller = serverCaller(organizationId, 'system', 'correlation rules', null);
      const ids = connectors.map(({ connector_id }) => connector_id);
      await this.database.inTransaction(caller, (tx) => this.queueForRules(tx, ids));
    }
  }

  async wake(tx: Transaction, runId: string): Promise<void> {
    await this.jobs.enqueue(tx, runQueued, { runId });
  }

  private async supersedeHeld(tx: Transaction, connectorId: string, supersededBy: string): Promise<void> {
    for (const held of await tx.query(supersede, [connectorId])) {
      const after = { supersededBy };
      await this.audit.record(tx, { action: 'run.cancelled', subjectType: 'run', subjectId: held.id, after });
    }
  }
}
