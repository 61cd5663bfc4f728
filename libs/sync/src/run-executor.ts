import { Injectable, Logger } from '@nestjs/common';
import { announcing, tally } from '@app/accounts';
import { ConnectorFileService, readDelimitedFile, readDelimitedKeys } from '@app/connectors';
import { InsightsService } from '@app/insights';
import { ConflictError, DomainError, InvalidError, UnavailableError } from '@app/kernel';
import {
  Database,
  statement,
  type SystemStatement,
  systemStatement,
  type Transaction,
  violatedUnique,
} from '@app/persistence';
import { AccountWriter } from './apply-accounts.js';
import { writeEntitlements, writeHoldings } from './apply-entitlements.js';
import { writeOwners } from './apply-owners.js';
import { type Comparison, compare } from './compare.js';
import { workOff } from './work-off.js';
import { correlateAll, keepAppliedRules } from './correlate.js';
import { preview } from './dry-run.js';
import { type LeasedRun, RunInterrupted, type StepResult } from './leased-run.js';
import { linkManagers } from './managers.js';
import { inactivateAbsent, removeAbsent } from './remove.js';
import { readBatch } from './planned-batch.js';
import { RunNotices } from './run-notices.js';
import { keepStaging, type RowSource, stage, unstage } from './staging.js';

/** Batches are written two at once: of their owners they share one at most. */
const appliers = 2;
/** How often a run compares before a unique value that is taken fails it. */
const comparisons = 3;
/** From this many rows on, plans made for other sizes cost more than a look at the tables. */
const plannedFor = 1_000;

const cancelled = statement<{ id: string }>(
  undefined,
  `select id from sync_run where organization_id = $1 and id = $2 and state = 'cancelled'`,
);
const plannerStatistics = systemStatement<never>(undefined, `select refresh_planner_statistics()`);
const entitlementStatistics = systemStatement<never>(undefined, `select refresh_entitlement_statistics()`);

/** read -> stage -> compare -> apply -> remove -> correlate -> managers -> insights. Nothing is served before apply. */
@Injectable()
export class RunExecutor {
  private readonly logger = new Logger(RunExecutor.name);

  constructor(
    private readonly database: Database,
    private readonly files: ConnectorFileService,
    private readonly insights: InsightsService,
    private readonly notices: RunNotices,
  ) {}

  /** Takes the run to its end. An error of the source fails the run and leaves what is served as it was. */
  async execute(run: LeasedRun): Promise<void> {
    try {
      const held = (await this.goAgain(run)) ?? null;
      await this.end(run, held === null || run.dryRun ? 'succeeded' : 'needs_confirmation', held);
    } catch (error) {
      if (error instanceof RunInterrupted) await this.leave(run);
      // The lease runs out, and a worker that reaches the database, or finds no lock there, takes the run up again.
      else if (error instanceof UnavailableError || error instanceof ConflictError) {
        this.logger.warn({ runId: run.id, reason: error.message }, 'a run is left to the next worker');
      } else await this.fail(run, error);
    }
  }

