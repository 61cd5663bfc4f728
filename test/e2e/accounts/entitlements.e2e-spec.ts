import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { entitlementCollection } from '../../../apps/api/src/surfaces/accounts/entitlements/entitlement.fields.js';
import { type Client, TestApi } from '../../support/api.js';
import { describeCollection, type Item } from '../../support/collection.js';
import { accountMounts } from '../../support/paths.js';
import type { Row } from '../../support/given.js';

let api: TestApi;
let reader: Client;
let feeds: [Row, Row];
let rows: Row[];
let items: Item[];
let account: Row;
let held: string[];

const given = [
  { value: 'cn=domain admins', name: 'Domain Admins', attribute: 'groups', privileged: true, description: 'All of it' },
  { value: 'cn=wiki', name: 'wiki', attribute: 'groups' },
  { value: 'auditor', name: 'Wiki', attribute: 'roles', kind: 'role' },
  { value: '100%_\\"', name: '100%_\\"', attribute: 'entitlements' },
  { value: 'ärger', name: 'Ärger', attribute: 'roles', kind: 'role' },
];

beforeAll(async () => {
  api = await TestApi.start();
  const { organization } = api;
  reader = await api.as('HELPDESK');
  const application = await organization.application();
  feeds = [await organization.connector(application, { name: 'AD' }), await organization.connector(application)];
  rows = [];
  for (const [i, columns] of given.entries()) {
    const times = {
      created_at: `2026-01-0${1 + (i % 3)}T00:00:00.00${i % 2}Z`,
      modified_at: `2026-02-0${1 + (i % 2)}T00:00:00Z`,
    };
    rows.push(await organization.entitlement(feeds[i % 2 === 0 ? 0 : 1], { ...columns, ...times }));
  }
  account = await organization.account(feeds[0], null, { name: 'ada' });
  for (const i of [4, 0, 2]) await organization.holds(account, rows[i]!);
  held = [rows[0]!.id, rows[2]!.id, rows[4]!.id];
  items = (await reader.get('/entitlements').expect(200)).body;
});
afterAll(async () => api.close());

describeCollection({
  noun: 'entitlements',
  ...entitlementCollection,
  exact: ['value', 'attribute', 'type'],
  shown: { type: ({ sourceSchemaObjectType }) => sourceSchemaObjectType as string },
  ready: () => ({ client: reader, items }),
});

const idsOf = (body: Item[]) => body.map(({ id }) => id);

describe('an entitlement', () => {
  it('is complete by its id, and the same in a list', async () => {
    const { body } = await reader.get(`/entitlements/${rows[0]!.id}`).expect(200);
    expect(body).toEqual({
      id: rows[0]!.id,
      name: 'Domain Admins',
      attribute: 'groups',
      value: 'cn=domain admins',
      sourceSchemaObjectType: 'group',
      description: 'All of it',
      privileged: true,
      cloudGoverned: false,
      requestable: false,
      owner: null,
      created: '2026-01-01T00:00:00.000Z',
      modified: '2026-02-01T00:00:00.000Z',
      source: { type: 'SOURCE', id: feeds[0].id, name: 'AD' },
      attributes: {},
      segments: [],
      directPermissions: [],
    });
    expect(body).toEqual(items[0]);
  });

  it('answers 404 for an unknown or malformed id', async () => {
    for (const id of [newId(), 'x', account.id, '%2e%2e']) {
      expect((await reader.get(`/entitlements/${id}`).expect(404)).body.detailCode).toBe('404 Not found');
    }
  });
});

describe('GET /entitlements?account-id', () => {
  const list = (query: string) => reader.get(`/entitlements?count=true&${query}`);

  it('is what the account holds, filtered and sorted like any list', async () => {
    const { body, headers } = await list(`account-id=${account.id}`).expect(200);
    expect([idsOf(body), headers['x-total-count']]).toEqual([held, '3']);
    const roles = await list(`account-id=${account.id.toUpperCase()}&filters=type+eq+"role"&sorters=-name`).expect(200);
    expect(idsOf(roles.body)).toEqual([held[2], held[1]]);
  });

  it('is nothing for an account that is not there, and everything when it is empty', async () => {
    for (const id of [newId(), 'x', rows[0]!.id]) expect((await list(`account-id=${id}`).expect(200)).body).toEqual([]);
    expect((await list('account-id=').expect(200)).body).toHaveLength(5);
  });
});

