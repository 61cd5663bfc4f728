import * as fc from 'fast-check';
import type { Test } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, TestApi } from '../support/api.js';
import type { Row } from '../support/given.js';
import { accountMounts } from '../support/paths.js';
import { type SampleOrganization, sampleOrganization } from '../support/sample-organization.js';

const names = ['ada', 'Bob', 'zoë', '100%', "o'neil", 'ADA'];
const sorts = ['id', '-id', 'name', '-name', 'created', '-created', 'modified', '-modified', 'name,-created'];

interface Account {
  readonly id: string;
  readonly sourceId: string;
}

let api: TestApi;
let sample: SampleOrganization;
let admin: Client;
let narrow: Client;
/** Two systems: of one he owns one feed of two, of the other the only one. The last feed is nobody's. */
let feeds: Row[];
let applications: Row[];
let people: Row[];
let accounts: Row[];
let strangers: Row[];

beforeAll(async () => {
  api = await TestApi.start();
  sample = await sampleOrganization(api);
  const company = sample.organization;
  admin = await api.as('Administrator', company);
  narrow = await api.as('SOURCE_SUBADMIN', company);
  applications = [await company.application(), await company.application()];
  const [first, second] = applications as [Row, Row];
  feeds = [await company.connector(first), await company.connector(second), await company.connector(first)];
  people = [await company.owner(), await company.owner()];
  accounts = [];
  for (let i = 0; i < 60; i++) {
    const owner = i % 4 === 0 ? null : people[i % 2]!;
    const times = { created_at: new Date(2026, 0, 1 + (i % 5)), modified_at: new Date(2026, 1, 1 + (i % 7)) };
    accounts.push(await company.account(feeds[i % 3]!, owner, { name: names[i % names.length], ...times }));
  }
  strangers = accounts.filter((_, i) => i % 3 === 2);
  await own('post', feeds[0]!, 'owner');
  await own('post', feeds[1]!, 'backup_owner');
});
afterAll(async () => api.close());

async function own(method: 'post' | 'delete', feed: Row, role = 'owner', who = narrow): Promise<void> {
  const path = `/api/v2/apps/${String(feed['application_id'])}/connectors/${feed.id}/owners/users/${role}/${who.user.id}`;
  await admin[method](path).expect(200);
}
const isOwn = ({ sourceId }: Account) => sourceId === feeds[0]!.id || sourceId === feeds[1]!.id;
const list = (by: Client, path: string, query: Record<string, string>): Test =>
  by.get(`${path}?${new URLSearchParams({ count: 'true', ...query }).toString()}`);
const connectorPath = (feed: Row) => `/api/v1/apps/${String(feed['application_id'])}/connectors/${feed.id}`;

/** Filters over everything that can be filtered, values that exist among them. */
function filters(): fc.Arbitrary<string> {
  const text = fc.constantFrom(...names, 'a', 'b', '');
  const part = (rows: readonly Row[]) =>
    fc.tuple(fc.constantFrom(...rows), fc.constantFrom(8, 13, 36)).map(([{ id }, length]) => id.slice(0, length));
  const idOf = (rows: readonly Row[]) => fc.constantFrom(...rows).map(({ id }) => id);
  const ofText = (field: string, value: fc.Arbitrary<string>) =>
    fc.tuple(fc.constantFrom('eq', 'sw'), value).map(([op, it]) => `${field} ${op} "${it}"`);
  const inList = (field: string, value: fc.Arbitrary<string>) =>
    fc
      .array(value, { minLength: 1, maxLength: 3 })
      .map((all) => `${field} in (${all.map((it) => `"${it}"`).join(',')})`);
  const atom = fc.oneof(
    ofText('name', text),
    inList('name', text),
    ofText('id', part(accounts)),
    inList('id', idOf(accounts)),
    ofText('sourceId', part(feeds)),
    inList('sourceId', idOf(feeds)),
    ofText('identityId', part(people)),
    inList('identityId', idOf(people)),
    fc.constantFrom('uncorrelated eq true', 'uncorrelated eq false'),
  );
  return fc.letrec<{ any: string }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 2 },
      atom,
      fc.tuple(tie('any'), fc.constantFrom('and', 'or'), tie('any')).map(([a, op, b]) => `(${a}) ${op} (${b})`),
      tie('any').map((inner) => `not (${inner})`),
    ),
  })).any;
}

