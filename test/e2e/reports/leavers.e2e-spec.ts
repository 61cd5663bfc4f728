import { parse } from 'csv-parse/sync';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Database } from '@app/persistence';
import { type Client, TestApi } from '../../support/api.js';
import type { GivenOrganization, Row } from '../../support/given.js';

type Json = Record<string, string | boolean | null>;

let api: TestApi;
let auditor: Client;
let wiki: Row;

beforeAll(async () => {
  api = await TestApi.start();
  auditor = await api.as('AUDITOR');
  wiki = await feedOf(api.organization, 'Wiki');
});
afterAll(async () => api.close());
afterEach(() => void vi.useRealTimers());

async function feedOf(organization: GivenOrganization, name: string): Promise<Row> {
  return organization.connector(await organization.application({ name }), { name: `${name} export` });
}

const path = '/api/v1/reports/leavers';
const rowsOf = async (client: Client = auditor): Promise<Json[]> => (await client.get(path).expect(200)).body.rows;
const namesIn = (rows: Json[]) => rows.map(({ accountName }) => accountName);

/** An organization with nothing in it, and its auditor. */
async function elsewhere(): Promise<{ organization: GivenOrganization; client: Client; feed: Row }> {
  const organization = await api.given.organization();
  return { organization, client: await api.as('AUDITOR', organization), feed: await feedOf(organization, 'Wiki') };
}

describe('GET /api/v1/reports/leavers', () => {
  it('tells of each enabled account whose it is, where it is, and why it is listed', async () => {
    const { organization } = api;
    const manager = await organization.owner({ name: 'Jane Manager' });
    const gone = await organization.owner({
      name: 'Gone Girard',
      email: 'gone@example.com',
      department: 'Engineering',
      status: 'inactive',
      end_date: '2026-01-31',
      manager_id: manager.id,
    });
    const account = await organization.account(wiki, gone, {
      name: 'gone',
      native_identity: 'CN=gone',
      in_privileged_group: true,
      last_login_at: '2026-02-03T04:05:06.7Z',
    });
    const { body, headers } = await auditor.get(path).expect(200);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(headers['content-disposition']).toBeUndefined();
    expect(body).toEqual({
      report: 'leavers',
      generatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      rows: [
        {
          ownerId: gone.id,
          ownerName: 'Gone Girard',
          ownerEmail: 'gone@example.com',
          department: 'Engineering',
          managerName: 'Jane Manager',
          ownerStatus: 'inactive',
          endDate: '2026-01-31',
          reason: 'inactive',
          applicationId: wiki['application_id'],
          application: 'Wiki',
          connectorId: wiki.id,
          connector: 'Wiki export',
          accountId: account.id,
          accountName: 'gone',
          nativeIdentity: 'CN=gone',
          privileged: true,
          lastLoginAt: '2026-02-03T04:05:06.700Z',
        },
      ],
    });
  });

  it('leaves out disabled, deleted and unowned accounts, deleted owners, and whoever is still here', async () => {
    const { organization, client, feed } = await elsewhere();
    const gone = await organization.owner({ status: 'inactive' });
    const here = await organization.owner({ end_date: '2999-12-31' });
    const deleted = await organization.owner({ status: 'inactive', deleted_at: new Date() });
    await organization.account(feed, gone, { name: 'locked', locked: true });
    await organization.account(feed, gone, { name: 'disabled', disabled: true });
    await organization.account(feed, gone, { name: 'removed', deleted_at: new Date() });
    await organization.account(feed, here, { name: 'here' });
    await organization.account(feed, deleted, { name: 'of nobody any more' });
    await organization.account(feed, null, { name: 'of nobody' });
    expect(namesIn(await rowsOf(client))).toEqual(['locked']);
  });

  it('names no deleted manager, and says null for what is not known', async () => {
    const { organization, client, feed } = await elsewhere();
    const manager = await organization.owner({ deleted_at: new Date() });
    await organization.account(feed, await organization.owner({ status: 'inactive', manager_id: manager.id }));
    const nothing = { ownerEmail: null, department: null, managerName: null, endDate: null, lastLoginAt: null };
    expect(await rowsOf(client)).toEqual([expect.objectContaining({ ...nothing, privileged: false })]);
  });

  it('counts the last day as a day of work, in UTC', async () => {
    const { organization, client, feed } = await elsewhere();
    // Ahead of the database's own clock, by which sessions end.
    const [lastDay, next] = [1, 2].map((days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10));
    const owner = await organization.owner({ end_date: lastDay });
    await organization.account(feed, owner, { name: 'last day' });
    const seen = async (now: string) => {
      vi.useFakeTimers({ toFake: ['Date'], now: new Date(now) });
      const signedIn = await api.signedIn(organization, client.user);
      return rowsOf(signedIn);
    };
    expect(await seen(`${lastDay}T23:59:59.999Z`)).toEqual([]);
    expect(await seen(`${next}T00:00:00.000Z`)).toMatchObject([
      { accountName: 'last day', reason: 'end_date_passed', ownerStatus: 'active', endDate: lastDay },
    ]);
  });

  it('orders by the owner’s name, then owner, application and account', async () => {
    const { organization, client, feed } = await elsewhere();
    const other = await feedOf(organization, 'Archive');
    const [bo, twin, ada] = [
      await organization.owner({ name: 'Bo', status: 'inactive' }),
      await organization.owner({ name: 'bo', status: 'inactive' }),
      await organization.owner({ name: 'ada', status: 'inactive' }),
    ];
    await organization.account(feed, twin, { name: '5' });
    await organization.account(feed, bo, { name: '3' });
    await organization.account(feed, bo, { name: '4' });
    await organization.account(other, bo, { name: '2' });
    await organization.account(feed, ada, { name: '1' });
    expect(namesIn(await rowsOf(client))).toEqual(['1', '2', '3', '4', '5']);
  });

  it('is whole and well-formed when empty', async () => {
    const { client } = await elsewhere();
    expect((await client.get(path).expect(200)).body.rows).toEqual([]);
    const { text } = await client.get(`${path}?format=csv`).expect(200);
    expect(text.split('\r\n')).toEqual([expect.stringContaining('ownerId,ownerName,'), '']);
  });
});

