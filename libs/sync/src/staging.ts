import { type AcceptedRow, readingOf, type RefusedRow, type RowKey, rulesOf, type SourceRow } from '@app/connectors';
import { newId } from '@app/kernel';
import { type Database, statement, systemStatement } from '@app/persistence';
import type { LeasedRun } from './leased-run.js';
import { type LineRange, LineSet, neededLines } from './needed-lines.js';
import { accountText, keyColumns, keyLine } from './staged-text.js';

/** A feed that can be read twice: whom each row is about, and then in full the rows that are needed. */
export interface RowSource {
  keys(): AsyncIterable<(RowKey | RefusedRow)[]>;
  rows(wanted: (line: number) => boolean): AsyncIterable<SourceRow[]>;
}

/** What lies in a run's staging tables. A database that crashed forgets them, so a count is kept elsewhere. */
export interface Staging {
  /** Names the tables. Every attempt has its own: those of a lost machine may be locked until its connection ends. */
  readonly id: string;
  readonly reading: string;
  readonly rules: string;
  /** Rows of the keys, and rows in full; -1 until all is there. */
  readonly keys: number;
  readonly rows: number;
}

const open = systemStatement<never>(undefined, `select open_staging($1)`);
const indexed = systemStatement<never>(undefined, `select index_staging($1, $2)`);
const close = systemStatement<never>(undefined, `select close_staging($1)`);
const counted = statement<{ keys: number; rows: number }>(
  undefined,
  `select (select count(*)::integer from staged_key) as keys,
     (select count(*)::integer from staged_account) as rows where $1::uuid is not null`,
);
const there = statement<{ there: boolean }>(
  undefined,
  `select to_regclass('staged_key') is not null and to_regclass('staged_account') is not null as there where $1::uuid is not null`,
);
const clearRefused = statement<never>(undefined, `delete from refused_row where organization_id = $1 and run_id = $2`);
const insertRefused = statement<never>(
  undefined,
  `insert into refused_row (organization_id, run_id, line, reason, message, native_key)
   select $1, $2, r.line, r.reason, left(r.message, 1000), r."accountKey"
     from jsonb_to_recordset($3::jsonb) as r(line integer, reason text, message text, "accountKey" text)
   on conflict do nothing`,
);
/** What is left in the table of keys are the rows that are taken over; a refused one still says whom it is about. */
const forgetRefused = statement<never>(
  undefined,
  `with told as (
     update refused_row f set identity_key = k.identity_key from staged_key k
      where f.organization_id = $1 and f.run_id = $2 and f.line = k.line)
   delete from staged_key k using refused_row f where f.organization_id = $1 and f.run_id = $2 and k.line = f.line`,
);

const copyBatch = 512;
const refusedBatch = 1_000;
const progressMs = 1_000;
const reason = 'staging rows belong to a run and hold no organization';

/**
 * Reads the source into the run's own unlogged tables by COPY; nothing else is touched. First a key of every row, then
 * in full what differs from what is stored. A run that is taken up again reads nothing when all is still there.
 */
export async function stage(database: Database, run: LeasedRun, source: RowSource): Promise<void> {
  if (await isStaged(database, run)) return;
  await run.enter('reading', { rows_read: 0 });
  await run.staged({ id: newId(), keys: -1, rows: -1, ...readingsOf(run) });
  await database.asSystem(reason, (system) => system.query(open, [stagingId(run)]));
  await database.query(run.caller, clearRefused, [run.id]);
  const keys = await copyKeys(database, run, source);
  await indexStaging(database, run, 'staged_key');
  const rows = await copyRows(database, run, source, await neededLines(database, run));
  await database.query(run.caller, run.own(forgetRefused), [run.id]);
  await indexStaging(database, run, 'staged_account');
  await run.enter('comparing', { rows_read: keys.rows, rows_refused: keys.refused + rows.refused });
}

/** To be called when nothing more will be taken out of what was staged. */
export async function keepStaging(database: Database, run: LeasedRun): Promise<void> {
  await run.staged(await currentStaging(database, run));
}

export async function unstage(database: Database, run: LeasedRun): Promise<void> {
  if (run.staging) await database.asSystem(reason, (system) => system.query(close, [stagingId(run)]));
}

