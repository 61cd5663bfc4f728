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
  client = await api.as('ORG_ADMIN');
});
afterAll(async () => api.close());
beforeEach(async () => {
  feed = await Feed.create(client, `App ${newId()}`, config);
});

const start = (body?: object) => client.post(`${feed.path}/runs`).send(body);
const started = async (body?: object) => (await start(body).expect(200)).body.run as Record<string, unknown>;
const tell = (run: Record<string, unknown>, word: string) =>
  client.post(`${feed.path}/runs/${String(run['id'])}/${word}`);
const put = async (run: Record<string, unknown>, state: string) =>
  api.given.sql('update sync_run set state = $2 where id = $1', [run['id'], state]);

describe('a run', () => {
  it('needs a file', async () => {
    const { status, body } = await start();
    expect([status, body]).toEqual([400, { code: 9, message: expect.stringContaining('file') }]);
    expect(await feed.runs()).toEqual([]);
  });

  it('waits for a worker, and is found again', async () => {
    const { id: fileId } = await feed.upload('login\na\n');
    const run = await started();
    expect(run).toMatchObject({
      fileId,
      connectorId: feed.connectorId,
      state: 'queued',
      stage: 'waiting',
      dryRun: false,
      error: '',
    });
    expect((await client.get(`${feed.path}/runs/${String(run['id'])}`).expect(200)).body).toEqual({ run });
    expect(await feed.runs()).toEqual([run]);
    const { connector } = (await client.get(feed.path).expect(200)).body.connectorView;
    expect(connector.status.status).toBe('SYNC_STATUS_RUNNING');
  });

  it('takes no body, an empty one, null, and a dry run', async () => {
    await feed.upload('login\na\n');
    for (const [body, dryRun] of [
      [undefined, false],
      [{}, false],
      [{ dryRun: null }, false],
      [{ dryRun: true }, true],
    ] as const) {
      const run = await started(body);
      expect(run['dryRun']).toBe(dryRun);
      await tell(run, 'cancel').expect(200);
    }
    await client.post(`${feed.path}/runs`).set('Content-Type', 'application/json').send('').expect(200);
  });

  it.each([[{ dryRun: 'true' }], [{ dryRun: 1 }], [{ force: true }], [[]]])('is not started by %j', async (body) => {
    await feed.upload('login\na\n');
    const response = await start(body);
    expect([response.status, response.body.code]).toEqual([400, 3]);
    expect(await feed.runs()).toEqual([]);
  });

  it('is the only one of its connector while it goes, waits or rests', async () => {
    await feed.upload('login\na\n');
    const run = await started();
    for (const state of ['queued', 'running', 'paused']) {
      await put(run, state);
      const { status, body } = await start();
      expect([state, status, body.code]).toEqual([state, 409, 6]);
    }
    await put(run, 'succeeded');
    await started();
  });

  it('is started once by eight who start it at the same time', async () => {
    await feed.upload('login\na\n');
    const answers = await Promise.all(Array.from({ length: 8 }, () => start()));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(7);
    expect(await feed.runs()).toHaveLength(1);
  });

  it('does not hinder the run of another connector', async () => {
    await feed.upload('login\na\n');
    await started();
    const other = await Feed.create(client, `App ${newId()}`, config);
    await other.upload('login\na\n');
    await client.post(`${other.path}/runs`).expect(200);
  });
});

/** Words and the states they are heard in, and the state that follows. */
const words: [string, string[], string][] = [
  ['confirm', ['needs_confirmation'], 'queued'],
  ['pause', ['queued', 'running'], 'paused'],
  ['resume', ['paused'], 'queued'],
  ['cancel', ['queued', 'running', 'paused', 'needs_confirmation'], 'cancelled'],
];
const states = ['queued', 'running', 'needs_confirmation', 'paused', 'cancelled', 'succeeded', 'failed'];

describe.each(words)('the word %s', (word, heard, next) => {
  it.each(states)('meets a run that is %s', async (state) => {
    await feed.upload('login\na\n');
    const run = await started();
    await put(run, state);
    const { status, body } = await tell(run, word);
    const after = (await client.get(`${feed.path}/runs/${String(run['id'])}`).expect(200)).body.run;
    const refused = [400, 9, state];
    const obeyed = [200, undefined, next];
    expect([status, body.code, after.state]).toEqual(heard.includes(state) ? obeyed : refused);
  });

  it('is not heard for a run of another connector, nor for one nobody knows', async () => {
    await feed.upload('login\na\n');
    const run = await started();
    await put(run, heard[0]!);
    const other = await Feed.create(client, `App ${newId()}`, config);
    const paths = [
      `${other.path}/runs/${String(run['id'])}/${word}`,
      `/api/v1/apps/${other.applicationId}/connectors/${feed.connectorId}/runs/${String(run['id'])}/${word}`,
      `${feed.path}/runs/${newId()}/${word}`,
      `${feed.path}/runs/x/${word}`,
    ];
    for (const path of paths) {
      const { status, body } = await client.post(path);
      expect([path, status, body]).toEqual([path, 404, { code: 5, message: 'Not found.' }]);
    }
    expect((await feed.runs())[0]!['state']).toBe(heard[0]);
  });
});

describe('two runs that cannot both go on', () => {
  it('do not: confirming one while another goes is refused', async () => {
    await feed.upload('login\na\n');
    const held = await started();
    await put(held, 'needs_confirmation');
    await started();
    const { status, body } = await tell(held, 'confirm');
    expect([status, body.code]).toEqual([400, 9]);
  });
});