describe('GET /api/v1/reports/leavers?format=csv', () => {
  it('has the same columns and rows as JSON, as a file to keep', async () => {
    const { organization, client, feed } = await elsewhere();
    const gone = await organization.owner({ name: '=cmd|"/C calc"', email: 'x@example.com', status: 'inactive' });
    await organization.account(feed, gone, { name: 'José "Pepe", junior\r\n', native_identity: "'-1" });
    await organization.account(feed, gone, { privileged: true, last_login_at: '2026-02-03T04:05:06Z' });
    const { text, headers } = await client.get(`${path}?format=csv`).expect(200);
    expect(headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
    const day = new Date().toISOString().slice(0, 10);
    expect(headers['content-disposition']).toMatch(/^attachment; filename="leavers-\d{4}-\d\d-\d\d\.csv"$/);
    expect(headers['content-disposition']! >= `attachment; filename="leavers-${day}`).toBe(true);

    const read = parse(text, { columns: true, recordDelimiter: '\r\n' }) as Record<string, string>[];
    expect(read[0]!['ownerName']).toBe(`'=cmd|"/C calc"`);
    expect(read[0]!['nativeIdentity']).toBe("''-1");
    const restored = read.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, cell.replace(/^'(?='*[=+\-@\t\r\n])/, '')])),
    );
    const json = (await rowsOf(client)).map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value ?? '')])),
    );
    expect(restored).toEqual(json);
    expect(Object.keys(restored[0]!)).toEqual(Object.keys(json[0]!));
  });
});

