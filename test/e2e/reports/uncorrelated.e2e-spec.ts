import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Role, roles } from '@app/access';
import { parseConnectorConfig, rulesOf } from '@app/connectors';
import { type Client, TestApi } from '../../support/api.js';
import type { GivenOrganization, Row } from '../../support/given.js';

type Json = Record<string, string | number | boolean | null>;

let api: TestApi;

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(() => api.close());

const path = '/api/v1/reports/uncorrelated';
const config = parseConnectorConfig({
  kind: 'delimited-file',
  mapping: { login: 'nativeIdentity', mail: 'email', staff: 'identityId' },
});

async function feedOf(organization: GivenOrganization, name: string): Promise<Row> {
  const columns = { name: `${name} export`, config, applied_rules: rulesOf(config) };
  return organization.connector(await organization.application({ name }), columns);
}

/** An organization with nothing in it, and its auditor. */
async function elsewhere(): Promise<{ organization: GivenOrganization; client: Client; feed: Row }> {
  const organization = await api.given.organization();
  return { organization, client: await api.as('AUDITOR', organization), feed: await feedOf(organization, 'Wiki') };
}

const rowsOf = async (client: Client): Promise<Json[]> => (await client.get(path).expect(200)).body.rows;
const namesIn = (rows: Json[]) => rows.map(({ accountName }) => accountName);

