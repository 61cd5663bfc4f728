import { Injectable } from '@nestjs/common';
import { type Caller, narrowedTo, type Principal } from '@app/access';
import { AuditTrail } from '@app/audit';
import { ConnectorService } from '@app/connectors';
import { ConflictError, type CursorPageOf, isId, NotFoundError, PreconditionError } from '@app/kernel';
import { Database, statement, type Transaction, violatedUnique } from '@app/persistence';
import { type HeldFeed, RunQueue } from './run-queue.js';
import { type NamedRun, type RunChange, runColumns, type SyncRun } from './sync-run.js';

export interface RunAddress {
  readonly applicationId: string;
  readonly connectorId: string;
}

export interface RefusedRowRecord {
  readonly line: number;
  readonly reason: string;
  readonly message: string;
}

const getRun = statement<SyncRun>(
  'run.get',
  `select ${runColumns} from sync_run where organization_id = $1 and connector_id = $2 and id = $3`,
);
const runById = statement<NamedRun>(
  'run.by-id',
  `select ${runColumns}, (
       select c.name from connector c where c.organization_id = $1 and c.id = sync_run.connector_id) as connector_name
     from sync_run
    where organization_id = $1 and id = $2 and ($3::uuid is null or exists (
      select from connector_owner w
        join connector c on c.organization_id = $1 and c.id = w.connector_id and c.deleted_at is null
       where w.organization_id = $1 and w.connector_id = sync_run.connector_id and w.user_id = $3))`,
);
const listRuns = statement<SyncRun>(
  'run.list',
  `select ${runColumns} from sync_run where organization_id = $1 and connector_id = $2 and ($3::uuid is null or id < $3)
    order by id desc limit $4`,
);
const listRefused = statement<RefusedRowRecord>(
  'run.refused-rows',
  `select line, reason, message from refused_row where organization_id = $1 and run_id = $2
    and (line, reason) > ($3::integer, $4::text) order by line, reason limit $5`,
);
const listChanges = statement<RunChange>(
  'run.changes',
  `select position, change, subject_type, subject_id, line, name, native_identity, before, after from run_change
    where organization_id = $1 and run_id = $2 and position > $3 order by position limit $4`,
);
const countRefused = statement<{ reason: string; rows: number }>(
  'run.refused-rows-by-reason',
  `select reason, count(*)::integer as rows from refused_row where organization_id = $1 and run_id = $2 group by reason order by reason`,
);
const move = statement<{ id: string }>(
  undefined,
  `update sync_run set state = $4, confirmed = confirmed or $5, updated_at = now(), lease_until = null,
      error = case when $4 = 'paused' then error end,
      stage = case when $4 = 'queued' then 'waiting' else stage end,
      finished_at = case when $4 = 'cancelled' then now() end
    where organization_id = $1 and connector_id = $2 and id = $3 and state = any($6::text[]) returning id`,
);
const connectorsInOrder = statement<{ id: string }>(
  undefined,
  `select c.id from connector c where c.organization_id = $1 and c.deleted_at is null and c.sync_disabled_at is null
    order by c.authoritative desc, c.priority, c.id`,
);
const oneSyncAtATime = statement<never>(
  undefined,
  `select pg_advisory_xact_lock(hashtextextended('sync all ' || $1::uuid, 0))`,
);

/** Starts runs, shows how they go, and stops them. The work itself is done by a worker. */
@Injectable()
export class RunService {
  constructor(
    private readonly database: Database,
    private readonly connectors: ConnectorService,
    private readonly runs: RunQueue,
    private readonly audit: AuditTrail,
  ) {}

  async start(principal: Principal, address: RunAddress, dryRun: boolean): Promise<SyncRun> {
    await this.connectors.get(principal, address.applicationId, address.connectorId);
    const id = await this.database.inTransaction(principal, async (tx) => {
      const feed = await this.runs.hold(tx, address.connectorId);
      if (!feed) throw new NotFoundError('connector');
      if (!dryRun) requireUnpaused(feed);
      if (feed.file_id === null) throw new PreconditionError('The connector has no file yet: upload one first.');
      if (feed.under_way) throw new ConflictError('A run of this connector is already under way.');
      return this.runs.queue(tx, address.connectorId, feed.file_id, dryRun);
    });
    return this.find(principal, address.connectorId, id);
  }

  /** One run for each connector that has a file and is idle, authoritative ones first: they make the owners. */
  async startAll(caller: Caller): Promise<void> {
    await this.database.inTransaction(caller, async (tx) => {
      await tx.query(oneSyncAtATime);
      for (const { id } of await tx.query(connectorsInOrder)) {
        const feed = await this.runs.hold(tx, id);
        if (!feed || feed.paused || feed.under_way || feed.file_id === null) continue;
        await this.runs.queue(tx, id, feed.file_id, false);
      }
    });
  }

