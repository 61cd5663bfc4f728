import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConnectorConfig } from '@app/connectors';
import { newId } from '@app/kernel';
import { sourceCollection } from '../../../apps/api/src/surfaces/accounts/sources/source.fields.js';
import { type Client, TestApi } from '../../support/api.js';
import { describeCollection, type Item } from '../../support/collection.js';
import type { Row } from '../../support/given.js';

let api: TestApi;
let admin: Client;
let items: Item[];
let connectors: Row[];
let contact: { user: Row; owner: Row };

const config = parseConnectorConfig({
  kind: 'delimited-file',
  separator: ';',
  mapping: { login: 'nativeIdentity' },
  privilegedEntitlements: ['canary'],
  deletionThreshold: { percent: 35, rows: 5 },
});

beforeAll(async () => {
  api = await TestApi.start();
  admin = await api.as('ORG_ADMIN');
  const { organization } = api;
  contact = await person('Zoë');
  const other = await person('ada');
  const applications = [await organization.application(), await organization.application()];
  const made = [
    { name: 'HR', authoritative: true, description: 'people', who: contact, run: 'succeeded' },
    { name: 'Wiki', description: 'pages', who: other, run: 'failed' },
    { name: 'wiki', description: '', who: undefined, run: undefined },
    { name: '100%_a\\b', description: 'people too', who: contact, run: 'needs_confirmation' },
    { name: 'Ärger', description: '', who: undefined, run: 'succeeded' },
  ];
  connectors = [];
  for (const [i, { who, run, ...columns }] of made.entries()) {
    const times = {
      created_at: `2026-01-0${1 + (i % 3)}T00:00:00.00${i % 2}Z`,
      updated_at: `2026-02-0${1 + (i % 2)}T00:00:00Z`,
    };
    const connector = await organization.connector(applications[i % 2]!, { ...columns, ...times, config });
    if (run) await ended(connector, run);
    if (who) await organization.connectorOwner(connector, who.user);
    connectors.push(connector);
  }
  items = (await admin.get('/sources').expect(200)).body;
});
afterAll(async () => api.close());

async function person(name: string) {
  const user = await api.organization.user();
  return { user, owner: await api.organization.owner({ name, user_id: user.id }) };
}

async function ended(connector: Row, state: string): Promise<void> {
  const home = { organization_id: api.organization.id, connector_id: connector.id };
  const file_id = newId();
  const file = { ...home, id: file_id, name: 'x.csv', size_bytes: 1, sha256: '', uploaded_by: 'x' };
  await api.given.insert('connector_file', { ...file, taken_at: new Date() });
  const run = { ...home, id: newId(), file_id, state, requested_by: 'x', finished_at: '2026-03-01T00:00:00Z' };
  await api.given.insert('sync_run', run);
}

describeCollection({
  noun: 'sources',
  ...sourceCollection,
  exact: ['description'],
  shown: { features: ({ features }) => features as string[] },
  ready: () => ({ client: admin, items }),
});

describe('a source', () => {
  it('is a connector in the vendor’s words, with nothing of its configuration but what anybody may know', async () => {
    const { body, text } = await admin.get(`/sources/${connectors[0]!.id}`).expect(200);
    expect(body).toEqual({
      id: connectors[0]!.id,
      name: 'HR',
      description: 'people',
      owner: { type: 'IDENTITY', id: contact.owner.id, name: 'Zoë' },
      cluster: null,
      features: ['DISCOVER_SCHEMA', 'NO_RANDOM_ACCESS'],
      type: 'DelimitedFile',
      connector: 'delimited-file',
      connectorClass: 'ostiary.connectors.v1.DelimitedFile',
      connectorAttributes: { delimiter: ';', hasHeader: true },
      deleteThreshold: 35,
      authoritative: true,
      managementWorkgroup: null,
      healthy: true,
      status: 'SOURCE_STATE_HEALTHY',
      since: '2026-03-01T00:00:00.000Z',
      connectorId: 'delimited-file',
      connectorName: 'Delimited File',
      connectionType: 'file',
      created: '2026-01-01T00:00:00.000Z',
      modified: '2026-02-01T00:00:00.000Z',
      schemas: [],
      category: null,
    });
    expect(text).not.toMatch(/canary|login/);
    expect(body).toEqual(items[0]);
  });

  it.each([
    [1, false, 'SOURCE_STATE_ERROR_ACCOUNT_FILE_IMPORT'],
    [2, false, 'SOURCE_STATE_UNCHECKED_SOURCE_NO_ACCOUNTS'],
    [3, false, 'SOURCE_STATE_ERROR_ACCOUNT_FILE_IMPORT'],
    [4, true, 'SOURCE_STATE_HEALTHY'],
  ])('is as healthy as its last run: number %i', (i, healthy, status) => {
    expect(items[i]).toMatchObject({ healthy, status });
  });

  it('tells accounts the same id, name, features and kind', async () => {
    const account = await api.organization.account(connectors[0]!, null, { name: 'x' });
    const { body } = await admin.get(`/accounts/${account.id}`).expect(200);
    expect(body).toMatchObject({
      sourceId: items[0]!.id,
      sourceName: items[0]!['name'],
      sourceOwner: items[0]!['owner'],
      features: (items[0]!['features'] as string[]).join(', '),
      connectionType: items[0]!['connectionType'],
      authoritative: items[0]!['authoritative'],
    });
  });

  it('answers 404 for an unknown or malformed id', async () => {
    for (const id of [newId(), 'x', '2c9180858082150f0180893dbaf44201', '%2e%2e', connectors[0]!['application_id']]) {
      const { body } = await admin.get(`/sources/${String(id)}`).expect(404);
      expect(body).toMatchObject({ detailCode: '404 Not found', causes: [] });
    }
  });

  it('takes includeIDNSource, though this server is no source', async () => {
    for (const value of ['true', 'false']) {
      expect((await admin.get(`/sources?includeIDNSource=${value}`).expect(200)).body).toHaveLength(items.length);
    }
    await admin.get('/sources?includeIDNSource=maybe').expect(400);
  });
});

