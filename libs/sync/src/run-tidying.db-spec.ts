import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { systemStatement } from '@app/persistence';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { Workbench } from '../../../test/support/workbench.js';
import { RunTidying } from './run-tidying.js';

let bench: Workbench;
let company: GivenOrganization;
let connector: Row;

beforeAll(async () => {
  bench = await Workbench.open([RunTidying]);
});
afterAll(() => bench.close());
beforeEach(async () => {
  company = await bench.given.organization();
  connector = await bench.connector(company, 'Wiki', { kind: 'delimited-file', mapping: { login: 'nativeIdentity' } });
});

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);

/** A file so many days old, with a run of it that ended then. */
async function run(days: number, state: string, columns: object = {}): Promise<string> {
  const ended = ['succeeded', 'failed', 'cancelled'].includes(state) ? daysAgo(days) : null;
  const id = await bench.queue(company, connector, 'login\na\n', {
    state,
    created_at: daysAgo(days),
    finished_at: ended,
    ...columns,
  });
  await bench.given.sql(
    'update connector_file set created_at = $2 where id = (select file_id from sync_run where id = $1)',
    [id, daysAgo(days)],
  );
  return id;
}

const tidy = () => bench.get(RunTidying).tidy();
const ids = (rows: Row[]) => rows.map(({ id }) => id).toSorted();

async function runs(): Promise<string[]> {
  return ids(await bench.given.sql('select id from sync_run where organization_id = $1', [company.id]));
}

/** Runs whose file can still be read. */
async function readable(): Promise<string[]> {
  return ids(
    await bench.given.sql(
      `select id from sync_run r where organization_id = $1
          and exists (select from connector_file_chunk k where k.file_id = r.file_id)`,
      [company.id],
    ),
  );
}

describe('tidying', () => {
  it('removes runs that ended more than 90 days ago, with what they refused, but the last one that succeeded', async () => {
    const old = await run(200, 'succeeded');
    await bench.given.insert('refused_row', {
      organization_id: company.id,
      run_id: old,
      line: 2,
      reason: 'x',
      message: 'x',
    });
    const last = await run(120, 'succeeded');
    await run(110, 'failed');
    const dry = await run(100, 'succeeded', { dry_run: true });
    const recent = await run(80, 'failed');
    await tidy();
    expect(await runs()).toEqual([last, recent].toSorted());
    expect(await bench.given.sql('select from refused_row where organization_id = $1', [company.id])).toEqual([]);
    expect(await runs()).not.toContain(dry);
  });

  it('keeps the content of a file for a week, and longer where it is needed', async () => {
    const [stale, lastGood, held, fresh] = [
      await run(40, 'succeeded'),
      await run(30, 'succeeded'),
      await run(20, 'needs_confirmation'),
      await run(6, 'failed'),
    ];
    const newest = await run(5, 'failed');
    await tidy();
    expect(await readable()).toEqual([lastGood, held, fresh, newest].toSorted());
    expect(await runs()).toContain(stale);
  });

  it('keeps the newest file, however old it is', async () => {
    const only = await run(60, 'failed');
    await tidy();
    expect(await readable()).toEqual([only]);
  });

  it('removes uploads that broke off a day ago', async () => {
    const file = { organization_id: company.id, connector_id: connector.id, name: 'x', size_bytes: 0, sha256: '' };
    const times = { taken_at: new Date(), uploaded_by: 'x', complete: false };
    const [broken, going] = [newId(), newId()];
    await bench.given.insert('connector_file', { ...file, ...times, id: broken, created_at: daysAgo(2) });
    await bench.given.insert('connector_file', { ...file, ...times, id: going });
    await tidy();
    const left = await bench.given.sql('select id from connector_file where organization_id = $1', [company.id]);
    expect(ids(left)).toEqual([going]);
  });

  it('drops the staging tables of runs that have ended or are gone, and of no others', async () => {
    const open = systemStatement<never>(undefined, 'select open_staging($1)');
    const [kept, ended, gone] = [newId(), newId(), newId()];
    const running = await run(1, 'running', { staging: { id: kept } });
    await run(1, 'cancelled', { staging: { id: ended } });
    for (const id of [kept, ended, gone]) await bench.database.asSystem('test', (system) => system.query(open, [id]));
    await tidy();
    const tables = await bench.given.sql<{ relname: string }>(
      `select relname from pg_class where relname ~ '^staged_(key|account|plan|link)_' and relkind = 'r' order by 1`,
    );
    expect(tables.map(({ relname }) => relname)).toEqual(
      ['account', 'key', 'link', 'plan'].map((kind) => `staged_${kind}_${kept.replaceAll('-', '')}`),
    );
    await bench.given.sql(`update sync_run set state = 'cancelled' where id = $1`, [running]);
  });
});