  async get(principal: Principal, address: RunAddress, runId: string): Promise<SyncRun> {
    await this.connectors.get(principal, address.applicationId, address.connectorId);
    return this.find(principal, address.connectorId, runId);
  }

  /** Of whatever connector the caller may see; null: there is none of this id. */
  async findById(principal: Principal, runId: string): Promise<NamedRun | null> {
    const values = [runId, narrowedTo(principal, 'connectors:read')];
    const [run] = isId(runId) ? await this.database.query(principal, runById, values) : [];
    return run ?? null;
  }

  async list(
    principal: Principal,
    address: RunAddress,
    limit: number,
    before: string | null,
  ): Promise<CursorPageOf<SyncRun>> {
    await this.connectors.get(principal, address.applicationId, address.connectorId);
    const rows = await this.database.query(principal, listRuns, [address.connectorId, before, limit + 1]);
    const items = rows.slice(0, limit);
    return { items, hasNextPage: rows.length > limit, endCursor: items.at(-1)?.id ?? null };
  }

  async refusedRows(
    principal: Principal,
    address: RunAddress,
    runId: string,
    limit: number,
    after: readonly [number, string],
  ): Promise<{ items: RefusedRowRecord[]; hasNextPage: boolean; byReason: Record<string, number> }> {
    await this.get(principal, address, runId);
    const rows = await this.database.query(principal, listRefused, [runId, ...after, limit + 1]);
    const counts = await this.database.query(principal, countRefused, [runId]);
    const byReason = Object.fromEntries(counts.map(({ reason, rows: count }) => [reason, count]));
    return { items: rows.slice(0, limit), hasNextPage: rows.length > limit, byReason };
  }

  /** What a dry run found; other runs tell what they changed in the audit trail. */
  async changes(
    principal: Principal,
    address: RunAddress,
    runId: string,
    limit: number,
    after: number,
  ): Promise<{ items: RunChange[]; hasNextPage: boolean }> {
    await this.get(principal, address, runId);
    const rows = await this.database.query(principal, listChanges, [runId, after, limit + 1]);
    return { items: rows.slice(0, limit), hasNextPage: rows.length > limit };
  }

  /** Lets a run that was held back for its removals go on. */
  async confirm(principal: Principal, address: RunAddress, runId: string): Promise<SyncRun> {
    return this.change(principal, address, runId, {
      to: 'queued',
      from: ['needs_confirmation'],
      confirmed: true,
      as: 'run.confirmed',
    });
  }

  async pause(principal: Principal, address: RunAddress, runId: string): Promise<SyncRun> {
    return this.change(principal, address, runId, { to: 'paused', from: ['queued', 'running'], as: 'run.paused' });
  }

  async resume(principal: Principal, address: RunAddress, runId: string): Promise<SyncRun> {
    return this.change(principal, address, runId, { to: 'queued', from: ['paused'], as: 'run.resumed' });
  }

  async cancel(principal: Principal, address: RunAddress, runId: string): Promise<SyncRun> {
    const from = ['queued', 'running', 'paused', 'needs_confirmation'];
    return this.change(principal, address, runId, { to: 'cancelled', from, as: 'run.cancelled' });
  }

  private async change(
    principal: Principal,
    address: RunAddress,
    runId: string,
    step: { to: string; from: string[]; confirmed?: boolean; as: string },
  ): Promise<SyncRun> {
    const before = await this.get(principal, address, runId);
    await this.moving(principal, async (tx) => {
      const feed = await this.runs.hold(tx, address.connectorId);
      if (!feed) throw new NotFoundError('connector');
      if (step.to === 'queued' && !before.dry_run) requireUnpaused(feed);
      const values = [address.connectorId, runId, step.to, step.confirmed ?? false, step.from];
      if ((await tx.query(move, values)).length === 0) {
        throw new PreconditionError(
          `The run is ${before.state}: only a run that is ${step.from.join(' or ')} allows this.`,
        );
      }
      await this.audit.record(tx, { action: step.as, subjectType: 'run', subjectId: runId });
      if (step.to === 'queued') await this.runs.wake(tx, runId);
    });
    return this.find(principal, address.connectorId, runId);
  }

  private async moving(caller: Caller, work: (tx: Transaction) => Promise<void>): Promise<void> {
    try {
      await this.database.inTransaction(caller, work);
    } catch (error) {
      if (violatedUnique(error)) throw new ConflictError('Another run of this connector is already under way.');
      throw error;
    }
  }

  private async find(caller: Caller, connectorId: string, runId: string): Promise<SyncRun> {
    const [run] = await this.database.query(caller, getRun, [connectorId, runId]);
    if (!run) throw new NotFoundError('run');
    return run;
  }
}

function requireUnpaused(feed: HeldFeed): void {
  if (feed.paused) throw new PreconditionError('The connector is paused: resume it first.');
}