describe('segments', () => {
  it.each(['for-segment-ids=', 'segmented-for-identity=', 'include-unsegmented=true'])(
    'need not be there for %s',
    async (query) => {
      expect((await reader.get(`/entitlements?${query}`).expect(200)).body).toEqual(items);
    },
  );

  it.each(['for-segment-ids=a', 'segmented-for-identity=me', 'include-unsegmented=false', 'include-unsegmented=x'])(
    'are none, so %s is refused',
    async (query) => {
      const { body } = await reader.get(`/entitlements?${query}`).expect(400);
      expect(body.messages[0].text).toMatch(/segment/);
    },
  );
});

describe('GET /accounts/{id}/entitlements', () => {
  it.each(accountMounts)('lists at %s what the account holds, as entitlements are listed', async (mount) => {
    const { body, headers } = await reader.get(`${mount}/${account.id}/entitlements?count=true`).expect(200);
    expect(body).toEqual(items.filter(({ id }) => held.includes(id)));
    expect(headers['x-total-count']).toBe('3');
  });

  it('is read in slices', async () => {
    const path = `/accounts/${account.id}/entitlements`;
    const page = await reader.get(`${path}?limit=1&offset=1`).expect(200);
    expect([idsOf(page.body), page.headers['x-total-count']]).toEqual([[held[1]], undefined]);
    expect((await reader.get(`${path}?offset=3`).expect(200)).body).toEqual([]);
    expect((await reader.get(`${path}?limit=0&count=true`).expect(200)).headers['x-total-count']).toBe('3');
    for (const query of ['limit=251', 'limit=x', 'offset=-1', 'count=yes', 'limit=1&limit=2']) {
      await reader.get(`${path}?${query}`).expect(400);
    }
  });

  it('is empty for an account that holds nothing, and 404 for one that is deleted, unknown or malformed', async () => {
    const bare = await api.organization.account(feeds[1], null, { name: 'bare' });
    expect((await reader.get(`/accounts/${bare.id}/entitlements`).expect(200)).body).toEqual([]);
    const gone = await api.organization.account(feeds[1], null, { name: 'gone', deleted_at: new Date() });
    for (const id of [gone.id, newId(), 'x']) {
      const { body } = await reader.get(`/accounts/${id}/entitlements`).expect(404);
      expect(body).toMatchObject({ detailCode: '404 Not found', causes: [] });
    }
  });
});

describe('who reads entitlements', () => {
  const paths = () => ['/entitlements', `/entitlements/${rows[0]!.id}`, `/accounts/${account.id}/entitlements`];

  it.each(['Administrator', 'ORG_ADMIN', 'SOURCE_ADMIN', 'AUDITOR'] as const)('%s reads all of them', async (role) => {
    const client = await api.as(role);
    for (const path of paths()) await client.get(path).expect(200);
    expect((await client.get('/entitlements').expect(200)).body).toEqual(items);
  });

  it('nobody without a role or a token does', async () => {
    const nobody = await api.as([]);
    for (const path of paths()) {
      expect((await nobody.get(path).expect(403)).body.detailCode).toBe('403 Forbidden');
      await api.client().get(path).expect(401);
    }
  });

  it('SOURCE_SUBADMIN reads those of own connectors, in rows, totals, filters and by id', async () => {
    const client = await api.as('SOURCE_SUBADMIN');
    expect((await client.get('/entitlements?count=true').expect(200)).headers['x-total-count']).toBe('0');
    await api.organization.connectorOwner(feeds[1], client.user, 'technical_owner');
    const { body, headers } = await client.get('/entitlements?count=true&sorters=-name').expect(200);
    expect([idsOf(body), headers['x-total-count']]).toEqual([[rows[1]!.id, rows[3]!.id], '2']);
    const foreign = encodeURIComponent(`source.id eq "${feeds[0].id}"`);
    expect((await client.get(`/entitlements?filters=${foreign}`).expect(200)).body).toEqual([]);
    expect((await client.get(`/entitlements?account-id=${account.id}`).expect(200)).body).toEqual([]);
    await client.get(`/entitlements/${rows[1]!.id}`).expect(200);
    await client.get(`/entitlements/${rows[0]!.id}`).expect(404);
    await client.get(`/accounts/${account.id}/entitlements`).expect(404);
  });
});