describe('GET /api/v1/reports/uncorrelated', () => {
  it('tells of each account that nobody owns where it is, what it is, and whose it may be', async () => {
    const { organization, client, feed } = await elsewhere();
    const ada = await organization.owner({ name: 'Ada Amir', email: 'ada@example.com' });
    const account = await organization.account(feed, null, {
      name: 'ada',
      native_identity: 'CORP\\ada',
      email: 'ada.amir@example.com',
      source_created_at: '2020-01-02T03:04:05Z',
      last_login_at: '2026-02-03T04:05:06.7Z',
      in_privileged_group: true,
      disabled: true,
    });
    const { body } = await client.get(path).expect(200);
    expect(body).toEqual({
      report: 'uncorrelated',
      generatedAt: expect.stringMatching(/Z$/) as string,
      rows: [
        {
          applicationId: feed['application_id'],
          application: 'Wiki',
          connectorId: feed.id,
          connector: 'Wiki export',
          accountId: account.id,
          accountName: 'ada',
          nativeIdentity: 'CORP\\ada',
          email: 'ada.amir@example.com',
          createdAt: '2020-01-02T03:04:05.000Z',
          lastLoginAt: '2026-02-03T04:05:06.700Z',
          privileged: true,
          disabled: true,
          candidateId: ada.id,
          candidateName: 'Ada Amir',
          candidateScore: 84,
        },
      ],
    });
  });

  it('gives the candidate that the account’s own candidates begin with, where something is the same', async () => {
    const { organization, client, feed } = await elsewhere();
    await organization.owner({ name: 'Twin', identity_id: 'E1' });
    await organization.owner({ name: 'Other twin', identity_id: 'e1', email: 'twin@example.com' });
    await organization.owner({ name: 'Зоя Петрова' });
    await organization.owner({ name: 'Bob Builder', alt_email: 'bob@example.com' });
    for (const columns of [
      { name: 'ambiguous', correlation_keys: ['e1', null, null] },
      { name: 'ambiguous but for one', correlation_keys: ['e1', 'twin@example.com', null], email: 'twin@example.com' },
      { name: 'turned round', display_name: 'Петрова, Зоя' },
      { name: 'by another address', email: 'BOB@example.com' },
      { name: 'nobody’s', email: 'nobody@example.com' },
    ]) {
      await organization.account(feed, null, columns);
    }
    for (const { accountId, candidateId, candidateScore } of await rowsOf(client)) {
      const { body } = await client.get(`/accounts/${String(accountId)}/correlation-candidates?limit=1`).expect(200);
      expect([candidateId, candidateScore]).toEqual(
        body.length === 0 ? [null, null] : [body[0].identity.id, body[0].score],
      );
    }
    expect((await rowsOf(client)).filter(({ candidateId }) => candidateId === null)).toHaveLength(1);
  });

  it('leaves out accounts that somebody owns, removed ones, and everything of others', async () => {
    const { organization, client, feed } = await elsewhere();
    const other = await elsewhere();
    await other.organization.account(other.feed, null, { name: 'theirs', email: 'ada@example.com' });
    await other.organization.owner({ name: 'Theirs', email: 'here@example.com' });
    await organization.account(feed, await organization.owner(), { name: 'owned' });
    await organization.account(feed, null, { name: 'removed', deleted_at: new Date() });
    await organization.account(feed, null, { name: 'here', email: 'here@example.com' });
    expect(await rowsOf(client)).toMatchObject([{ accountName: 'here', candidateId: null }]);
  });

  it('orders by application, connector, name and account', async () => {
    const { organization, client, feed } = await elsewhere();
    const archive = await feedOf(organization, 'archive');
    const second = await organization.connector({ id: archive['application_id'] } as Row, { name: 'B', config });
    await organization.account(feed, null, { name: '5' });
    await organization.account(second, null, { name: '4' });
    await organization.account(archive, null, { name: 'B', native_identity: '2' });
    await organization.account(archive, null, { name: 'b', native_identity: '3' });
    await organization.account(archive, null, { name: 'A', native_identity: '1' });
    expect(namesIn(await rowsOf(client))).toEqual(['A', 'B', 'b', '4', '5']);
  });

  it('is whole and well-formed when empty, in both formats', async () => {
    const { client } = await elsewhere();
    expect((await client.get(path).expect(200)).body.rows).toEqual([]);
    const { text } = await client.get(`${path}?format=csv`).expect(200);
    expect(text.split('\r\n')).toEqual([expect.stringContaining('applicationId,application,'), '']);
  });

  it('has the same rows as CSV, as a file to keep', async () => {
    const { organization, client, feed } = await elsewhere();
    await organization.owner({ name: 'Ada', email: 'ada@example.com' });
    await organization.account(feed, null, { name: 'say "ada", once\r\n', email: 'ada@example.com' });
    await organization.account(feed, null, { name: 'nobody' });
    const { text, headers } = await client.get(`${path}?format=csv`).expect(200);
    expect(headers['content-disposition']).toMatch(/^attachment; filename="uncorrelated-\d{4}-\d\d-\d\d\.csv"$/);
    const read = parse(text, { columns: true, recordDelimiter: '\r\n' });
    const json = (await rowsOf(client)).map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value ?? '')])),
    );
    expect(read).toEqual(json);
  });

  const readers: readonly Role[] = ['Administrator', 'ORG_ADMIN', 'SOURCE_ADMIN', 'HELPDESK', 'AUDITOR'];
  it.each(roles)('is for %s as other reports are', async (role) => {
    await (await api.as(role)).get(path).expect(readers.includes(role) ? 200 : 403);
  });
});

describe('a long list of accounts that nobody owns', () => {
  it('arrives whole and in order, each with its candidate', async () => {
    const { organization, client, feed } = await elsewhere();
    const count = 3_210;
    await api.given.sql(
      `insert into owner (organization_id, name, name_key, email, email_key)
       select $1, 'o' || i, 'o' || i, i || '@example.com', i || '@example.com' from generate_series(1, $2::int) i`,
      [organization.id, count],
    );
    await api.given.sql(
      `insert into account (organization_id, connector_id, native_identity, native_key, native_identity_key, name, name_key,
         connector_name_key, email, email_key)
       select $1, $2, n, n, n, n, n, 'wiki', m, m from generate_series(1, $3::int) i
         cross join lateral (select lpad(i::text, 6, '0') as n, i || '@example.com' as m) x`,
      [organization.id, feed.id, count],
    );
    const rows = await rowsOf(client);
    expect(rows).toHaveLength(count);
    expect(namesIn(rows)).toEqual(namesIn(rows).toSorted((a, b) => (String(a) < String(b) ? -1 : 1)));
    expect(rows.filter(({ email, candidateName }) => candidateName !== `o${String(email).split('@')[0]}`)).toEqual([]);
  }, 60_000);
});
