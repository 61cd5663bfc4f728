import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Role, roles } from '@app/access';
import { type Client, TestApi } from '../../support/api.js';
import { Feed } from '../../support/feed.js';
import type { GivenOrganization } from '../../support/given.js';

type Json = Record<string, string | number | boolean | null>;

let api: TestApi;

beforeAll(async () => {
  api = await TestApi.start();
  await api.startWorker();
});
afterAll(() => api.close());

const names = [
  'leavers',
  'uncorrelated',
  'riskiest-owners',
  'orphan-accounts',
  'stale-privileged-accounts',
  'owners-without-manager',
];
const readers: readonly Role[] = ['Administrator', 'ORG_ADMIN', 'SOURCE_ADMIN', 'HELPDESK', 'AUDITOR'];

/** What a spreadsheet would run, and what only looks like it; as it is stored, so without blanks around. */
const hostile = [
  '=1+1',
  '+1',
  '-1',
  '@SUM(A1)',
  '＝1',
  '＋1',
  '－1',
  '＠x',
  "'=1",
  "''-1",
  "O'Neill",
  "'quoted'",
  '=cmd|"/C calc"!A0',
  '=a,b',
  '-a\nb',
];

const cellsOf = (text: string) => parse(text, { recordDelimiter: '\r\n' });
const restored = (cell: string) => cell.replace(/^'(?='*[=+\-@\t\r\n＝＋－＠])/, '');

/** An organization in which every report has rows with such names. */
async function given(): Promise<{ organization: GivenOrganization; auditor: Client; admin: Client }> {
  const organization = await api.given.organization();
  const feed = await organization.connector(await organization.application({ name: '=app' }), { name: '@feed' });
  const auditor = await api.as('AUDITOR', organization);
  for (const [i, name] of hostile.entries()) {
    const stale = { name, privileged: true, shared: true, last_login_at: '2020-01-02T03:04:05Z' };
    const gone = await organization.owner({
      name,
      department: name,
      title: name,
      status: i % 2 ? 'inactive' : 'active',
    });
    await organization.account(feed, gone, { ...stale, native_identity: `${name} of somebody` });
    await organization.account(feed, null, { ...stale, native_identity: name });
    await auditor.get(`/api/v1/owners/${gone.id}/statistics`).expect(200);
  }
  return { organization, auditor, admin: await api.as('Administrator', organization) };
}

describe.each(names)('GET /api/v1/reports/%s', (name) => {
  const path = `/api/v1/reports/${name}`;

  it('has the same columns and rows as CSV, none of which a spreadsheet runs', async () => {
    const { auditor } = await given();
    const { body } = await auditor.get(path).expect(200);
    const { text, headers } = await auditor.get(`${path}?format=csv`).expect(200);
    expect(headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
    expect(headers['content-disposition']).toMatch(
      new RegExp(`^attachment; filename="${name}-\\d{4}-\\d\\d-\\d\\d\\.csv"$`),
    );
    const [header, ...rows] = cellsOf(text);
    const json = body.rows as Json[];
    expect(json.length).toBeGreaterThan(5);
    expect(header).toEqual(Object.keys(json[0]!));
    for (const cell of rows.flat()) expect(cell).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/);
    expect(rows.map((row) => row.map(restored))).toEqual(
      json.map((row) => Object.values(row).map((value) => String(value ?? ''))),
    );
  });

  it('is whole and well-formed when empty, in both formats', async () => {
    const organization = await api.given.organization();
    const client = await api.as('AUDITOR', organization);
    const { body } = await client.get(path).expect(200);
    expect(body).toEqual({ report: name, generatedAt: expect.any(String) as string, rows: [] });
    const { text } = await client.get(`${path}?format=csv`).expect(200);
    expect(cellsOf(text)).toHaveLength(1);
  });

  it.each(roles)('is open to %s as every report is', async (role) => {
    await (await api.as(role)).get(path).expect(readers.includes(role) ? 200 : 403);
  });
});

describe('a report as CSV', () => {
  it('is read back by a connector with every text unchanged', async () => {
    const { organization, auditor, admin } = await given();
    const { text } = await auditor.get('/api/v1/reports/orphan-accounts?format=csv').expect(200);
    const feed = await Feed.create(admin, 'Archive', {
      kind: 'delimited-file',
      mapping: { nativeIdentity: 'nativeIdentity', accountName: 'name', application: 'attributes.application' },
    });
    const run = await feed.sync(text);
    expect(run).toMatchObject({ state: 'succeeded', accountsCreated: hostile.length, rowsRefused: 0 });
    const stored = await api.given.sql(
      'select native_identity, name, attributes from account where organization_id = $1 and connector_id = $2',
      [organization.id, feed.connectorId],
    );
    const expected = hostile.map((name) => ({ native_identity: name, name, attributes: { application: '=app' } }));
    expect(new Set(stored.map((row) => JSON.stringify(row)))).toEqual(
      new Set(expected.map((row) => JSON.stringify(row))),
    );
  });

  it('names accounts and identities to whom they are then correlated, its cells as they stand', async () => {
    const { organization, auditor, admin } = await given();
    const owner = await organization.owner({ name: 'Ada', email: '+ada@example.com' });
    const { text } = await auditor.get('/api/v1/reports/uncorrelated?format=csv').expect(200);
    const [header = [], ...rows] = cellsOf(text);
    const [connector, native] = [header.indexOf('connectorId'), header.indexOf('nativeIdentity')];
    const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
    const lines = rows.map((row) => [row[connector]!, row[native]!, "'+ada@example.com"].map(quoted).join(','));
    const { body } = await admin
      .post('/accounts/correlate')
      .set('content-type', 'text/csv')
      .send(['sourceId,nativeIdentity,identityEmail', ...lines].join('\r\n'))
      .expect(207);
    expect(new Set(body.map(({ status }: { status: string }) => status))).toEqual(new Set(['correlated']));
    const owned = await api.given.sql('select native_identity from account where owner_id = $1', [owner.id]);
    expect(new Set(owned.map((row) => row['native_identity']))).toEqual(new Set(hostile));
  });
});
