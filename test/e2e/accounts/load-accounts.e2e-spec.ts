import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import { Feed } from '../../support/feed.js';
import { mountsOf } from '../../support/paths.js';

const config = { kind: 'delimited-file', mapping: { login: 'nativeIdentity', mail: 'email' } };
const limit = 100_000;

let api: TestApi;
let client: Client;
let feed: Feed;

beforeAll(async () => {
  api = await TestApi.start({ UPLOAD_LIMIT_BYTES: String(limit) });
  client = await api.as('SOURCE_ADMIN');
});
afterAll(async () => api.close());

beforeEach(async () => {
  feed = await Feed.create(client, `App ${newId()}`, config);
});

const path = (mount = '/sources') => `${mount}/${feed.connectorId}/load-accounts`;
const load = (text: string | Buffer, { name = 'file', by = client, mount = '/sources' } = {}) =>
  by.post(path(mount)).attach(name, Buffer.from(text), 'export.csv');
const refusal = (detailCode: string, text: RegExp) =>
  expect.objectContaining({ detailCode, messages: [expect.objectContaining({ text: expect.stringMatching(text) })] });
const kept = async () => {
  const files = await api.given.sql('select id from connector_file where connector_id = $1', [feed.connectorId]);
  return { files: files.length, runs: (await feed.runs()).length };
};

