import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, TestApi } from '../../support/api.js';

type Json = Record<string, string | number | boolean | null>;

let api: TestApi;

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(() => api.close());

const path = '/api/v1/reports/owners-without-manager';
const rowsOf = async (client: Client): Promise<Json[]> => (await client.get(path).expect(200)).body.rows;
const namesIn = (rows: Json[]) => rows.map(({ ownerName }) => ownerName);

async function elsewhere() {
  const organization = await api.given.organization();
  const client = await api.as('AUDITOR', organization);
  return { organization, client, feed: await organization.connector(await organization.application()) };
}

describe('GET /api/v1/reports/owners-without-manager', () => {
  it('tells of each person who it is, why nobody answers for him, and how much hangs on him', async () => {
    const { organization, client, feed } = await elsewhere();
    const columns = { name: 'Ada', email: 'ada@example.com', department: 'Board', title: 'Chair' };
    const ada = await organization.owner(columns);
    for (const name of ['Bo', 'Cy']) await organization.owner({ name, manager_id: ada.id });
    await organization.owner({ name: 'Deleted', manager_id: ada.id, deleted_at: new Date() });
    for (const disabled of [false, false, true]) await organization.account(feed, ada, { disabled });
    await client.get(`/api/v1/owners/${ada.id}/statistics`).expect(200);
    expect(await rowsOf(client)).toEqual([
      {
        ownerId: ada.id,
        ownerName: 'Ada',
        ownerEmail: 'ada@example.com',
        department: 'Board',
        title: 'Chair',
        reason: 'no_manager',
        managerName: null,
        directReports: 2,
        totalAccounts: 3,
        activeAccounts: 2,
      },
    ]);
  });

  it('counts a manager who is deleted, inactive or past the end date as gone, and names only who has left', async () => {
    const { organization, client } = await elsewhere();
    const nobodys = { owner_type: 'service' };
    const managers = {
      deleted: await organization.owner({ name: 'Deleted', ...nobodys, deleted_at: new Date() }),
      inactive: await organization.owner({ name: 'Inactive', ...nobodys, status: 'inactive' }),
      past: await organization.owner({ name: 'Past', ...nobodys, end_date: '2020-01-01' }),
      here: await organization.owner({ name: 'Here', ...nobodys, end_date: '2999-01-01' }),
    };
    for (const [name, { id }] of Object.entries(managers)) await organization.owner({ name, manager_id: id });
    const rows = await rowsOf(client);
    expect(rows.map(({ ownerName, reason, managerName }) => [ownerName, reason, managerName])).toEqual([
      ['deleted', 'manager_deleted', null],
      ['inactive', 'manager_left', 'Inactive'],
      ['past', 'manager_left', 'Past'],
    ]);
  });

  it('leaves out who has a manager, has left, is no person, is deleted, or is another organization’s', async () => {
    const { organization, client } = await elsewhere();
    const other = await elsewhere();
    await other.organization.owner({ name: 'theirs' });
    await organization.owner({ name: 'inactive', status: 'inactive' });
    await organization.owner({ name: 'past', end_date: '2020-01-01' });
    await organization.owner({ name: 'service', owner_type: 'service' });
    await organization.owner({ name: 'federated', owner_type: 'federated' });
    await organization.owner({ name: 'deleted', deleted_at: new Date() });
    const top = await organization.owner({ name: 'top' });
    await organization.owner({ name: 'below', manager_id: top.id });
    expect(namesIn(await rowsOf(client))).toEqual(['top']);
  });

  it('has whoever holds the most enabled accounts first, then the name without case', async () => {
    const { organization, client, feed } = await elsewhere();
    for (const [name, enabled, disabled] of [
      ['d', 0, 9],
      ['B', 1, 0],
      ['a', 1, 5],
      ['c', 2, 0],
    ] as const) {
      const owner = await organization.owner({ name });
      for (let i = 0; i < enabled; i++) await organization.account(feed, owner);
      for (let i = 0; i < disabled; i++) await organization.account(feed, owner, { disabled: true });
      await client.get(`/api/v1/owners/${owner.id}/statistics`).expect(200);
    }
    await organization.owner({ name: 'e' });
    expect(namesIn(await rowsOf(client))).toEqual(['c', 'a', 'B', 'd', 'e']);
  });
});