describe('what a SOURCE_SUBADMIN lists', () => {
  it(
    'is what an Administrator lists, cut down to own connectors: rows, order, total and pages',
    { timeout: 120_000 },
    async () => {
      const asked = fc.record({
        filter: filters(),
        sorters: fc.constantFrom(...sorts),
        limit: fc.integer({ min: 1, max: 20 }),
        offset: fc.integer({ min: 0, max: 25 }),
      });
      const narrowed = fc.asyncProperty(asked, async ({ filter, sorters, limit, offset }) => {
        const everything = await list(admin, '/accounts', { filters: filter, sorters }).expect(200);
        const expected = (everything.body as Account[]).filter(isOwn);
        const seen = await list(narrow, '/accounts', { filters: filter, sorters }).expect(200);
        expect(seen.body).toEqual(expected);
        expect(seen.headers['x-total-count']).toBe(String(expected.length));
        const range = { limit: String(limit), offset: String(offset) };
        const page = await list(narrow, '/accounts', { filters: filter, sorters, ...range }).expect(200);
        expect(page.body).toEqual(expected.slice(offset, offset + limit));
        expect(page.headers['x-total-count']).toBe(String(expected.length));
      });
      await fc.assert(narrowed, { numRuns: 120 });
    },
  );

  it.each(accountMounts)('is the same under %s, and no id of another connector is found there', async (path) => {
    const { body, headers } = await list(narrow, path, {}).expect(200);
    expect(body).toHaveLength(40);
    expect(headers['x-total-count']).toBe('40');
    expect((body as Account[]).every(isOwn)).toBe(true);
    for (const { id } of body as Account[]) await narrow.get(`${path}/${id}`).expect(200);
    for (const { id } of strangers.slice(0, 5)) {
      const [hidden, unknown] = [await narrow.get(`${path}/${id}`), await narrow.get(`${path}/${sample.owner.id}`)];
      expect([hidden.status, unknown.status]).toEqual([404, 404]);
      const { trackingId: _, ...rest } = hidden.body as { trackingId: string };
      const { trackingId: _other, ...same } = unknown.body as { trackingId: string };
      expect(rest).toEqual(same);
    }
  });

  it('beneath an owner is what lies on own connectors', async () => {
    for (const { id } of people) {
      const path = `/api/v1/owners/${id}/accounts`;
      const all = (await admin.get(path).expect(200)).body.accounts as { id: string }[];
      const expected = all.filter((account) => !strangers.some((stranger) => stranger.id === account.id));
      expect(expected.length).toBeLessThan(all.length);
      const { body } = await narrow.get(path).expect(200);
      expect(body).toEqual({ accounts: expected, count: expected.length });
    }
  });

  it('of owners is everybody, with nothing that tells of their accounts elsewhere', async () => {
    expect((await narrow.get('/api/v1/owners').expect(200)).body).toEqual((await admin.get('/api/v1/owners')).body);
    for (const part of ['statistics', 'risk-assessment']) {
      await narrow.get(`/api/v1/owners/${people[0]!.id}/${part}`).expect(403);
    }
    await narrow.get('/api/v1/reports/leavers').expect(403);
  });

  it('of applications and connectors is what he owns, counted without the rest', async () => {
    const { list: apps } = (await narrow.get('/api/v1/apps').expect(200)).body;
    const counts = apps.map(({ id, userCount }: Record<string, string>) => [id, userCount]);
    expect(counts).toEqual(applications.map(({ id }) => [id, '20']));
    const [first] = applications as [Row, Row];
    expect((await narrow.get(`/api/v1/apps/${first.id}`).expect(200)).body.app.userCount).toBe('20');
    expect((await admin.get(`/api/v1/apps/${first.id}`).expect(200)).body.app.userCount).toBe('40');
    await narrow.get(`/api/v1/apps/${sample.application.id}`).expect(404);
    await narrow.get(`/api/v1/apps/${sample.application.id}/connectors`).expect(404);

    const { body } = await narrow.get(`/api/v1/apps/${first.id}/connectors`).expect(200);
    expect(body.list.map(({ connector }: { connector: Row }) => connector.id)).toEqual([feeds[0]!.id]);
    await narrow.get(connectorPath(feeds[0]!)).expect(200);
    await narrow.get(connectorPath(feeds[2]!)).expect(404);
  });

  it('of runs and their rows is that of own connectors', async () => {
    const runs = `${connectorPath(sample.connector)}/runs`;
    const paths = [runs, ...['', '/rows', '/changes'].map((part) => `${runs}/${sample.runId}${part}`)];
    for (const path of paths) await narrow.get(path).expect(404);
    await own('post', sample.connector, 'technical_owner');
    for (const path of paths) await narrow.get(path).expect(200);
    // A run is looked for at its own connector only.
    await narrow.get(`${connectorPath(feeds[0]!)}/runs/${sample.runId}`).expect(404);
    await own('delete', sample.connector, 'technical_owner');
    for (const path of paths) await narrow.get(path).expect(404);
  });

  it('is read only: files and commands are for others', async () => {
    const path = connectorPath(feeds[0]!);
    await narrow.post(`${path}/files`).attach('file', Buffer.from('login\nada\n'), 'x.csv').expect(403);
    for (const command of ['', '/validate', '/runs']) await narrow.post(`${path}${command}`).send({}).expect(403);
  });
});

