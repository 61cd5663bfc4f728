import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, TestApi } from '../../support/api.js';

type Json = Record<string, string | number | boolean | null>;

let api: TestApi;

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(() => api.close());

const now = Date.now();
/** This many days ago and a little more. */
const daysAgo = (days: number) => new Date(now - days * 86_400_000 - 60_000);
const rowsOf = async (client: Client, name: string): Promise<Json[]> =>
  (await client.get(`/api/v1/reports/${name}`).expect(200)).body.rows;
const namesIn = (rows: Json[]) => rows.map(({ accountName }) => accountName);

async function elsewhere() {
  const organization = await api.given.organization();
  const client = await api.as('AUDITOR', organization);
  const application = await organization.application({ name: 'Wiki' });
  return { organization, client, feed: await organization.connector(application, { name: 'Wiki export' }) };
}

describe('GET /api/v1/reports/orphan-accounts', () => {
  it('tells of each enabled account of nobody where it is, what it may do, and how long it has not been used', async () => {
    const { organization, client, feed } = await elsewhere();
    const account = await organization.account(feed, null, {
      name: 'svc',
      native_identity: 'CN=svc',
      email: 'svc@example.com',
      in_privileged_group: true,
      locked: true,
      source_created_at: '2020-01-02T03:04:05Z',
      last_login_at: daysAgo(91),
    });
    expect(await rowsOf(client, 'orphan-accounts')).toEqual([
      {
        applicationId: feed['application_id'],
        application: 'Wiki',
        connectorId: feed.id,
        connector: 'Wiki export',
        accountId: account.id,
        accountName: 'svc',
        nativeIdentity: 'CN=svc',
        email: 'svc@example.com',
        privileged: true,
        locked: true,
        createdAt: '2020-01-02T03:04:05.000Z',
        lastLoginAt: daysAgo(91).toISOString(),
        daysUnused: 91,
      },
    ]);
  });

  it('has privileged ones first, then the longest unused; never used counts from creation', async () => {
    const { organization, client, feed } = await elsewhere();
    await organization.account(feed, null, { name: '5', last_login_at: daysAgo(1) });
    await organization.account(feed, null, { name: '4', last_login_at: null, source_created_at: daysAgo(50) });
    await organization.account(feed, null, { name: '3', last_login_at: daysAgo(400) });
    await organization.account(feed, null, { name: '2', last_login_at: daysAgo(1), has_highly_privileged_role: true });
    await organization.account(feed, null, { name: '1', last_login_at: daysAgo(2), privileged: true });
    expect(namesIn(await rowsOf(client, 'orphan-accounts'))).toEqual(['1', '2', '3', '4', '5']);
  });

  it('leaves out disabled, deleted and owned accounts, and everything of others', async () => {
    const { organization, client, feed } = await elsewhere();
    const other = await elsewhere();
    await other.organization.account(other.feed, null, { name: 'theirs' });
    await organization.account(feed, null, { name: 'disabled', disabled: true });
    await organization.account(feed, null, { name: 'removed', deleted_at: new Date() });
    await organization.account(feed, await organization.owner(), { name: 'owned' });
    await organization.account(feed, null, { name: 'to come', email: null, last_login_at: '2999-01-01T00:00:00Z' });
    expect(await rowsOf(client, 'orphan-accounts')).toMatchObject([
      { accountName: 'to come', email: null, daysUnused: 0 },
    ]);
  });
});

describe('GET /api/v1/reports/stale-privileged-accounts', () => {
  const name = 'stale-privileged-accounts';

  it('tells of each whose it is, where it is, since when it is unused, and how it is kept', async () => {
    const { organization, client, feed } = await elsewhere();
    const ada = await organization.owner({ name: 'Ada', email: 'ada@example.com' });
    const account = await organization.account(feed, ada, {
      name: 'ada-admin',
      native_identity: 'CN=ada',
      privileged: true,
      vaulted: true,
      mfa_enabled: false,
      source_created_at: '2020-01-02T03:04:05Z',
      last_login_at: daysAgo(100),
    });
    expect(await rowsOf(client, name)).toEqual([
      {
        applicationId: feed['application_id'],
        application: 'Wiki',
        connectorId: feed.id,
        connector: 'Wiki export',
        accountId: account.id,
        accountName: 'ada-admin',
        nativeIdentity: 'CN=ada',
        ownerId: ada.id,
        ownerName: 'Ada',
        ownerEmail: 'ada@example.com',
        createdAt: '2020-01-02T03:04:05.000Z',
        lastLoginAt: daysAgo(100).toISOString(),
        daysUnused: 100,
        vaulted: true,
        mfaEnabled: false,
      },
    ]);
  });

  it('has the longest unused first, those of nobody and those privileged by a group or role among them', async () => {
    const { organization, client, feed } = await elsewhere();
    const owner = await organization.owner();
    await organization.account(feed, owner, { name: '3', last_login_at: daysAgo(90), in_privileged_group: true });
    await organization.account(feed, owner, {
      name: '1',
      last_login_at: daysAgo(900),
      has_highly_privileged_role: true,
    });
    await organization.account(feed, null, { name: '2', source_created_at: daysAgo(500), privileged: true });
    const rows = await rowsOf(client, name);
    expect(namesIn(rows)).toEqual(['1', '2', '3']);
    const nobody = { ownerId: null, ownerName: null, ownerEmail: null, lastLoginAt: null, mfaEnabled: null };
    expect(rows[1]).toMatchObject({ ...nobody, daysUnused: 500, vaulted: false });
  });

  it('leaves out what is in use, disabled, deleted, not privileged, or of others', async () => {
    const { organization, client, feed } = await elsewhere();
    const other = await elsewhere();
    const stale = { privileged: true, last_login_at: daysAgo(100) };
    await other.organization.account(other.feed, null, stale);
    const almost = new Date(now - 90 * 86_400_000 + 600_000);
    await organization.account(feed, null, { ...stale, last_login_at: almost });
    await organization.account(feed, null, { ...stale, disabled: true });
    await organization.account(feed, null, { ...stale, deleted_at: new Date() });
    await organization.account(feed, null, { ...stale, privileged: false });
    expect(await rowsOf(client, name)).toEqual([]);
  });

  it('counts what the statistics count as unused for 90 days', async () => {
    const { organization, client, feed } = await elsewhere();
    const owner = await organization.owner();
    for (let days = 85; days < 95; days++) {
      await organization.account(feed, owner, { privileged: true, last_login_at: daysAgo(days) });
    }
    const { body } = await client.get(`/api/v1/owners/${owner.id}/statistics`).expect(200);
    expect(String((await rowsOf(client, name)).length)).toBe(body.activity_metrics.not_used_90);
  });
});
