import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { newId } from '@app/kernel';
import { Database } from '@app/persistence';
import { TestApi } from '../support/api.js';
import { Feed } from '../support/feed.js';
import { rawRequest } from '../support/http/raw-request.js';
import { type SampleOrganization, sampleOrganization } from '../support/sample-organization.js';

let api: TestApi;
let sample: SampleOrganization;

beforeAll(async () => {
  api = await TestApi.start();
  sample = await sampleOrganization(api, api.organization);
});
afterAll(async () => api.close());
afterEach(() => void vi.restoreAllMocks());

const scrape = async () => (await api.client().get('/metrics').expect(200)).text;

const clock = performance.now.bind(performance);
let ahead = 0;

/** What was kept of the database is old by now. */
async function scrapeAnew(): Promise<string> {
  ahead += 5_000;
  vi.spyOn(performance, 'now').mockImplementation(() => clock() + ahead);
  return scrape();
}

/** The value of one series, by its name and labels as they are printed; undefined when it is not there. */
function valueOf(text: string, series: string): number | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
}

const requests = (text: string, method: string, route: string, status: number | string) =>
  valueOf(text, `ostiary_http_requests_total{method="${method}",route="${route}",status="${status}"}`) ?? 0;

const labelsOf = (text: string, name: string) =>
  [...text.matchAll(/^(ostiary_\w+)\{(.*)\} /gm)].flatMap(([, , labels]) =>
    [...labels!.matchAll(/(\w+)="([^"]*)"/g)].filter(([, label]) => label === name).map(([, , value]) => value!),
  );

describe('GET /metrics', () => {
  it('is Prometheus text that anybody may read, and no cache keeps', async () => {
    const { headers, text } = await api.client().get('/metrics').expect(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers['cache-control']).toBe('no-store');
    for (const line of text.trim().split('\n')) {
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="[^"]*",?)+\})? (-?[0-9.e+-]+|Nan|\+Inf))$|^$/);
    }
    const declared = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name);
    expect(new Set(declared).size).toBe(declared.length);
    expect(declared).toEqual(expect.arrayContaining(['process_cpu_seconds_total', 'nodejs_eventloop_lag_p99_seconds']));
  });

  it('counts requests by the template of their route, and times them', async () => {
    const client = await api.as('AUDITOR');
    const before = await scrape();
    await client.get(`/api/v1/owners/${sample.owner.id}?x=secret`).expect(200);
    await client.get(`/api/v1/owners/${newId()}`).expect(404);
    await client.head(`/api/v1/owners/${sample.owner.id}`).expect(200);
    await api.client().get('/accounts').expect(401);
    await api.client().post('/api/v1/auth/login').set('content-type', 'application/json').send('{').expect(400);
    const after = await scrape();
    const more = (...series: [string, string, number]) => requests(after, ...series) - requests(before, ...series);
    expect(more('GET', '/api/v1/owners/:id', 200)).toBe(1);
    expect(more('GET', '/api/v1/owners/:id', 404)).toBe(1);
    expect(more('HEAD', '/api/v1/owners/:id', 200)).toBe(1);
    expect(more('GET', '/accounts', 401)).toBe(1);
    expect(more('POST', '/api/v1/auth/login', 400)).toBe(1);
    const timed = 'ostiary_http_request_duration_seconds_count{method="GET",route="/api/v1/owners/:id"}';
    expect(valueOf(after, timed)! - (valueOf(before, timed) ?? 0)).toBe(2);
    expect(after).toContain('ostiary_http_request_duration_seconds_bucket{le="0.005",method="GET",route="/accounts"}');
  });

  it('has one series for whatever nobody asked for sensibly', async () => {
    const send = (line: string, head = 'host: x\r\nconnection: close\r\n') =>
      rawRequest(api.server, `${line} HTTP/1.1\r\n${head}\r\n`);
    await scrape();
    const before = (await scrape()).split('\n').length;
    for (const path of [
      '/nowhere',
      '/metrics/',
      '//metrics',
      '/METRICS',
      '/a/b/c?d',
      '/api/v1/owners/x/y',
      '/%zz',
      '*',
    ]) {
      await send(`GET ${path}`);
    }
    for (const method of ['TRACE', 'PROPFIND', 'MKCOL', 'QUERY', 'PURGE', 'BREW', 'x'])
      await send(`${method} /nowhere`);
    await send('DELETE /accounts');
    await send('GET /accounts', `host: x\r\nx: ${'a'.repeat(70_000)}\r\n`);
    await rawRequest(api.server, 'this is no HTTP\r\n\r\n');
    const text = await scrape();
    expect([...new Set(labelsOf(text, 'method'))].toSorted()).toEqual(
      ['DELETE', 'GET', 'HEAD', 'POST', 'other'].toSorted(),
    );
    expect(requests(text, 'GET', 'unmatched', 404)).toBeGreaterThanOrEqual(6);
    expect(requests(text, 'GET', 'unmatched', 400)).toBeGreaterThanOrEqual(1);
    expect(requests(text, 'other', 'unmatched', 400)).toBeGreaterThanOrEqual(2);
    expect(requests(text, 'other', 'unmatched', 431)).toBe(1);
    expect(requests(text, 'DELETE', 'unmatched', 405)).toBe(1);
    const known = ['unmatched', '/metrics', '/accounts', '/api/v1/owners/:id', '/api/v1/auth/login'];
    expect([...new Set(labelsOf(text, 'route'))].toSorted()).toEqual(known.toSorted());
    // Three histograms and a few counters at most, whatever is sent.
    expect(text.split('\n').length - before).toBeLessThan(80);
  });

  it('names no organization, person, connector or run, and no secret', async () => {
    const text = await scrapeAnew();
    const ids = [sample.organization, sample.owner, sample.account, sample.connector, sample.application];
    for (const { id } of ids) expect(text).not.toContain(id);
    expect(text).not.toContain(sample.runId);
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-|Ada|Payroll|postgres:\/\//);
  });

  it('says an answer that did not reach its end was aborted', async () => {
    vi.spyOn(api.app.get(Database), 'stream').mockImplementation(async function* () {
      yield await Promise.resolve([]);
      throw new Error('half-way');
    });
    const client = await api.as('AUDITOR');
    await expect(client.get('/api/v1/reports/leavers')).rejects.toThrow(/aborted|socket hang up/);
    expect(requests(await scrape(), 'GET', '/api/v1/reports/:name', 'aborted')).toBe(1);
  });

  it('is not there by other methods', async () => {
    await api.client().post('/metrics').expect(405);
  });
});

