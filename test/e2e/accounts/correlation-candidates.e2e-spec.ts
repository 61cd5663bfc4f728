import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { roles } from '@app/access';
import { parseConnectorConfig, rulesOf } from '@app/connectors';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import type { Row } from '../../support/given.js';
import { accountMounts } from '../../support/paths.js';

let api: TestApi;
let client: Client;
let connector: Row;
let ada: Row;

const config = parseConnectorConfig({
  kind: 'delimited-file',
  mapping: { login: 'nativeIdentity', mail: 'email' },
  correlationRules: [{ account: 'email', owner: 'email' }],
});

beforeAll(async () => {
  api = await TestApi.start();
  client = await api.as('HELPDESK');
  const application = await api.organization.application();
  connector = await api.organization.connector(application, { config, applied_rules: rulesOf(config) });
  ada = await api.organization.owner({ name: 'Ada Amir', email: 'ada@example.com', identity_id: 'E1' });
});
afterAll(() => api.close());

const pathOf = ({ id }: { id: string }, query = '') => `/accounts/${id}/correlation-candidates${query}`;
const account = (columns: object = {}, owner: Row | null = null) =>
  api.organization.account(connector, owner, { correlation_keys: [null], ...columns });

describe('GET /accounts/{id}/correlation-candidates', () => {
  it('tells who may own the account, how likely that is, and by what', async () => {
    const one = await account({ email: 'Ada@example.com', correlation_keys: ['ada@example.com'], name: 'Amir, Ada' });
    const { body, headers } = await client.get(pathOf(one)).expect(200);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(body).toEqual([
      {
        identity: { id: ada.id, type: 'IDENTITY', name: 'Ada Amir' },
        email: 'ada@example.com',
        status: 'active',
        score: 100,
        current: false,
        rule: true,
        ambiguous: false,
        evidence: [
          {
            kind: 'EMAIL',
            accountField: 'email',
            accountValue: 'Ada@example.com',
            identityField: 'email',
            identityValue: 'ada@example.com',
            score: 90,
            rule: true,
          },
          {
            kind: 'NAME_WORDS',
            accountField: 'name',
            accountValue: 'Amir, Ada',
            identityField: 'name',
            identityValue: 'Ada Amir',
            score: 60,
            rule: false,
          },
        ],
      },
    ]);
  });

  it('marks the identity that has the account, and names nobody where nobody fits', async () => {
    const owned = await account({ native_identity: 'whoever' }, ada);
    expect((await client.get(pathOf(owned))).body).toMatchObject([
      { identity: { id: ada.id }, score: 0, current: true },
    ]);
    expect((await client.get(pathOf(await account({ native_identity: 'nobody' })))).body).toEqual([]);
  });

  it('gives ten unless another number is asked for, and fifty at most', async () => {
    for (let i = 0; i < 55; i++) await api.organization.owner({ name: `B ${i}`, email: `bo.bo@${i}.example` });
    const one = await account({ native_identity: 'bo.bo' });
    const sizeOf = async (query: string) => (await client.get(pathOf(one, query)).expect(200)).body.length;
    expect([await sizeOf(''), await sizeOf('?limit=3'), await sizeOf('?limit=0'), await sizeOf('?limit=50')]).toEqual([
      10, 3, 0, 50,
    ]);
    for (const limit of ['51', '-1', 'x', '', '1.5', '9'.repeat(30)]) {
      const { body } = await client.get(pathOf(one, `?limit=${limit}`)).expect(400);
      expect(body.messages[0].text).toBe('limit must be a whole number from 0 to 50.');
    }
    await client.get(pathOf(one, '?limit=1&limit=2')).expect(400);
  });

  it.each(accountMounts)('is there at %s', async (mount) => {
    const { id } = await account({ email: 'ada@example.com' });
    const { body } = await client.get(`${mount}/${id}/correlation-candidates`).expect(200);
    expect(body).toMatchObject([{ identity: { id: ada.id } }]);
  });

  it.each(roles)('is for %s as accounts are', async (role) => {
    const one = await account();
    const reader = await api.as(role);
    await reader.get(pathOf(one)).expect(role === 'SOURCE_SUBADMIN' ? 404 : 200);
    if (role !== 'SOURCE_SUBADMIN') return;
    await api.organization.connectorOwner(connector, reader.user);
    await expect.poll(async () => (await reader.get(pathOf(one))).status, { timeout: 5_000 }).toBe(200);
  });

  it('knows no account of another organization, none that was removed, and none by a malformed id', async () => {
    const other = await api.given.organization();
    const theirs = await other.account(await other.connector(await other.application()));
    const answers = [];
    for (const id of [theirs.id, (await account({ deleted_at: new Date() })).id, newId(), 'nonsense', '%00']) {
      const { body } = await client.get(pathOf({ id })).expect(404);
      answers.push(JSON.stringify({ ...body, trackingId: null }));
    }
    expect(new Set(answers.slice(0, -1)).size).toBe(1);
    await (await api.as([])).get(pathOf(await account())).expect(403);
    await api.client().get(pathOf(theirs)).expect(401);
  });
});