  /** Somebody else may have taken an address or an identity since the comparison: then it is compared once more. */
  private async goAgain(run: LeasedRun): Promise<string | undefined> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.go(run);
      } catch (error) {
        if (attempt === comparisons || violatedUnique(error) === undefined) throw error;
      }
    }
  }

  /** What was staged goes with the run, unless another worker has it by now. */
  private async end(run: LeasedRun, state: 'succeeded' | 'failed' | 'needs_confirmation', error: string | null) {
    const told = (tx: Transaction) => this.notices.tell(tx, run, state, error);
    if (await run.finish(state, error, told)) await unstage(this.database, run);
    else await this.leave(run);
  }

  /** Another worker may go on with what is staged, so it goes only when nobody ever will. */
  private async leave(run: LeasedRun): Promise<void> {
    if ((await this.database.query(run.caller, cancelled, [run.id])).length > 0) await unstage(this.database, run);
  }

  /** @returns why the run waits for a confirmation, or a dry run's run would; undefined when it is done */
  private async go(run: LeasedRun): Promise<string | undefined> {
    await stage(this.database, run, this.sourceOf(run));
    const comparison = await compare(this.database, run);
    if (comparison.staged + comparison.refused === 0) {
      throw new InvalidError('The file holds a header and no rows. Nothing was changed.');
    }
    await keepStaging(this.database, run);
    if (run.dryRun) return this.preview(run, comparison);
    if (comparison.aboveThreshold && !run.confirmed) return heldBack(comparison);

    await run.enter('applying', {
      rows_refused: comparison.refused,
      rows_to_apply: comparison.toApply,
      accounts_unchanged: comparison.unchanged,
    });
    await this.apply(run, comparison);
    await run.enter('removing');
    if (comparison.absent > 0) await removeAbsent(run);
    if (comparison.complete && run.config.authoritative) await inactivateAbsent(run);
    await this.finishLinks(run);
    await run.enter('insights');
    await run.step(async (tx) => {
      const ownerIds = await this.insights.recomputeDeviation(tx, run.connectorId);
      if (ownerIds.length > 0) tx.announce({ kind: 'account.changed', ids: [], ownerIds });
      return {};
    });
    return undefined;
  }

  private sourceOf({ caller, fileId, config, fileTakenAt }: LeasedRun): RowSource {
    const bytes = () => this.files.read(caller, fileId);
    return {
      keys: () => readDelimitedKeys(bytes(), config, fileTakenAt),
      rows: (wanted) => readDelimitedFile(bytes(), config, wanted),
    };
  }

  private async preview(run: LeasedRun, found: Comparison): Promise<string | undefined> {
    await run.step(async (tx) => {
      const { accounts_unchanged = 0, ...added } = await preview(tx, run, found);
      const totals = { rows_refused: found.refused, rows_to_apply: found.toApply };
      return { totals, added: { ...added, accounts_unchanged: found.unchanged + accounts_unchanged } };
    });
    return found.aboveThreshold ? wouldBeHeldBack(found) : undefined;
  }

  private async apply(run: LeasedRun, { toApply, batches }: Comparison): Promise<void> {
    const many = toApply >= plannedFor;
    const accounts = new AccountWriter(run);
    await run.step(async (tx) => {
      await writeEntitlements(tx, run);
      return {};
    });
    if (many) await this.refreshPlans(entitlementStatistics);
    await workOff(batches, run.config.authoritative ? 1 : appliers, async (batch, done) => {
      await run.step((tx) => this.applyBatch(tx, run, accounts, batch));
      // The tables have grown eightfold since the last look.
      if (many && Number.isInteger(Math.log2(done) / 3)) await this.refreshPlans(plannerStatistics);
    });
    if (many) await this.refreshPlans(plannerStatistics);
  }

  private async refreshPlans(statistics: SystemStatement<never>): Promise<void> {
    await this.database.asSystem('plans depend on sizes, not on organizations', (system) => system.query(statistics));
  }

  private async applyBatch(
    tx: Transaction,
    run: LeasedRun,
    accounts: AccountWriter,
    number: number,
  ): Promise<StepResult> {
    const batch = await readBatch(tx, run, number);
    const connectorName = await accounts.hold(tx, batch);
    const owners = run.config.authoritative ? await writeOwners(tx, run, number) : { created: 0, updated: 0 };
    const { made, changed } = await announcing(tx, batch.changed, async () => {
      const written = await accounts.write(tx, batch, connectorName);
      await writeHoldings(tx, run, batch);
      return written;
    });
    if (batch.created.length > 0) tx.announce({ kind: 'account.changed', ids: batch.created, ownerIds: [] });
    await tally(tx, run.connectorId, {
      correlated: made.correlated + changed.correlated,
      uncorrelated: made.uncorrelated + changed.uncorrelated,
    });
    return {
      added: {
        rows_applied: batch.created.length + batch.changed.length,
        accounts_created: made.written,
        accounts_updated: changed.written,
        accounts_unchanged: batch.changed.length - batch.returned - changed.written,
        accounts_returned: batch.returned,
        accounts_linked: made.linked + changed.linked,
        accounts_unlinked: changed.unlinked,
        owners_created: owners.created,
        owners_updated: owners.updated,
      },
    };
  }

  private async finishLinks(run: LeasedRun): Promise<void> {
    if (!run.config.authoritative) {
      await run.enter('correlating');
      await correlateAll(run);
    } else if (Object.values(run.config.ownerMapping).includes('manager')) {
      await run.enter('managers');
      await linkManagers(run);
    }
    await keepAppliedRules(run);
  }

  private async fail(run: LeasedRun, error: unknown): Promise<void> {
    const known = error instanceof DomainError;
    if (!known) this.logger.error({ err: error, runId: run.id }, 'a run failed');
    await this.end(
      run,
      'failed',
      known ? error.message : 'The run stopped on an internal error; the server log has it.',
    );
  }
}

function heldBack({ absent, leavingOwners }: Comparison): string {
  const people = leavingOwners > absent ? ` and makes ${leavingOwners} people inactive` : '';
  return `The file lacks ${absent} accounts that are there now${people}, more than the connector's threshold. Nothing was changed; confirm the run to let it go on.`;
}

/** A dry run ends, but says what the run of its file would wait for. */
function wouldBeHeldBack(comparison: Comparison): string {
  return `A run of this file would wait for a confirmation. ${heldBack(comparison).split('. ')[0]}.`;
}
