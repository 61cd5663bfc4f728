import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConnectorFileService } from '@app/connectors';
import { newId } from '@app/kernel';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { Workbench } from '../../../test/support/workbench.js';
import { LeasedRun } from './leased-run.js';
import { RunExecutor } from './run-executor.js';
import { RunNotices } from './run-notices.js';

let bench: Workbench;
let company: GivenOrganization;
let wiki: Row;
let reads = 0;

beforeAll(async () => {
  bench = await Workbench.open([RunExecutor, RunNotices]);
  const files = bench.get(ConnectorFileService);
  const read = files.read.bind(files);
  files.read = (caller, fileId) => {
    reads++;
    return read(caller, fileId);
  };
});
afterAll(() => bench.close());
beforeEach(async () => {
  company = await bench.given.organization();
  wiki = await bench.connector(company, 'Wiki', { kind: 'delimited-file', mapping: { login: 'nativeIdentity' } });
});

const table = (run: LeasedRun, kind: string) => `staged_${kind}_${run.staging!.id.replaceAll('-', '')}`;
const claim = async () => (await LeasedRun.claim(bench.database, newId()))!;

/** A run whose worker vanishes when it would begin to apply. */
async function left(): Promise<LeasedRun> {
  await bench.queue(company, wiki, 'login\na\nb\nbad,row\na\n');
  const run = await claim();
  const step = run.step.bind(run);
  run.step = async (work) =>
    step(async (tx) => {
      const result = await work(tx);
      if (result.stage === 'applying')
        await bench.given.sql(`update sync_run set lease_until = now() - interval '1 s' where id = $1`, [run.id]);
      if (result.stage === 'applying') await claimedByOther(run);
      return result;
    });
  await bench.get(RunExecutor).execute(run);
  return run;
}

/** Another worker's name on the lease: the first one's step fails at its end. */
async function claimedByOther(run: LeasedRun): Promise<void> {
  await bench.given.sql(`update sync_run set lease_holder = $2 where id = $1`, [run.id, newId()]);
}

async function finished(): Promise<Row> {
  reads = 0;
  await bench.get(RunExecutor).execute(await claim());
  const [run] = await bench.given.sql(
    'select state, rows_read, rows_refused, accounts_created from sync_run where organization_id = $1',
    [company.id],
  );
  return run!;
}

const whole = { state: 'succeeded', rows_read: 4, rows_refused: 2, accounts_created: 2 };

describe('a run that another worker takes up', () => {
  it('reads nothing again when all is still staged', async () => {
    await left();
    expect(await finished()).toEqual(whole);
    expect(reads).toBe(0);
  });

  it.each(['key', 'account'])('reads again when the database has lost staged rows (%s)', async (kind) => {
    const run = await left();
    await bench.given.sql(`truncate ${table(run, kind)}`);
    expect(await finished()).toEqual(whole);
    expect(reads).toBe(2);
  });

  it('reads again when it would be read differently now', async () => {
    await left();
    await bench.given.sql(
      `update connector set config = jsonb_set(config, '{privilegedEntitlements}', '["Admins"]') where id = $1`,
      [wiki.id],
    );
    expect(await finished()).toEqual(whole);
    expect(reads).toBe(2);
  });
});
