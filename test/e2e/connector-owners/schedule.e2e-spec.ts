import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import { Feed } from '../../support/feed.js';

const config = { kind: 'delimited-file', mapping: { login: 'nativeIdentity' } };

let api: TestApi;
let client: Client;
let feed: Feed;

// No worker runs here: a run stays in the state it is put into.
beforeAll(async () => {
  api = await TestApi.start();
  client = await api.as('SOURCE_ADMIN');
});
afterAll(() => api.close());
beforeEach(async () => {
  feed = await Feed.create(client, `App ${newId()}`, config);
});

const call = (word: string, body?: object) => client.post(`${feed.path}/${word}`).send(body);
const connector = async () => (await client.get(feed.path).expect(200)).body.connectorView.connector;
const states = async () => (await feed.runs()).map(({ state }) => state);
const events = async () => {
  const rows = await api.given.sql(
    `select action from audit_event where subject_id = $1 or subject_id in (select id from sync_run where connector_id = $1)
      order by at, id`,
    [feed.connectorId],
  );
  return rows
    .map(({ action }) => action)
    .filter((action) => !['connector.created', 'connector.fileUploaded'].includes(String(action)));
};

describe('POST .../force_sync', () => {
  it('reads the newest file, and answers an empty object', async () => {
    await feed.upload('login\na\n');
    expect((await call('force_sync').expect(200)).body).toEqual({});
    expect(await states()).toEqual(['queued']);
  });

  it.each(['force_sync', 'pause', 'resume'])(
    'like %s takes an empty JSON body, and nothing it does not know',
    async (word) => {
      await feed.upload('login\na\n');
      const { body } = await call(word, { force: true }).expect(400);
      expect(body).toMatchObject({ code: 3 });
      expect(await states()).toEqual([]);
      await client.post(`${feed.path}/${word}`).set('Content-Type', 'application/json').send('').expect(200);
    },
  );

  it('is refused without a file, while a run is under way, and of a paused connector', async () => {
    expect((await call('force_sync').expect(400)).body).toMatchObject({
      code: 9,
      message: expect.stringMatching(/no file/),
    });
    await feed.upload('login\na\n');
    await call('force_sync').expect(200);
    expect((await call('force_sync').expect(409)).body.message).toMatch(/under way/);
    await call('pause').expect(200);
    expect((await call('force_sync').expect(400)).body.message).toMatch(/paused/);
    expect((await call('runs').expect(400)).body.message).toMatch(/paused/);
    expect(await states()).toEqual(['paused']);
  });
});

describe('a paused connector', () => {
  it('says so, stops its run, and goes on with it when it is resumed', async () => {
    await feed.upload('login\na\n');
    await call('force_sync').expect(200);
    expect((await call('pause').expect(200)).body).toEqual({});
    expect(await states()).toEqual(['paused']);
    expect(await connector()).toMatchObject({
      status: { status: 'SYNC_STATUS_DISABLED' },
      syncDisabledAt: expect.stringMatching(/Z$/),
      canResumeSync: true,
    });
    expect((await call('resume').expect(200)).body).toEqual({});
    expect(await states()).toEqual(['queued']);
    expect(await connector()).toMatchObject({ status: { status: 'SYNC_STATUS_RUNNING' }, syncDisabledAt: null });
    expect(await events()).toEqual([
      'run.queued',
      'connector.paused',
      'run.paused',
      'connector.resumed',
      'run.resumed',
    ]);
  });

  it('without a run reads its newest file when it is resumed, if it has one', async () => {
    await call('pause').expect(200);
    await call('resume').expect(200);
    expect(await states()).toEqual([]);
    await feed.upload('login\na\n');
    await call('pause').expect(200);
    await call('resume').expect(200);
    expect(await states()).toEqual(['queued']);
  });

  it('is paused once, and one that is not is not resumed', async () => {
    await call('resume').expect(200);
    await call('pause').expect(200);
    const since = (await connector()).syncDisabledAt;
    await call('pause').expect(200);
    expect((await connector()).syncDisabledAt).toBe(since);
    expect(await events()).toEqual(['connector.paused']);
  });

  it('is left out when all are read, lets nobody resume or confirm a run, and still tries a file', async () => {
    await feed.upload('login\na\n');
    await call('force_sync').expect(200);
    await call('pause').expect(200);
    const [run] = await feed.runs();
    await call(`runs/${String(run!['id'])}/resume`).expect(400);
    await api.given.sql(`update sync_run set state = 'needs_confirmation' where id = $1`, [run!['id']]);
    await call(`runs/${String(run!['id'])}/confirm`).expect(400);
    await (await api.as('Administrator')).post('/api/v1/owners/sync').expect(202);
    await call('runs', { dryRun: true }).expect(200);
    expect(new Set(await states())).toEqual(new Set(['needs_confirmation', 'queued']));
  });
});

