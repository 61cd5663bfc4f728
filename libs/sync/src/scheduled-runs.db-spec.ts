import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AuditTrail } from '@app/audit';
import { newId } from '@app/kernel';
import type { GivenOrganization, Row } from '../../../test/support/given.js';
import { Workbench } from '../../../test/support/workbench.js';
import { runQueued } from './jobs.js';
import { RunQueue } from './run-queue.js';
import { ScheduledRuns } from './scheduled-runs.js';

const config = { kind: 'delimited-file', mapping: { login: 'nativeIdentity' } };
const at = (text: string) => new Date(`2026-03-02T${text}:00Z`);

let bench: Workbench;
let company: GivenOrganization;
let feed: Row;

beforeAll(async () => {
  bench = await Workbench.open([AuditTrail, RunQueue, ScheduledRuns], [runQueued]);
});
afterAll(() => bench.close());
beforeEach(async () => {
  await bench.given.sql('delete from schedule');
  company = await bench.given.organization();
  feed = await bench.connector(company, `Feed ${newId()}`, config);
});

async function schedule(columns: object = {}, connector = feed): Promise<void> {
  const row = { organization_id: company.id, connector_id: connector.id, cron: '0 6 * * *', time_zone: 'UTC' };
  await bench.given.insert('schedule', { ...row, next_run_at: at('06:00'), ...columns });
}
const tick = (now: Date) => bench.get(ScheduledRuns).startDue(now);
const runs = async () =>
  bench.given.sql('select state, requested_by, file_id from sync_run where connector_id = $1', [feed.id]);
const next = async () =>
  (await bench.given.sql('select next_run_at from schedule where connector_id = $1', [feed.id]))[0]?.['next_run_at'];

describe('the clock', () => {
  it('starts a run of the newest file when its time has come, once, and sets the next time', async () => {
    await bench.upload(company, feed, 'login\nold\n');
    const file = await bench.upload(company, feed, 'login\nnew\n');
    await schedule();
    await tick(at('05:59'));
    expect(await runs()).toEqual([]);
    await Promise.all([tick(at('06:00')), tick(at('06:00'))]);
    await tick(at('06:01'));
    expect(await runs()).toEqual([{ state: 'queued', requested_by: 'schedule', file_id: file }]);
    expect(await next()).toEqual(new Date('2026-03-03T06:00:00Z'));
  });

  it('makes up for times that were missed by one run', async () => {
    await bench.upload(company, feed, 'login\na\n');
    await schedule({ next_run_at: new Date('2026-01-01T06:00:00Z') });
    await tick(at('07:00'));
    expect(await runs()).toHaveLength(1);
    expect(await next()).toEqual(new Date('2026-03-03T06:00:00Z'));
  });

  it.each([
    ['that is paused', 'update connector set sync_disabled_at = now() where id = $1'],
    ['without a whole file', 'update connector_file set complete = false where connector_id = $1'],
  ])('passes over a connector %s', async (_, change) => {
    await bench.upload(company, feed, 'login\na\n');
    await bench.given.sql(change, [feed.id]);
    await schedule();
    await tick(at('06:00'));
    expect(await runs()).toEqual([]);
    expect(await next()).toEqual(new Date('2026-03-03T06:00:00Z'));
  });

  it('starts nothing in an organization that is suspended, and one run once that is over', async () => {
    const account = (type: string) =>
      bench.given.sql('update organization set account_type = $2 where id = $1', [company.id, type]);
    await bench.upload(company, feed, 'login\na\n');
    await schedule();
    await account('DISABLED');
    await tick(at('06:00'));
    await tick(new Date('2026-03-05T06:00:00Z'));
    expect(await runs()).toEqual([]);
    await account('MANAGED');
    await tick(new Date('2026-03-05T06:01:00Z'));
    expect(await runs()).toMatchObject([{ state: 'queued' }]);
    expect(await next()).toEqual(new Date('2026-03-06T06:00:00Z'));
  });

  it.each(['queued', 'running', 'paused'])('starts no second run beside one that is %s', async (state) => {
    await bench.queue(company, feed, 'login\na\n', { state });
    await schedule();
    await tick(at('06:00'));
    expect(await runs()).toMatchObject([{ state }]);
  });

  it('leaves a run that waits for a confirmation alone, until there is a newer file', async () => {
    await bench.queue(company, feed, 'login\na\n', { state: 'needs_confirmation' });
    await schedule();
    await tick(at('06:00'));
    expect(await runs()).toMatchObject([{ state: 'needs_confirmation' }]);
    await bench.upload(company, feed, 'login\na\nb\n');
    await tick(new Date('2026-03-03T06:00:00Z'));
    expect((await runs()).map(({ state }) => state)).toEqual(expect.arrayContaining(['cancelled', 'queued']));
  });

  it('keeps a schedule from which no time follows, and starts others all the same', async () => {
    const other = await bench.connector(company, `Feed ${newId()}`, config);
    await bench.upload(company, feed, 'login\na\n');
    await schedule({ time_zone: 'Nowhere/Town' }, other);
    await schedule();
    await tick(at('06:00'));
    expect(await runs()).toHaveLength(1);
    expect(await bench.given.sql('select next_run_at from schedule where connector_id = $1', [other.id])).toEqual([
      { next_run_at: new Date('2026-03-03T06:00:00Z') },
    ]);
  });
});