describe('who lists sources', () => {
  const list = (client: Client, query = '') => client.get(`/sources?count=true${query}`);
  const own = () => [connectors[0]!.id, connectors[3]!.id];
  const idsOf = (body: Item[]) => body.map(({ id }) => id);
  const subadmin = async () => api.signedIn(api.organization, contact.user);

  beforeAll(async () => {
    const role = { user_id: contact.user.id, role: 'SOURCE_SUBADMIN' };
    await api.given.insert('role_assignment', { organization_id: api.organization.id, ...role });
  });

  it.each(['Administrator', 'ORG_ADMIN', 'SOURCE_ADMIN', 'HELPDESK', 'AUDITOR'] as const)(
    '%s sees all of them',
    async (role) => {
      const client = await api.as(role);
      expect((await list(client).expect(200)).body).toEqual(items);
      await client.get(`/sources/${items[1]!.id}`).expect(200);
    },
  );

  it('nobody without a role does, nor without a token', async () => {
    const nobody = await api.as([]);
    for (const path of ['/sources', `/sources/${items[0]!.id}`]) {
      expect((await nobody.get(path).expect(403)).body.detailCode).toBe('403 Forbidden');
      expect((await api.client().get(path).expect(401)).body.error).toMatch(/^JWT validation failed/);
    }
  });

  it('SOURCE_SUBADMIN sees his own, if he says that he means them', async () => {
    const client = await subadmin();
    for (const value of ['me', contact.owner.id, contact.owner.id.toUpperCase()]) {
      const { body, headers } = await list(client, `&for-subadmin=${value}`).expect(200);
      expect([idsOf(body), headers['x-total-count']]).toEqual([own(), '2']);
    }
    for (const query of [
      '',
      '&for-subadmin=',
      '&for-subadmin=ME',
      `&for-subadmin=${newId()}`,
      `&for-subadmin=${contact.user.id}`,
    ]) {
      const { body } = await list(client, query).expect(403);
      expect(body).toMatchObject({
        detailCode: '403 Forbidden',
        messages: [{ text: expect.stringContaining('for-subadmin=me') }],
      });
    }
    await client.get('/sources?for-subadmin=me&for-subadmin=me').expect(400);
  });

  it('SOURCE_SUBADMIN filters, sorts and slices his own alone, and finds no other by its id', async () => {
    const client = await subadmin();
    const search = (query: string) => list(client, `&for-subadmin=me&${query}`).expect(200);
    expect(idsOf((await search('sorters=-name')).body)).toEqual(own());
    expect(idsOf((await search('filters=not+name+eq+"hr"')).body)).toEqual([own()[1]]);
    expect(idsOf((await search(`filters=id+eq+"${items[1]!.id}"`)).body)).toEqual([]);
    expect((await search('limit=1&offset=1')).headers['x-total-count']).toBe('2');
    await client.get(`/sources/${own()[0]}`).expect(200);
    for (const { id } of [items[1]!, items[2]!]) await client.get(`/sources/${id}`).expect(404);
  });

  it('whoever sees all may ask for those of one identity, or for his own', async () => {
    expect(idsOf((await list(admin, `&for-subadmin=${contact.owner.id}`).expect(200)).body)).toEqual(own());
    for (const value of ['me', newId(), 'nonsense', contact.user.id]) {
      const { body, headers } = await list(admin, `&for-subadmin=${value}`).expect(200);
      expect([value, body, headers['x-total-count']]).toEqual([value, [], '0']);
    }
    expect((await list(admin, '&for-subadmin=').expect(200)).body).toHaveLength(items.length);
  });

  it('a role beside SOURCE_SUBADMIN that sees all does not have to say it', async () => {
    const both = await api.as(['SOURCE_SUBADMIN', 'AUDITOR']);
    expect((await list(both).expect(200)).body).toHaveLength(items.length);
  });
});