describe('what is asked of a connector at once', () => {
  it.each([
    ['force_sync and pause', ['force_sync', 'pause']],
    ['resume and a dry run', ['resume', 'runs']],
  ])('is done one after another, never half: %s', async (_, words) => {
    await feed.upload('login\na\n');
    for (let i = 0; i < 12; i++) {
      if (words.includes('resume')) await call('pause').expect(200);
      const asked = await Promise.all(
        words.flatMap((word) => [call(word, word === 'runs' ? { dryRun: true } : {}), call(word, {})]),
      );
      expect(asked.map(({ status }) => status).filter((status) => ![200, 409, 400].includes(status))).toEqual([]);
      const { syncDisabledAt } = await connector();
      const going = (await feed.runs()).filter(({ state, dryRun }) => state === 'queued' && dryRun === false);
      expect([syncDisabledAt, syncDisabledAt === null ? [] : going]).toEqual([syncDisabledAt, []]);
      await api.given.sql(`update sync_run set state = 'cancelled' where connector_id = $1`, [feed.connectorId]);
      await api.given.sql('update connector set sync_disabled_at = null where id = $1', [feed.connectorId]);
    }
  });

  it('is no matter to a sync of all: it passes over what is under way', async () => {
    await feed.upload('login\na\n');
    const everything = await api.as('Administrator');
    for (let i = 0; i < 12; i++) {
      const asked = await Promise.all([
        everything.post('/api/v1/owners/sync'),
        call('force_sync'),
        call('runs', { dryRun: true }),
      ]);
      expect(asked[0].status).toBe(202);
      expect(asked.map(({ status }) => status).filter((status) => status >= 500)).toEqual([]);
      await api.given.sql(`update sync_run set state = 'cancelled' where connector_id = $1`, [feed.connectorId]);
    }
  });

  it('leaves a run that waits for a confirmation to whoever confirms it', async () => {
    await feed.upload('login\na\n');
    await call('force_sync').expect(200);
    await api.given.sql(`update sync_run set state = 'needs_confirmation' where connector_id = $1`, [feed.connectorId]);
    await call('pause').expect(200);
    await call('resume').expect(200);
    expect(await states()).toEqual(['needs_confirmation']);
  });
});

describe('POST .../confirm_sync_valid/{id}', () => {
  it('lets a run that was held back go on, and is refused of any other', async () => {
    await feed.upload('login\na\n');
    await call('force_sync').expect(200);
    const [run] = await feed.runs();
    const path = `confirm_sync_valid/${String(run!['id'])}`;
    await call(path).expect(400);
    await api.given.sql(`update sync_run set state = 'needs_confirmation' where id = $1`, [run!['id']]);
    await call(path, { force: true }).expect(400);
    expect((await call(path).expect(200)).body).toEqual({});
    expect(await states()).toEqual(['queued']);
    expect((await call(`confirm_sync_valid/${newId()}`).expect(404)).body.code).toBe(5);
  });
});

