import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Principal } from '@app/access';
import { AuditTrail } from '@app/audit';
import { ConnectorDeletion, ConnectorService } from '@app/connectors';
import { NotFoundError } from '@app/kernel';
import { Database, statement, type Transaction } from '@app/persistence';
import { RunQueue } from './run-queue.js';
import type { RunAddress } from './run.service.js';

const pauseConnector = statement<{ id: string }>(
  undefined,
  `update connector set sync_disabled_at = now(), updated_at = now()
    where organization_id = $1 and id = $2 and sync_disabled_at is null returning id`,
);
const resumeConnector = statement<{ id: string }>(
  undefined,
  `update connector set sync_disabled_at = null, updated_at = now()
    where organization_id = $1 and id = $2 and sync_disabled_at is not null returning id`,
);
const pauseRuns = statement<{ id: string }>(
  undefined,
  `update sync_run set state = 'paused', lease_until = null, updated_at = now()
    where organization_id = $1 and connector_id = $2 and state in ('queued', 'running') and not dry_run returning id`,
);
const resumeRuns = statement<{ id: string }>(
  undefined,
  `update sync_run set state = 'queued', stage = 'waiting', error = null, updated_at = now()
    where organization_id = $1 and connector_id = $2 and state = 'paused' and not dry_run returning id`,
);
const stopRuns = statement<{ id: string }>(
  undefined,
  `update sync_run set state = 'cancelled', error = 'The connector was deleted.', lease_until = null,
      finished_at = now(), updated_at = now()
    where organization_id = $1 and connector_id = any($2::uuid[])
      and state in ('queued', 'running', 'paused', 'needs_confirmation') returning id`,
);

/** A paused connector is read by nobody: not by the clock, not with the others, not when its rules change. */
@Injectable()
export class ConnectorSyncs implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly connectors: ConnectorService,
    private readonly deletion: ConnectorDeletion,
    private readonly runs: RunQueue,
    private readonly audit: AuditTrail,
  ) {}

  /** Last of all: whoever takes a step of a run holds accounts and owners before he holds the run. */
  onModuleInit(): void {
    this.database.announcements.on('sync', 'connector.deleted', async (tx, events) => {
      const ids = events.flatMap((event) => event.ids);
      await this.recordRuns(tx, 'run.cancelled', await tx.query(stopRuns, [ids]));
    });
  }

  /**
   * Its runs stop beforehand, and by themselves: a run that has hours to go would hold the connector again and again. One
   * that begins between the two goes with the connector.
   */
  async delete(principal: Principal, { applicationId, connectorId }: RunAddress): Promise<void> {
    await this.connectors.get(principal, applicationId, connectorId);
    await this.database.inTransaction(principal, async (tx) => {
      await this.recordRuns(tx, 'run.cancelled', await tx.query(stopRuns, [[connectorId]]));
    });
    await this.deletion.delete(principal, applicationId, connectorId);
  }

  /** A run under way stops where it is. One that is paused stays so. */
  async pause(principal: Principal, { applicationId, connectorId }: RunAddress): Promise<void> {
    await this.connectors.get(principal, applicationId, connectorId);
    await this.database.inTransaction(principal, async (tx) => {
      await this.hold(tx, connectorId);
      if ((await tx.query(pauseConnector, [connectorId])).length === 0) return;
      await this.audit.record(tx, { action: 'connector.paused', subjectType: 'connector', subjectId: connectorId });
      await this.recordRuns(tx, 'run.paused', await tx.query(pauseRuns, [connectorId]));
    });
  }

  /** Its run goes on where it was stopped; if there is none, and none waits for a confirmation, the newest file is read. */
  async resume(principal: Principal, { applicationId, connectorId }: RunAddress): Promise<void> {
    await this.connectors.get(principal, applicationId, connectorId);
    await this.database.inTransaction(principal, async (tx) => {
      await this.hold(tx, connectorId);
      if ((await tx.query(resumeConnector, [connectorId])).length === 0) return;
      await this.audit.record(tx, { action: 'connector.resumed', subjectType: 'connector', subjectId: connectorId });
      const resumed = await tx.query(resumeRuns, [connectorId]);
      await this.recordRuns(tx, 'run.resumed', resumed);
      for (const { id } of resumed) await this.runs.wake(tx, id);
      await this.runs.queueUnasked(tx, connectorId);
    });
  }

  private async hold(tx: Transaction, connectorId: string): Promise<void> {
    if (!(await this.runs.hold(tx, connectorId))) throw new NotFoundError('connector');
  }

  private async recordRuns(tx: Transaction, action: string, runs: readonly { readonly id: string }[]): Promise<void> {
    await this.audit.recordAll(
      tx,
      runs.map(({ id }) => ({ action, subjectType: 'run', subjectId: id })),
    );
  }
}
