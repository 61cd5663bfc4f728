import { Injectable, Logger } from '@nestjs/common';
import { type Caller, serverCaller } from '@app/access';
import { isId, NotFoundError } from '@app/kernel';
import { Database, type SystemStatement, type Transaction } from '@app/persistence';
import { markDeviation } from './group-deviation.js';
import { agrees, identityOf, liveStatistics, type OwnerIdentity } from './live-statistics.js';
import { figuresOf, type OwnerFigures } from './owner-figures.js';
import { dueOwners, dueOwnersOf, outdatedOwners, type OwnerOfOrganization, recompute } from './owner-statistics.js';
import { riskModelVersion } from './risk-categories.js';
import { assess, type RiskAssessment } from './risk-model.js';

export interface OwnerStatistics {
  readonly owner: OwnerIdentity;
  readonly figures: OwnerFigures;
  readonly risk: RiskAssessment;
  /** When time alone will change a figure. */
  readonly nextChangeAt: string | null;
}

const atOnce = 5_000;

/** Numbers over owners and their accounts: counted when asked for, stored for searching. */
@Injectable()
export class InsightsService {
  private readonly logger = new Logger(InsightsService.name);

  constructor(private readonly database: Database) {}

  /** Counts live; a stored row that says otherwise is set right. */
  async statisticsOf(caller: Caller, ownerId: string, now = new Date()): Promise<OwnerStatistics> {
    const values = [ownerId, now.toISOString()];
    const [row] = isId(ownerId) ? await this.database.query(caller, liveStatistics, values) : [];
    if (!row) throw new NotFoundError('owner');

    const risk = assess(row);
    const judged = { total_threat: risk.score, risk_level: risk.level, risk_model_version: riskModelVersion };
    if (!agrees(row, judged)) await this.repair(caller, row.owner_id, now);
    return { owner: identityOf(row), figures: figuresOf(row), risk, nextChangeAt: row.next_change_at };
  }

  /** Counts and stores these owners anew; rows of deleted ones go. */
  async recompute(tx: Transaction, ownerIds: readonly string[], now = new Date()): Promise<void> {
    await recompute(tx, ownerIds, now);
  }

  /** Marks accounts with far more entitlements than others of their connector, and says whose marks have changed. */
  async recomputeDeviation(tx: Transaction, connectorId: string): Promise<string[]> {
    const changed = await tx.query(markDeviation, [connectorId]);
    return [...new Set(changed.flatMap(({ owner_id }) => owner_id ?? []))];
  }

  /** Recounts owners whose figures time has changed; for a job. Returns how many there were. */
  async refreshDue(limit = atOnce, now = new Date()): Promise<number> {
    return this.refresh('statistics grow old in every organization', dueOwners, [now.toISOString(), limit], now);
  }

  /**
   * The same for all of one organization, before its figures are searched: the job comes by once a minute. Portion by
   * portion, each recounted once, for whoever is counted at an instant is due after it.
   */
  async refreshDueOf(caller: Caller, now = new Date()): Promise<void> {
    const actor = serverCaller(caller.organizationId, 'system', 'insights', null);
    for (let found = atOnce; found === atOnce;) {
      const due = await this.database.query(caller, dueOwnersOf, [now.toISOString(), atOnce]);
      const ids = due.map(({ owner_id }) => owner_id);
      if (ids.length > 0) await this.database.inTransaction(actor, (tx) => recompute(tx, ids, now));
      found = due.length;
    }
  }

  /** Judges everybody anew who was judged by an earlier model; for a job after an upgrade. */
  async refreshModel(now = new Date()): Promise<number> {
    const reason = 'a new risk model applies to every organization';
    for (let all = 0; ;) {
      const some = await this.refresh(reason, outdatedOwners, [riskModelVersion, atOnce], now);
      if (some === 0) return all;
      all += some;
    }
  }

  private async refresh(
    reason: string,
    which: SystemStatement<OwnerOfOrganization>,
    values: readonly unknown[],
    now: Date,
  ): Promise<number> {
    const found = await this.database.asSystem(reason, (system) => system.query(which, values));
    for (const [organizationId, owners] of Map.groupBy(found, (row) => row.organization_id)) {
      const caller = serverCaller(organizationId, 'system', 'insights', null);
      const ids = owners.map(({ owner_id }) => owner_id);
      await this.database.inTransaction(caller, (tx) => recompute(tx, ids, now));
    }
    return found.length;
  }

  /** The answer is right either way, so a repair that has to wait too long does not fail the read. */
  private async repair(caller: Caller, ownerId: string, now: Date): Promise<void> {
    try {
      await this.database.inTransaction(caller, (tx) => recompute(tx, [ownerId], now));
    } catch (error) {
      this.logger.warn(`stored statistics of owner ${ownerId} stay as they are: ${(error as Error).message}`);
    }
  }
}