describe('POST .../schedule', () => {
  const schedule = (body: object) => call('schedule', body);

  it('stands in cron too, as the published client sends it', async () => {
    const cron = { cronSpec: '30 2 * * *', timezone: 'Europe/Helsinki' };
    await schedule({ cron }).expect(200);
    expect((await connector()).connectorSyncCronSchedule).toMatchObject(cron);
    const start = '2027-01-01T00:00:00.000Z';
    await schedule({ cron: { cronSpec: '0 3 * * *', start }, cronSpec: null }).expect(200);
    const shown = { cronSpec: '0 3 * * *', timezone: 'UTC', start };
    expect((await connector()).connectorSyncCronSchedule).toEqual(shown);
    for (const wrong of [
      {},
      { cron: null },
      { cron: { spec: 'x' } },
      { cron, cronSpec: '' },
      { cron, timezone: 'UTC' },
    ]) {
      const { status, body } = await schedule(wrong);
      expect([status, body.code]).toEqual([400, 3]);
    }
    for (const wrong of [{ cron: 'x' }, { cron: [] }, { cron: { cronSpec: 'x' } }, { timezone: 'UTC' }]) {
      await schedule(wrong).expect(400);
    }
    expect((await connector()).connectorSyncCronSchedule).toEqual(shown);
    await schedule({ cron: {} }).expect(200);
    expect(await connector()).not.toHaveProperty('connectorSyncCronSchedule');
  });

  it('is shown by the connector, and gone with empty fields', async () => {
    expect(await connector()).not.toHaveProperty('connectorSyncCronSchedule');
    const start = '2027-01-01T00:00:00.000Z';
    const { body } = await schedule({ cronSpec: ' 30  2 * * 1-5', timezone: 'Europe/Helsinki', start }).expect(200);
    const shown = { cronSpec: '30 2 * * 1-5', timezone: 'Europe/Helsinki', start };
    expect(body.connectorView.connector.connectorSyncCronSchedule).toEqual(shown);
    expect((await connector()).connectorSyncCronSchedule).toEqual(shown);
    const [row] = await api.given.sql('select next_run_at from schedule where connector_id = $1', [feed.connectorId]);
    expect(row).toEqual({ next_run_at: new Date('2027-01-01T00:30:00Z') });
    await schedule({ cronSpec: '' }).expect(200);
    expect(await connector()).not.toHaveProperty('connectorSyncCronSchedule');
  });

  it('goes by UTC from now on unless told, and is recorded when it changes', async () => {
    await schedule({ cronSpec: '0 6 * * *' }).expect(200);
    await schedule({ cronSpec: '0 6 * * *' }).expect(200);
    expect((await connector()).connectorSyncCronSchedule).toEqual({
      cronSpec: '0 6 * * *',
      timezone: 'UTC',
    });
    expect(await events()).toEqual(['connector.scheduled']);
    const [told] = await api.given.sql(
      `select before, after from audit_event where subject_id = $1 and action = 'connector.scheduled'`,
      [feed.connectorId],
    );
    expect(told).toEqual({
      before: { schedule: null },
      after: { schedule: { cron: '0 6 * * *', timeZone: 'UTC', startsAt: null } },
    });
  });

  it.each([
    ['nothing', {}],
    ['no fields', { cronSpec: null }],
    ['four fields', { cronSpec: '0 6 * *' }],
    ['a minute there is not', { cronSpec: '61 * * * *' }],
    ['a day there is not', { cronSpec: '0 0 30 2 *' }],
    ['no text', { cronSpec: 5 }],
    ['an endless text', { cronSpec: '0 '.repeat(200) }],
    ['a zone there is not', { cronSpec: '0 6 * * *', timezone: 'Mars/Olympus' }],
    ['a start without a zone', { cronSpec: '0 6 * * *', start: '2027-01-01T00:00:00' }],
    ['a start there is not', { cronSpec: '0 6 * * *', start: '2027-02-30T00:00:00Z' }],
    ['something unknown', { cronSpec: '0 6 * * *', every: 1 }],
    ['a NUL', { cronSpec: '0 6 * * \u0000' }],
  ])('is refused with %s', async (_, body) => {
    expect((await schedule(body).expect(400)).body).toMatchObject({ code: 3 });
    expect(await connector()).not.toHaveProperty('connectorSyncCronSchedule');
  });

  it('is for those who write connectors', async () => {
    for (const role of ['HELPDESK', 'AUDITOR', 'SOURCE_SUBADMIN'] as const) {
      const other = await api.as(role);
      for (const word of ['schedule', 'pause', 'resume', 'force_sync']) {
        expect((await other.post(`${feed.path}/${word}`).send({ cronSpec: '0 6 * * *' })).status).toBe(403);
      }
    }
  });
});