describe('the figures of the database', () => {
  it('tell of the pool, the queues, the runs and the workers', async () => {
    const before = await scrapeAnew();
    expect(valueOf(before, 'ostiary_database_up')).toBe(1);
    expect(valueOf(before, 'ostiary_database_pool_connections_max')).toBe(4);
    const idle = valueOf(before, 'ostiary_database_pool_connections{state="idle"}')!;
    expect(idle + valueOf(before, 'ostiary_database_pool_connections{state="busy"}')!).toBeGreaterThan(0);
    expect(valueOf(before, 'ostiary_database_pool_waiting')).toBe(0);
    expect(valueOf(before, 'ostiary_workers')).toBe(0);

    const feed = await Feed.create(await api.as('Administrator'), 'Wiki', {
      kind: 'delimited-file',
      mapping: { login: 'nativeIdentity' },
    });
    await feed.upload('login\nada\nbo\nada\n');
    const client = await api.as('Administrator');
    await client.post(`${feed.path}/runs`).send({}).expect(200);
    const waiting = await scrapeAnew();
    expect(valueOf(waiting, 'ostiary_jobs{queue="sync.run-queued",state="waiting"}')).toBe(1);
    expect(valueOf(waiting, 'ostiary_jobs{queue="sync.run-queued",state="active"}')).toBe(0);
    expect(valueOf(waiting, 'ostiary_runs{state="queued"}')).toBe(1);
    expect(valueOf(waiting, 'ostiary_runs{state="running"}')).toBe(0);
    expect(valueOf(waiting, 'ostiary_runs_total{outcome="succeeded"}')).toBe(0);

    await api.startWorker();
    expect(await feed.finished()).toMatchObject({ state: 'succeeded' });
    const after = await scrapeAnew();
    expect(valueOf(after, 'ostiary_workers')).toBe(1);
    expect(valueOf(after, 'ostiary_runs{state="queued"}')).toBe(0);
    expect(valueOf(after, 'ostiary_runs_total{outcome="succeeded"}')).toBe(1);
    expect(valueOf(after, 'ostiary_run_rows_total{outcome="succeeded",rows="read"}')).toBe(3);
    expect(valueOf(after, 'ostiary_run_rows_total{outcome="succeeded",rows="refused"}')).toBe(1);
    expect(valueOf(after, 'ostiary_run_rows_per_second{runs="last"}')).toBeGreaterThan(0);
    expect(valueOf(after, 'ostiary_run_rows_per_second{runs="going"}')).toBe(0);
  });

  it('are asked for once in five seconds, by however many', async () => {
    const asked = vi.spyOn(api.app.get(Database), 'asSystem');
    await scrapeAnew();
    const once = asked.mock.calls.length;
    await Promise.all([scrape(), scrape(), scrape()]);
    expect(asked.mock.calls.length).toBe(once);
    expect(once).toBeLessThanOrEqual(3);
  });

  async function expectNone(): Promise<void> {
    const text = await scrapeAnew();
    expect(valueOf(text, 'ostiary_database_up')).toBe(0);
    expect(text).not.toMatch(/^ostiary_(workers|jobs|runs|runs_total|run_rows_total|run_rows_per_second)[ {]/m);
    expect(valueOf(text, 'ostiary_database_pool_connections_max')).toBe(4);
    expect(text).toContain('process_resident_memory_bytes ');
  }

  it('are left out when the database is away, and the rest is told all the same', async () => {
    const away = vi.spyOn(api.app.get(Database), 'asSystem').mockRejectedValue(new Error('away'));
    await expectNone();
    away.mockRestore();
    expect(valueOf(await scrapeAnew(), 'ostiary_database_up')).toBe(1);
  });

  it('are left out when the database hangs, which is not asked again before it is given up', async () => {
    const never = () => sleep(60_000, undefined, { ref: false }) as Promise<never>;
    const hanging = vi.spyOn(api.app.get(Database), 'asSystem').mockImplementation(never);
    await expectNone();
    const questions = hanging.mock.calls.length;
    await expectNone();
    expect(hanging.mock.calls.length).toBe(questions);
    hanging.mockRestore();
    ahead += 30_000;
    expect(valueOf(await scrapeAnew(), 'ostiary_database_up')).toBe(1);
  });
});