describe('POST /sources/{id}/load-accounts', () => {
  it('stores the file, queues a run of it and answers the task, which has the run’s id', async () => {
    const { body } = await load('login,mail\nada,a@example.com\n').field('disableOptimization', 'true').expect(202);
    const [run] = await feed.runs();
    expect(body).toEqual({
      success: true,
      task: {
        id: run!['id'],
        type: 'QUARTZ',
        name: 'Cloud Account Aggregation',
        description: expect.stringMatching(/\w/),
        launcher: client.user.name,
        created: run!['createdAt'],
        launched: null,
        completed: null,
        completionStatus: null,
        parentName: null,
        messages: [],
        progress: 'waiting',
        attributes: { appId: feed.connectorId, optimizedAggregation: 'enabled' },
        returns: [],
      },
    });
    expect(await kept()).toEqual({ files: 1, runs: 1 });
    const { body: trail } = await (
      await api.as('AUDITOR')
    )
      .get(`/api/v1/audit-events?filter[subjectId][EQ]=${feed.connectorId}`)
      .expect(200);
    expect(trail.data.map(({ action }: { action: string }) => action)).toContain('connector.fileUploaded');
  });

  it('reads the newest file when none is sent', async () => {
    await feed.upload('login,mail\nada,\n');
    const { id } = await feed.upload('login,mail\nbo,\n');
    await client.post(path()).expect(202);
    expect(await feed.runs()).toEqual([expect.objectContaining({ fileId: id, dryRun: false, state: 'queued' })]);
  });

  it.each([
    ['a form with fields alone', (test: ReturnType<typeof load>) => test.field('disableOptimization', 'true')],
    [
      'a form without parts',
      (test: ReturnType<typeof load>) => test.type('multipart/form-data; boundary=b').send('--b--\r\n'),
    ],
    [
      'an empty multipart body',
      (test: ReturnType<typeof load>) => test.type('multipart/form-data; boundary=b').send(''),
    ],
    ['an empty form', (test: ReturnType<typeof load>) => test.type('form').send('')],
    ['an empty JSON body', (test: ReturnType<typeof load>) => test.type('json').send('')],
  ])('takes %s for no file', async (_, send) => {
    await feed.upload('login,mail\nada,\n');
    await send(client.post(path())).expect(202);
    expect(await kept()).toEqual({ files: 1, runs: 1 });
  });

  it.each(mountsOf('sources'))('is found at %s', async (mount) => {
    expect((await load('login,mail\n', { mount }).expect(202)).body.success).toBe(true);
  });

  it('needs a file, now or before', async () => {
    expect((await client.post(path()).expect(400)).body).toEqual(refusal('400.1 Bad Request Content', /no file yet/));
    expect(await kept()).toEqual({ files: 0, runs: 0 });
  });

  it('is refused while a run is under way; the file stays for the next one', async () => {
    await load('login,mail\nada,\n').expect(202);
    expect((await load('login,mail\nbo,\n').expect(409)).body).toEqual(refusal('409 Conflict', /under way/));
    expect(await kept()).toEqual({ files: 2, runs: 1 });
  });

  it.each([
    ['an empty file', '', /line 1.*empty/i],
    ['a mapped column that is missing', 'login\nada\n', /line 1.*"mail"/i],
    ['other letters than UTF-8', Buffer.from('login,mail\nada,\xe9\n', 'latin1'), /UTF-8/],
  ])('refuses %s with its line, keeps nothing and starts nothing', async (_, text, message) => {
    expect((await load(text).expect(400)).body).toEqual(refusal('400.1 Bad Request Content', message));
    expect(await kept()).toEqual({ files: 0, runs: 0 });
  });

  it('refuses a file over the limit, and keeps nothing', async () => {
    const { body } = await load(`login,mail\n${`${'x'.repeat(99)},\n`.repeat(1_000)}`).expect(413);
    expect(body.detailCode).toBe('413 Payload too large');
    expect(await kept()).toEqual({ files: 0, runs: 0 });
  });

  it('refuses a file under another name, and text in place of a file, where an older file would be read instead', async () => {
    await feed.upload('login,mail\nada,\n');
    for (const test of [
      load('login,mail\n', { name: 'document' }),
      client.post(path()).field('file', 'login,mail\n'),
    ]) {
      expect((await test.expect(400)).body).toEqual(refusal('400.1 Bad Request Content', /"file"/));
    }
    expect(await kept()).toEqual({ files: 1, runs: 0 });
  });

  it('refuses a form that gives something twice, and keeps nothing of it', async () => {
    const file = (name = 'file') => [name, Buffer.from('login,mail\nada,\n'), 'export.csv'] as const;
    const post = () => client.post(path());
    for (const test of [
      post()
        .attach(...file())
        .attach(...file()),
      post()
        .attach(...file())
        .field('file', 'x'),
      post()
        .attach(...file())
        .attach(...file('other')),
      post()
        .field('disableOptimization', 'true')
        .attach(...file())
        .field('disableOptimization', 'true'),
      post().field('a', '1').field('a', '2'),
    ]) {
      expect((await test.expect(400)).body).toEqual(refusal('400.1 Bad Request Content', /given once|"file"/));
    }
    expect(await kept()).toEqual({ files: 0, runs: 0 });
  });

  it.each([71, 252, 253, 1_000])('refuses a boundary of %i characters', async (length) => {
    const boundary = 'b'.repeat(length);
    for (const type of [`boundary=${boundary}`, `boundary="${boundary}"`, `Boundary = ${boundary}; x=y`]) {
      const sent = post(type, formOf(boundary));
      expect((await sent.expect(400)).body).toMatchObject({ detailCode: expect.stringMatching(/^400/) });
    }
    expect(await kept()).toEqual({ files: 0, runs: 0 });
  });

  it('takes a boundary of 70 characters, which is the most there may be', async () => {
    const boundary = 'b'.repeat(70);
    await post(`boundary=${boundary}`, formOf(boundary)).expect(202);
  });

  const post = (parameters: string, form: string) =>
    client.post(path()).set('Content-Type', `multipart/form-data; ${parameters}`).send(form);
  const formOf = (boundary: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nlogin,mail\n\r\n--${boundary}--\r\n`;

  it('refuses bodies that are no form', async () => {
    await feed.upload('login,mail\nada,\n');
    for (const type of ['application/json', 'text/csv', 'application/x-www-form-urlencoded']) {
      const { status, body } = await client.post(path()).set('Content-Type', type).send('{}');
      expect([type, status, body.detailCode]).toEqual([type, 415, '415 Unsupported media type']);
    }
    const broken = client.post(path()).set('Content-Type', 'multipart/form-data; boundary=b').send('--b\r\nConten');
    expect((await broken).status).toBe(400);
    expect(await kept()).toEqual({ files: 1, runs: 0 });
  });

  it('is for those who may upload and run there: a source’s owner reads it', async () => {
    for (const role of ['SOURCE_SUBADMIN', 'HELPDESK', 'AUDITOR'] as const) {
      const by = await api.as(role);
      await api.organization.connectorOwner({ id: feed.connectorId, name: '' }, by.user);
      expect((await load('login,mail\n', { by }).expect(403)).body.detailCode).toBe('403 Forbidden');
    }
    await api.client().post(path()).expect(401);
    for (const role of ['Administrator', 'ORG_ADMIN'] as const) {
      const status = (await load('login,mail\n', { by: await api.as(role) })).status;
      expect([role, [202, 409].includes(status)]).toEqual([role, true]);
    }
  });

  it('answers 404 for a source that is unknown, malformed or another organization’s, whatever is sent', async () => {
    const elsewhere = await api.given.organization();
    const foreign = await elsewhere.connector(await elsewhere.application());
    for (const id of [newId(), 'x', foreign.id]) {
      await client.post(`/sources/${id}/load-accounts`).attach('file', Buffer.from('login\n'), 'x.csv').expect(404);
      await client.post(`/sources/${id}/load-accounts`).send({ x: 1 }).expect(404);
    }
  });

  it('answers a task that is read where every task is, by whoever reads the source', async () => {
    const { body } = await load('login,mail\nada,\n').expect(202);
    const { id } = body.task;
    for (const mount of mountsOf('task-status')) {
      const task = await client.get(`${mount}/${id}`).expect(200);
      expect(task.body).toMatchObject({
        id,
        type: 'QUARTZ',
        launcher: client.user.name,
        target: { id: feed.connectorId, type: 'APPLICATION' },
        completionStatus: null,
        percentComplete: 0,
        progress: 'waiting',
      });
    }
    await (await api.as('AUDITOR')).get(`/task-status/${id.toUpperCase()}`).expect(200);
    const subadmin = await api.as('SOURCE_SUBADMIN');
    await subadmin.get(`/task-status/${id}`).expect(404);
    await api.organization.connectorOwner({ id: feed.connectorId, name: '' }, subadmin.user);
    await subadmin.get(`/task-status/${id}`).expect(200);
    await (await api.as([])).get(`/task-status/${id}`).expect(403);
    await (await api.as('Administrator', await api.given.organization())).get(`/task-status/${id}`).expect(404);
    await client.get(`/task-status/${newId()}`).expect(404);
  });

  it('ends as the run ends: accounts are there, and the source is healthy', async () => {
    const worker = await api.startWorker();
    expect(worker).toBeDefined();
    const { body } = await load('login,mail\nada,a@example.com\nbo\n').expect(202);
    expect(await feed.finished()).toMatchObject({ id: body.task.id, state: 'succeeded', rowsRefused: 1 });
    const task = await client.get(`/task-status/${body.task.id}`).expect(200);
    expect(task.body).toMatchObject({ completionStatus: 'WARNING', percentComplete: 100, progress: 'done' });
    expect(task.body.messages[0].localizedText.message).toBe('One row was refused.');
    const found = await client.get(`/accounts?filters=sourceId+eq+"${feed.connectorId}"`).expect(200);
    expect(found.body.map(({ name }: { name: string }) => name)).toEqual(['ada']);
    expect((await client.get(`/sources/${feed.connectorId}`)).body).toMatchObject({
      healthy: true,
      status: 'SOURCE_STATE_HEALTHY',
    });
  });
});