function stagingId({ staging }: LeasedRun): string {
  if (!staging) throw new Error('nothing is staged yet');
  return staging.id;
}

/** Indexes and planner statistics of one of the run's own tables, once it is filled. */
export async function indexStaging(database: Database, run: LeasedRun, table: string): Promise<void> {
  await database.asSystem(reason, (system) => system.query(indexed, [stagingId(run), table]));
}

async function isStaged(database: Database, run: LeasedRun): Promise<boolean> {
  const { staging } = run;
  if (staging === null) return false;
  const [tables] = await database.query(run.caller, run.own(there));
  if (!tables?.there) return false;
  const current = await currentStaging(database, run);
  return (['reading', 'rules', 'keys', 'rows'] as const).every((name) => staging[name] === current[name]);
}

async function currentStaging(database: Database, run: LeasedRun): Promise<Staging> {
  const [count] = await database.query(run.caller, run.own(counted));
  return { id: stagingId(run), keys: 0, rows: 0, ...count, ...readingsOf(run) };
}

function readingsOf({ config }: LeasedRun): Pick<Staging, 'reading' | 'rules'> {
  return { reading: readingOf(config), rules: rulesOf(config) };
}

interface Count {
  readonly rows: number;
  readonly refused: number;
}

async function copyKeys(database: Database, run: LeasedRun, source: RowSource): Promise<Count> {
  const refusals = new Refusals(database, run);
  let rows = 0;
  const lines = async function* (): AsyncGenerator<string> {
    let told = Date.now();
    for await (const block of source.keys()) {
      rows += block.length;
      const accepted = block.filter((row) => 'hash' in row);
      await refusals.add(block.filter((row) => 'reason' in row));
      yield* slices(accepted, keyLine);
      if (Date.now() - told < progressMs) continue;
      await run.enter('reading', { rows_read: rows });
      told = Date.now();
    }
    await refusals.write();
  };
  await copy(database, run, 'staged_key', keyColumns, lines());
  return { rows, refused: refusals.count };
}

async function copyRows(
  database: Database,
  run: LeasedRun,
  source: RowSource,
  needed: readonly LineRange[],
): Promise<Count> {
  const refusals = new Refusals(database, run);
  if (needed.length === 0) return { rows: 0, refused: 0 };

  const { columns, lineOf } = accountText({ config: run.config, takenAt: run.fileTakenAt });
  const lineSet = new LineSet(needed);
  let rows = 0;
  const lines = async function* (): AsyncGenerator<string> {
    for await (const block of source.rows((line) => lineSet.has(line))) {
      rows += block.length;
      const accepted = block.filter((row): row is AcceptedRow => 'account' in row);
      await refusals.add(block.filter((row) => 'reason' in row));
      yield* slices(accepted, lineOf);
    }
    await refusals.write();
  };
  await copy(database, run, 'staged_account', columns, lines());
  return { rows, refused: refusals.count };
}

async function copy(
  database: Database,
  run: LeasedRun,
  table: string,
  columns: readonly string[],
  lines: AsyncIterable<string>,
): Promise<void> {
  const text = run.own(systemStatement<never>(undefined, `copy ${table} (${columns.join(', ')}) from stdin`));
  await database.asSystem(reason, (system) => system.copyIn(text, lines));
}

function* slices<T>(rows: readonly T[], lineOf: (row: T) => string): Generator<string> {
  for (let first = 0; first < rows.length; first += copyBatch) {
    let text = '';
    for (const row of rows.slice(first, first + copyBatch)) text += lineOf(row);
    yield text;
  }
}

/** Writes refused rows as they come, many at once. */
class Refusals {
  count = 0;
  private waiting: RefusedRow[] = [];

  constructor(
    private readonly database: Database,
    private readonly run: LeasedRun,
  ) {}

  async add(rows: readonly RefusedRow[]): Promise<void> {
    this.count += rows.length;
    this.waiting.push(...rows);
    if (this.waiting.length >= refusedBatch) await this.write();
  }

  async write(): Promise<void> {
    if (this.waiting.length === 0) return;
    await this.database.query(this.run.caller, insertRefused, [this.run.id, JSON.stringify(this.waiting)]);
    this.waiting = [];
  }
}
