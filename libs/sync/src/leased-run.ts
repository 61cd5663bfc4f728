import { type Caller, serverCaller } from '@app/access';
import type { ConnectorConfig } from '@app/connectors';
import { type Database, statement, systemStatement, type Transaction } from '@app/persistence';
import type { Staging } from './staging.js';
import type { RunProgress, SyncRun } from './sync-run.js';

interface ClaimedRow {
  organization_id: string;
  id: string;
  connector_id: string;
  file_id: string;
  dry_run: boolean;
  confirmed: boolean;
  connector_name: string;
  config: ConnectorConfig;
  file_taken_at: string;
  staging: Staging | null;
}

const leaseSeconds = 60;

/**
 * The oldest run that waits or whose worker went silent, of an organization that is not suspended. While an authoritative connector's run is queued or going,
 * the other connectors of its organization wait: their accounts are owned by what it makes. Two that make people go one
 * after the other, in the order of their priority.
 */
const claim = systemStatement<ClaimedRow>(
  undefined,
  `with next as (
     select r.organization_id, r.id from sync_run r
       join connector c on c.organization_id = r.organization_id and c.id = r.connector_id
       join organization g on g.id = r.organization_id and g.account_type <> 'DISABLED'
      where (r.state = 'queued' or (r.state = 'running' and r.lease_until < now()))
        and not exists (
          select 1 from sync_run ahead
            join connector h on h.organization_id = ahead.organization_id and h.id = ahead.connector_id
           where ahead.organization_id = r.organization_id and h.authoritative and ahead.id <> r.id
             and (ahead.state = 'running' and ahead.lease_until >= now()
               or not c.authoritative and ahead.state in ('queued', 'running')))
      order by c.authoritative desc, case when c.authoritative then c.priority end, r.created_at, r.id limit 1 for update of r skip locked)
   update sync_run r set state = 'running', lease_holder = $1, lease_until = now() + make_interval(secs => ${leaseSeconds}),
       started_at = coalesce(r.started_at, now()), updated_at = now(), error = null
     from next, connector c, connector_file f
    where r.organization_id = next.organization_id and r.id = next.id
      and c.organization_id = r.organization_id and c.id = r.connector_id
      and f.organization_id = r.organization_id and f.id = r.file_id
   returning r.organization_id, r.id, r.connector_id, r.file_id, r.dry_run, r.confirmed, c.name as connector_name, c.config, f.taken_at as file_taken_at, r.staging`,
);

/** A run of an organization that is suspended is lost to its worker, and goes on with another when that is over. */
const going = `state = 'running' and exists (select from organization g where g.id = $1 and g.account_type <> 'DISABLED')`;
const beat = statement<{ id: string }>(
  undefined,
  `update sync_run set lease_until = now() + make_interval(secs => ${leaseSeconds})
    where organization_id = $1 and id = $2 and lease_holder = $3 and ${going} returning id`,
);

const advance = statement<{ id: string }>(
  undefined,
  `update sync_run set stage = coalesce($4, stage), staging = coalesce($5::jsonb, staging), updated_at = now(),
      lease_until = now() + make_interval(secs => ${leaseSeconds}),
      rows_read = coalesce(($6::jsonb ->> 'rows_read')::integer, rows_read),
      rows_refused = coalesce(($6::jsonb ->> 'rows_refused')::integer, rows_refused),
      rows_to_apply = coalesce(($6::jsonb ->> 'rows_to_apply')::integer + rows_applied, rows_to_apply),
      accounts_unchanged = case when $6::jsonb ? 'accounts_unchanged'
        then greatest(0, ($6::jsonb ->> 'accounts_unchanged')::integer - accounts_created - accounts_updated - accounts_returned)
        else accounts_unchanged + coalesce(($7::jsonb ->> 'accounts_unchanged')::integer, 0) end,
      rows_applied = rows_applied + coalesce(($7::jsonb ->> 'rows_applied')::integer, 0),
      accounts_created = accounts_created + coalesce(($7::jsonb ->> 'accounts_created')::integer, 0),
      accounts_updated = accounts_updated + coalesce(($7::jsonb ->> 'accounts_updated')::integer, 0),
      accounts_removed = accounts_removed + coalesce(($7::jsonb ->> 'accounts_removed')::integer, 0),
      accounts_returned = accounts_returned + coalesce(($7::jsonb ->> 'accounts_returned')::integer, 0),
      accounts_linked = accounts_linked + coalesce(($7::jsonb ->> 'accounts_linked')::integer, 0),
      accounts_unlinked = accounts_unlinked + coalesce(($7::jsonb ->> 'accounts_unlinked')::integer, 0),
      owners_created = owners_created + coalesce(($7::jsonb ->> 'owners_created')::integer, 0),
      owners_updated = owners_updated + coalesce(($7::jsonb ->> 'owners_updated')::integer, 0),
      owners_deactivated = owners_deactivated + coalesce(($7::jsonb ->> 'owners_deactivated')::integer, 0)
    where organization_id = $1 and id = $2 and lease_holder = $3 and ${going} returning id`,
);