describe('a connector', () => {
  const total = async (by: Client) => Number((await list(by, '/accounts', {}).expect(200)).headers['x-total-count']);

  it('is gained and lost with the next request', async () => {
    const another = await api.as('SOURCE_SUBADMIN', sample.organization);
    expect(await total(another)).toBe(0);
    await own('post', feeds[2]!, 'owner', another);
    expect(await total(another)).toBe(20);
    await another.get(`/accounts/${strangers[0]!.id}`).expect(200);
    await own('delete', feeds[2]!, 'owner', another);
    expect(await total(another)).toBe(0);
    await another.get(`/accounts/${strangers[0]!.id}`).expect(404);
  });

  it('stays while one of several roles in it is left', async () => {
    const another = await api.as('SOURCE_SUBADMIN', sample.organization);
    await own('post', feeds[2]!, 'owner', another);
    await own('post', feeds[2]!, 'backup_owner', another);
    expect(await total(another)).toBe(20);
    await own('delete', feeds[2]!, 'owner', another);
    expect(await total(another)).toBe(20);
    await own('delete', feeds[2]!, 'backup_owner', another);
    expect(await total(another)).toBe(0);
  });

  it('gives whoever owns it nothing without a role', async () => {
    const nobody = await api.as([], sample.organization);
    await own('post', feeds[2]!, 'owner', nobody);
    for (const path of ['/accounts', '/api/v1/apps', connectorPath(feeds[2]!)]) await nobody.get(path).expect(403);
  });

  it.each(['AUDITOR', 'HELPDESK', 'SOURCE_ADMIN', 'ORG_ADMIN', 'Administrator'] as const)(
    'does not narrow what %s reads beside it',
    async (role) => {
      const both = await api.as(['SOURCE_SUBADMIN', role], sample.organization);
      await own('post', feeds[2]!, 'owner', both);
      expect(await total(both)).toBe(await total(admin));
      await both.get(connectorPath(feeds[0]!)).expect(200);
      expect((await both.get('/api/v1/apps').expect(200)).body.list).toHaveLength(3);
    },
  );

  it('narrows again as soon as the wider role is taken away', async () => {
    const both = await api.as('SOURCE_SUBADMIN', sample.organization);
    const wider = { principalId: both.user.id, role: 'AUDITOR' };
    const { body } = await admin.post('/api/v1/role-assignments').send(wider).expect(201);
    expect(await total(both)).toBe(await total(admin));
    await admin.delete(`/api/v1/role-assignments/${body.id}`).expect(204);
    expect(await total(both)).toBe(0);
  });
});
