import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { openTestBed, type TestBed } from '../../../test/support/test-bed.js';
import { RunTotals } from './run-totals.js';

let bed: TestBed;
let company: GivenOrganization;
let application: Row;

beforeAll(async () => {
  bed = await openTestBed();
});
afterAll(() => bed.close());
beforeEach(async () => {
  company = await bed.given.organization();
  application = await company.application();
  await bed.given.sql('delete from sync_run');
});

const figures = () => new RunTotals(bed.database).figures();

async function run(columns: object): Promise<string> {
  const connector = await company.connector(application);
  const [id, file] = [newId(), newId()];
  const { id: organization_id } = company;
  await bed.given.sql(
    `insert into connector_file (organization_id, id, connector_id, name, size_bytes, sha256, taken_at, uploaded_by)
     values ($1, $2, $3, 'x', 1, '', now(), 'x')`,
    [organization_id, file, connector.id],
  );
  const row = { organization_id, id, connector_id: connector.id, file_id: file, requested_by: 'Ada', ...columns };
  await bed.given.insert('sync_run', row);
  return id;
}

const end = (id: string, state: string, at = new Date()) =>
  bed.given.sql(`update sync_run set state = $2, finished_at = $3 where id = $1`, [id, state, at]);

async function finishedAs(outcome: string) {
  return (await figures()).finished.find((total) => total.outcome === outcome)!;
}

describe('how the runs of the server go', () => {
  it('is told of those that have not ended, of every organization', async () => {
    for (const state of ['queued', 'running', 'running', 'paused', 'needs_confirmation']) await run({ state });
    company = await bed.given.organization();
    application = await company.application();
    await run({ state: 'queued' });
    expect((await figures()).unfinished).toEqual({ queued: 2, running: 2, paused: 1, needs_confirmation: 1 });
  });

  it('is counted once for each that ends, with its rows, and stays counted when the run is gone', async () => {
    const before = await finishedAs('succeeded');
    const id = await run({ state: 'running', rows_read: 10, rows_refused: 2, rows_applied: 8 });
    expect(await finishedAs('succeeded')).toEqual(before);
    await end(id, 'succeeded');
    await bed.given.sql(`update sync_run set state = state, updated_at = now(), finished_at = now() where id = $1`, [
      id,
    ]);
    await bed.given.sql('delete from sync_run');
    const { runs, read, refused, applied } = before;
    const more = { outcome: 'succeeded', runs: runs + 1, read: read + 10, refused: refused + 2, applied: applied + 8 };
    expect(await finishedAs('succeeded')).toEqual(more);
  });

  it.each(['failed', 'cancelled'])('keeps those that %s apart', async (outcome) => {
    const { runs } = await finishedAs(outcome);
    await end(await run({ state: 'running' }), outcome);
    expect((await finishedAs(outcome)).runs).toBe(runs + 1);
  });

  it('has a speed: of those going now together, and of the one that succeeded last', async () => {
    expect((await figures()).rowsPerSecond.going).toBe(0);
    const anHour = 3_600_000;
    const started_at = new Date(Date.now() - anHour);
    await run({ state: 'running', rows_read: 360_000, started_at });
    await run({ state: 'running', rows_read: 720_000, started_at });
    expect(Math.round((await figures()).rowsPerSecond.going / 10)).toBe(30);

    const ended = new Date(started_at.getTime() + 10_000);
    await end(await run({ state: 'running', rows_read: 500, started_at }), 'succeeded', ended);
    await end(await run({ state: 'queued' }), 'cancelled');
    expect((await figures()).rowsPerSecond.last).toBe(50);
  });
});