const finish = statement<{ id: string }>(
  undefined,
  `update sync_run set state = $4, stage = case when $4 = 'succeeded' then 'done' else stage end, error = $5,
      lease_holder = null, lease_until = null, updated_at = now(),
      staging = case when $4 = 'queued' then staging end,
      finished_at = case when $4 in ('succeeded', 'failed') then now() end
    where organization_id = $1 and id = $2 and lease_holder = $3 and state = 'running' returning id`,
);

/** The lease is gone: the run was paused, cancelled, or taken over by another worker, or its organization was suspended. */
export class RunInterrupted extends Error {}

/** A run that this worker holds. Every step it records fails when the lease is lost, and with it the step's work. */
export class LeasedRun {
  readonly caller: Caller;
  private abandoned = false;
  private ownStaging: Staging | null;

  private constructor(
    private readonly database: Database,
    private readonly row: ClaimedRow,
    private readonly holder: string,
  ) {
    this.ownStaging = row.staging;
    this.caller = serverCaller(row.organization_id, 'sync', `Sync of ${row.connector_name}`, row.id);
  }

  static async claim(database: Database, holder: string): Promise<LeasedRun | undefined> {
    const [row] = await database.asSystem('a worker takes the next run of any organization', (system) =>
      system.query(claim, [holder]),
    );
    return row ? new LeasedRun(database, row, holder) : undefined;
  }

  get id(): string {
    return this.row.id;
  }

  /** The statement on this run's own staging tables instead of those they are made like. */
  own<S extends { readonly text: string }>(of: S): S {
    if (!this.ownStaging) throw new Error('nothing is staged yet');
    const suffix = this.ownStaging.id.replaceAll('-', '');
    return { ...of, text: of.text.replaceAll(/\bstaged_(?:key|account|plan|link)\b/g, `$&_${suffix}`) };
  }

  get connectorId(): string {
    return this.row.connector_id;
  }
  get connectorName(): string {
    return this.row.connector_name;
  }
  get fileId(): string {
    return this.row.file_id;
  }
  get config(): ConnectorConfig {
    return this.row.config;
  }
  get fileTakenAt(): string {
    return this.row.file_taken_at;
  }
  /** What this worker, or the one before it, has staged. */
  get staging(): Staging | null {
    return this.ownStaging;
  }
  get dryRun(): boolean {
    return this.row.dry_run;
  }
  get confirmed(): boolean {
    return this.row.confirmed;
  }

  /** This worker stops: the next step fails, and the run goes back to the queue for any worker. */
  abandon(): void {
    this.abandoned = true;
  }

  async heartbeat(): Promise<void> {
    if ((await this.database.query(this.caller, beat, [this.id, this.holder])).length === 0) throw new RunInterrupted();
  }

  /** One step in a transaction of its own: what it wrote counts only while this worker still holds the run. */
  async step<R extends StepResult>(work: (tx: Transaction) => Promise<R>): Promise<R> {
    if (this.abandoned) {
      await this.finish('queued', null);
      throw new RunInterrupted();
    }
    return this.database.inTransaction(this.caller, async (tx) => {
      const result = await work(tx);
      const values = [result.stage ?? null, result.staging ?? null, result.totals ?? {}, result.added ?? {}];
      // Last of all: batches written at once wait for one another here.
      tx.beforeCommit(async () => {
        const held = await tx.query(advance, [this.id, this.holder, ...values]);
        if (held.length === 0) throw new RunInterrupted();
      });
      return result;
    });
  }

  async enter(stage: SyncRun['stage'], totals: RunProgress = {}): Promise<void> {
    await this.step(async () => ({ stage, totals }));
  }

  /** Records what is staged, and where: before it is filled, so that nobody tidies it away meanwhile. */
  async staged(staging: Staging): Promise<void> {
    await this.step(async () => ({ staging }));
    this.ownStaging = staging;
  }

  /**
   * `also` is done with it, or neither.
   * @returns whether this worker still held the run: if not, how it ends is no business of his
   */
  async finish(
    state: 'succeeded' | 'failed' | 'needs_confirmation' | 'queued',
    error: string | null,
    also: (tx: Transaction) => Promise<void> = async () => undefined,
  ): Promise<boolean> {
    return this.database.inTransaction(this.caller, async (tx) => {
      const held = (await tx.query(finish, [this.id, this.holder, state, error])).length > 0;
      if (held) await also(tx);
      return held;
    });
  }
}

export interface StepResult {
  readonly stage?: SyncRun['stage'];
  readonly staging?: Staging;
  /** Figures that replace what stood there. */
  readonly totals?: RunProgress;
  /** Figures that are added. */
  readonly added?: RunProgress;
}