describe('a long report', () => {
  const count = 4_321;
  let home: Awaited<ReturnType<typeof elsewhere>>;

  beforeAll(async () => {
    home = await elsewhere();
    const owner = await home.organization.owner({ status: 'inactive' });
    await api.given.sql(
      `insert into account (organization_id, connector_id, owner_id, correlation, native_identity, native_key,
         native_identity_key, name, name_key, connector_name_key)
       select $1, $2, $3, 'rule', n, n, n, repeat('long ', 400) || n, n, 'wiki'
         from generate_series(1, $4) as i cross join lateral (select i::text as n) x`,
      [home.organization.id, home.feed.id, owner.id, count],
    );
  });

  it('arrives whole in both formats', async () => {
    const rows = await rowsOf(home.client);
    expect(new Set(rows.map(({ accountId }) => accountId)).size).toBe(count);
    const { text, headers } = await home.client.get(`${path}?format=csv`).expect(200);
    expect(headers['transfer-encoding']).toBe('chunked');
    expect(parse(text, { recordDelimiter: '\r\n' })).toHaveLength(count + 1);
  });

  it('breaks off visibly when the database fails half-way, and says so in no row', async () => {
    const database = api.app.get(Database);
    const stream = database.stream.bind(database);
    const failing = vi.spyOn(database, 'stream').mockImplementation(async function* (...given) {
      for await (const rows of stream(...given)) {
        yield rows;
        throw new Error('the disk is on fire');
      }
    });
    await expect(home.client.get(path)).rejects.toThrow(/aborted|socket hang up/);
    await expect(home.client.get(`${path}?format=csv`)).rejects.toThrow(/aborted|socket hang up/);
    failing.mockRestore();
  });

  it('holds no transaction for a client that has gone', async () => {
    if (!api.server.listening) await new Promise<void>((resolve) => api.server.listen(0, '127.0.0.1', resolve));
    const socket = connect((api.server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${home.client.token}\r\n\r\n`);
    await once(socket, 'data');
    socket.pause();
    // Databases of other test files are copies: a table has one number in all of them.
    const open = `select distinct pid from pg_locks where relation = 'account'::regclass and pid <> pg_backend_pid()
      and database = (select oid from pg_database where datname = current_database())`;
    await expect.poll(() => api.given.sql(open), { timeout: 10_000 }).toHaveLength(1);
    // The share of a small pool is one, and it is taken.
    const refused = await home.client.get(path).expect(429);
    expect(refused.body).toEqual({ error: expect.any(String) as string, code: 'too_many_requests' });
    expect(refused.headers['retry-after']).toBe('5');
    socket.destroy();
    await expect.poll(() => api.given.sql(open), { timeout: 10_000 }).toEqual([]);
    await home.client.get(path).expect(200);
  });

  it('is not read for HEAD, which says the same of it', async () => {
    for (let i = 0; i < 3; i++) {
      const { headers } = await home.client.head(`${path}?format=csv`).expect(200);
      expect(headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
    }
    await home.client.get(path).expect(200);
  });
});

describe('a report that is refused', () => {
  it.each(['xml', 'CSV', '', 'json,csv', '__proto__'])('names the parameter for format "%s"', async (format) => {
    const { body } = await auditor.get(`${path}?format=${format}`).expect(400);
    expect(body).toEqual({
      error: 'format must be json or csv.',
      code: 'invalid',
      details: [{ field: 'format', message: 'format must be json or csv.' }],
    });
  });

  it('names a parameter that is given twice', async () => {
    const { body } = await auditor.get(`${path}?format=csv&format=csv`).expect(400);
    expect(body.details).toEqual([{ field: 'format', message: 'format must be given once.' }]);
  });

  it.each(['leaver', 'Leavers', '__proto__', 'constructor', 'toString', 'leavers.csv'])(
    'is not known by the name "%s"',
    async (name) => {
      const { body } = await auditor.get(`/api/v1/reports/${name}`).expect(404);
      expect(body).toEqual({ error: 'No such report.', code: 'not_found' });
    },
  );

  it.each(['SOURCE_SUBADMIN', 'no role'] as const)('is closed to %s, known or not', async (role) => {
    const client = await api.as(role === 'no role' ? [] : role);
    for (const name of ['leavers', 'unknown']) {
      const { body } = await client.get(`/api/v1/reports/${name}?format=xml`).expect(403);
      expect(body).toMatchObject({ code: 'forbidden' });
    }
    await api.client().get(path).expect(401);
  });

  it('is open to a SOURCE_SUBADMIN who is something else too', async () => {
    await (await api.as(['SOURCE_SUBADMIN', 'HELPDESK'])).get(path).expect(200);
  });

  it('is read only', async () => {
    await auditor.post(path).expect(405);
  });
});
