import { Injectable, Logger } from '@nestjs/common';
import { ConnectorFileService, readDelimitedFile } from '@app/connectors';
import { InsightsService } from '@app/insights';
import { DomainError, InvalidError, UnavailableError } from '@app/kernel';
import { Database, statement, systemStatement, type Transaction } from '@app/persistence';
import { AccountWriter } from './apply-accounts.js';
import { writeEntitlements } from './apply-entitlements.js';
import { writeOwners } from './apply-owners.js';
import { type Comparison, compare } from './compare.js';
import { correlateAll, correlateBatch } from './correlate.js';
import { type LeasedRun, RunInterrupted, type StepResult } from './leased-run.js';
import { linkManagers } from './managers.js';
import { inactivateAbsent, removeAbsent } from './remove.js';
import { stage, unstage } from './staging.js';
import { tallying } from './tally.js';
import { announcing } from './touched-owners.js';

const batchSize = 5_000;
/** From this many rows on, plans made for other sizes cost more than a look at the tables. */
const plannedFor = 1_000;

interface BatchRow {
  line: number;
  account_id: string;
  change: 'create' | 'update' | 'return';
}

const nextBatch = statement<BatchRow>(
  undefined,
  `select line, account_id, change from staged_account
    where $1::uuid is not null and run_id = $2 and line > $3 and change is not null order by line limit $4`,
);

const cancelled = statement<{ id: string }>(
  undefined,
  `select id from sync_run where organization_id = $1 and id = $2 and state = 'cancelled'`,
);
const refreshPlannerStatistics = systemStatement<never>(undefined, `select refresh_planner_statistics()`);

/** read -> stage -> compare -> apply -> remove -> correlate -> managers -> insights. Nothing is served before apply. */
@Injectable()
export class RunExecutor {
  private readonly logger = new Logger(RunExecutor.name);

  constructor(
    private readonly database: Database,
    private readonly files: ConnectorFileService,
    private readonly insights: InsightsService,
  ) {}

  /** Takes the run to its end. An error of the source fails the run and leaves what is served as it was. */
  async execute(run: LeasedRun): Promise<void> {
    try {
      const held = await this.go(run);
      if (held) await run.finish('needs_confirmation', held);
      else await run.finish('succeeded', null);
      await unstage(this.database, run.id);
    } catch (error) {
      if (error instanceof RunInterrupted) await this.leave(run);
      // The lease runs out, and a worker that reaches the database takes the run up again.
      else if (error instanceof UnavailableError) this.logger.warn({ runId: run.id }, 'a run lost the database');
      else await this.fail(run, error);
    }
  }

  /** Another worker may stage the run anew by now, so its partition goes only when nobody ever will. */
  private async leave(run: LeasedRun): Promise<void> {
    if ((await this.database.query(run.caller, cancelled, [run.id])).length > 0) await unstage(this.database, run.id);
  }

  /** @returns why the run waits for a confirmation, or undefined when it is done */
  private async go(run: LeasedRun): Promise<string | undefined> {
    await run.enter('reading');
    const read = await stage(
      this.database,
      run,
      readDelimitedFile(this.files.read(run.caller, run.fileId), run.config),
    );
    if (read.rows === 0) throw new InvalidError('The file holds a header and no rows. Nothing was changed.');
    await run.enter('comparing', { rows_read: read.rows, rows_refused: read.refused });
    const comparison = await compare(this.database, run);
    if (run.dryRun) return this.preview(run, comparison);
    if (comparison.aboveThreshold && !run.confirmed) return heldBack(comparison);

    await run.enter('applying', {
      rows_refused: comparison.refused,
      rows_to_apply: comparison.toApply,
      rows_applied: 0,
      accounts_unchanged: comparison.unchanged,
    });
    if (comparison.toApply >= plannedFor) await this.refreshPlans();
    await this.apply(run);
    if (comparison.toApply >= plannedFor) await this.refreshPlans();
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

  private async preview(run: LeasedRun, found: Comparison): Promise<undefined> {
    await run.step(async () => ({
      totals: { rows_refused: found.refused, rows_to_apply: found.toApply, accounts_unchanged: found.unchanged },
      added: {
        accounts_created: found.toCreate,
        accounts_updated: found.toUpdate,
        accounts_returned: found.toReturn,
        accounts_removed: found.absent,
      },
    }));
  }

  private async apply(run: LeasedRun): Promise<void> {
    const accounts = new AccountWriter(run);
    for (let batch = 1, from = 0; ; batch++) {
      const { rows, cursorLine } = await run.step(async (tx) => {
        const staged = await tx.query(nextBatch, [run.id, from, batchSize]);
        const to = staged.at(-1)?.line ?? from;
        const result = staged.length === 0 ? {} : await this.applyBatch(tx, run, accounts, staged, from, to);
        return { ...result, rows: staged.length, cursorLine: to };
      });
      if (rows < batchSize) return;
      from = cursorLine;
      // After the first, second, fourth, eighth ... full batch: the tables have doubled.
      if (Number.isInteger(Math.log2(batch))) await this.refreshPlans();
    }
  }

  private async refreshPlans(): Promise<void> {
    await this.database.asSystem('plans depend on sizes, not on organizations', (system) =>
      system.query(refreshPlannerStatistics),
    );
  }

  private async applyBatch(
    tx: Transaction,
    run: LeasedRun,
    accounts: AccountWriter,
    rows: readonly BatchRow[],
    from: number,
    to: number,
  ): Promise<StepResult> {
    const ids = rows.map((row) => row.account_id);
    const count = (change: BatchRow['change']) => rows.filter((row) => row.change === change).length;
    const owners = run.config.authoritative ? await writeOwners(tx, run, from, to) : { created: 0, updated: 0 };
    if (!run.config.authoritative) await correlateBatch(tx, run, from, to);
    const links = await announcing(tx, ids, () =>
      tallying(tx, run.connectorId, ids, async () => {
        const counts = await accounts.write(tx, from, to);
        await writeEntitlements(tx, run, from, to);
        return counts;
      }),
    );
    return {
      cursorLine: to,
      added: {
        rows_applied: rows.length,
        accounts_created: count('create'),
        accounts_updated: count('update'),
        accounts_returned: count('return'),
        accounts_linked: links.linked,
        accounts_unlinked: links.unlinked,
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
  }

  private async fail(run: LeasedRun, error: unknown): Promise<void> {
    const known = error instanceof DomainError;
    if (!known) this.logger.error({ err: error, runId: run.id }, 'a run failed');
    await run.finish('failed', known ? error.message : 'The run stopped on an internal error; the server log has it.');
    await unstage(this.database, run.id);
  }
}

function heldBack({ absent }: Comparison): string {
  return `The file lacks ${absent} accounts that are there now, more than the connector's threshold. Nothing was changed; confirm the run to let it go on.`;
}
