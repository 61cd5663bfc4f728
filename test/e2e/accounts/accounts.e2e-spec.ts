import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import { accountMounts } from '../../support/paths.js';
import type { Row } from '../../support/given.js';

const slimKeys =
  'attributes created description disabled features hasEntitlements id identityId locked manuallyCorrelated modified name nativeIdentity sourceId uuid'.split(
    ' ',
  );
const further =
  'authoritative cloudLifecycleState connectionType identity identityState isMachine origin recommendation sourceName sourceOwner systemAccount uncorrelated';
const fullKeys = [...slimKeys, ...further.split(' ')].toSorted();

let api: TestApi;
let client: Client;
let feed: Row;
let owner: Row;
let first: Row;

beforeAll(async () => {
  api = await TestApi.start();
  client = await api.as('HELPDESK');
  const { organization } = api;
  feed = await organization.connector(await organization.application(), { name: 'Active Directory' });
  const contact = await organization.user();
  await organization.owner({ name: 'Connie Contact', user_id: contact.id });
  await organization.connectorOwner(feed, contact);
  owner = await organization.owner({ name: 'Ada Amir', status: 'active' });
  first = await organization.account(feed, owner, {
    name: 'Ada.Amir',
    native_identity: 'CN=Ada',
    uuid: '{B0}',
    description: 'A “test” account',
    attributes: { mail: 'ada@example.com', tags: ['x', 1], nothing: null },
    locked: true,
  });
  await organization.holds(first, await organization.entitlement(feed));
  await organization.account(feed, null, { name: 'orphan', native_identity: 'CN=Orphan', disabled: true });
  await organization.account(feed, null, { name: 'gone', native_identity: 'CN=Gone', deleted_at: new Date() });
});
afterAll(async () => api.close());

describe('every mount', () => {
  const tails = () => [
    '',
    '?count=true',
    `/${first.id}`,
    '?detailLevel=SLIM&sorters=-name',
    '?filters=x',
    `/${newId()}`,
  ];

  it.each(accountMounts.slice(1))('of %s answers the same bytes as /accounts', async (path) => {
    for (const tail of tails()) {
      const [here, there] = [await client.get(path + tail), await client.get(`/accounts${tail}`)];
      const bytes = (text: string) => text.replace(/"trackingId":"[0-9a-f]{32}"/, '');
      expect([here.status, bytes(here.text)]).toEqual([there.status, bytes(there.text)]);
      expect(here.headers['x-total-count']).toBe(there.headers['x-total-count']);
    }
  });
});

describe('GET /accounts/{id}', () => {
  it('answers the complete account', async () => {
    const { body } = await client.get(`/accounts/${first.id}`).expect(200);
    expect(Object.keys(body).toSorted()).toEqual(fullKeys);
    expect(body).toMatchObject({
      id: first.id,
      name: 'Ada.Amir',
      nativeIdentity: 'CN=Ada',
      uuid: '{B0}',
      description: 'A “test” account',
      attributes: { mail: 'ada@example.com', tags: ['x', 1], nothing: null },
      sourceId: feed.id,
      sourceName: 'Active Directory',
      sourceOwner: { type: 'IDENTITY', name: 'Connie Contact' },
      identityId: owner.id,
      identity: { id: owner.id, type: 'IDENTITY', name: 'Ada Amir' },
      identityState: 'ACTIVE',
      connectionType: 'file',
      origin: 'AGGREGATED',
      authoritative: false,
      disabled: false,
      locked: true,
      systemAccount: false,
      uncorrelated: false,
      manuallyCorrelated: false,
      hasEntitlements: true,
    });
    expect(new Date(body.created).toISOString()).toBe(body.created);
    expect(new Date(body.modified).toISOString()).toBe(body.modified);
  });

  it('is the same as the account’s place in the list', async () => {
    const { body } = await client.get(`/accounts?filters=${encodeURIComponent(`id eq "${first.id}"`)}`).expect(200);
    expect(body).toEqual([(await client.get(`/accounts/${first.id}`)).body]);
  });

  it('names nobody for an account of nobody', async () => {
    const [orphan] = (await client.get('/accounts?filters=uncorrelated+eq+true').expect(200)).body;
    expect(orphan).toMatchObject({
      name: 'orphan',
      uncorrelated: true,
      identity: null,
      identityId: null,
      identityState: null,
    });
  });

  it('answers 404 for a deleted, unknown or malformed id', async () => {
    const [gone] = await api.given.sql<{ id: string }>(`select id from account where name = 'gone'`);
    for (const id of [gone!.id, newId(), 'x', '2c9180858082150f0180893dbaf44201', '%2e%2e', 'x'.repeat(450)]) {
      const { body } = await client.get(`/accounts/${id}`).expect(404);
      expect(body).toMatchObject({ detailCode: '404 Not found', causes: [] });
    }
  });
});

describe('detailLevel', () => {
  it('SLIM answers exactly the fifteen keys, with no attributes', async () => {
    const { body } = await client.get('/accounts?detailLevel=SLIM').expect(200);
    expect(body).toHaveLength(2);
    for (const account of body) {
      expect(Object.keys(account).toSorted()).toEqual(slimKeys.toSorted());
      expect(account.attributes).toBeNull();
    }
  });

  it('FULL is the default and complete', async () => {
    const full = await client.get('/accounts?detailLevel=FULL').expect(200);
    expect(full.text).toBe((await client.get('/accounts').expect(200)).text);
    for (const account of full.body) expect(Object.keys(account).toSorted()).toEqual(fullKeys);
  });

  it('of one account is no parameter', async () => {
    const { body } = await client.get(`/accounts/${first.id}?detailLevel=SLIM`).expect(200);
    expect(Object.keys(body).toSorted()).toEqual(fullKeys);
  });
});

describe('a page', () => {
  it('of nothing is asked for with limit 0, and still counted', async () => {
    const { body, headers } = await client.get('/accounts?limit=0&count=true').expect(200);
    expect([body, headers['x-total-count']]).toEqual([[], '2']);
  });

  it('beyond the end is empty, and still counted', async () => {
    for (const offset of ['2', '3', '250', '2147483647']) {
      const { body, headers } = await client.get(`/accounts?offset=${offset}&count=true`).expect(200);
      expect([offset, body, headers['x-total-count']]).toEqual([offset, [], '2']);
    }
  });

  it('counts only when asked', async () => {
    for (const query of ['', '?count=false']) {
      expect((await client.get(`/accounts${query}`).expect(200)).headers).not.toHaveProperty('x-total-count');
    }
  });

  it('counts what the filter leaves, whatever the page', async () => {
    const { headers } = await client.get('/accounts?count=true&limit=1&offset=1&filters=name+sw+"O"').expect(200);
    expect(headers['x-total-count']).toBe('1');
  });

  it('is 250 long unless told', async () => {
    const organization = await api.given.organization();
    const other = await organization.connector(await organization.application());
    await api.given.sql(
      `insert into account (organization_id, connector_id, connector_name_key, native_identity, native_key, native_identity_key, name, name_key)
       select $1, $2, 'x', i::text, i::text, i::text, 'n', 'n' from generate_series(1, 260) i`,
      [organization.id, other.id],
    );
    const reader = await api.as('AUDITOR', organization);
    expect((await reader.get('/accounts').expect(200)).body).toHaveLength(250);
    const seen = new Set<string>();
    for (let offset = 0; offset < 300; offset += 50) {
      const { body } = await reader.get(`/accounts?limit=50&sorters=name&offset=${offset}`).expect(200);
      for (const { id } of body) seen.add(id);
    }
    expect(seen.size).toBe(260);
  });
});

describe('a bad parameter', () => {
  it.each([
    'limit=251',
    'limit=-1',
    'limit=1.5',
    'limit=1e2',
    'limit=0x1',
    'limit=',
    'limit=%205',
    'limit=+5',
    'limit=ten',
    'limit=99999999999999999999',
    'offset=-1',
    'offset=x',
    'offset=',
    'offset=2147483648',
    'offset=9223372036854775808',
    'count=TRUE',
    'count=1',
    'count=',
    'count=yes',
    'detailLevel=slim',
    'detailLevel=MEDIUM',
    'detailLevel=',
    'detailLevel=__proto__',
    'limit=1&limit=2',
    'offset=1&offset=1',
    'count=true&count=false',
    'filters=name+eq+"a"&filters=name+eq+"b"',
    'sorters=name&sorters=id',
    'filters=%00',
    'sorters=%00',
  ])('?%s is refused in the published shape', async (query) => {
    const response = await client.get(`/accounts?${query}`);
    expect(response.status).toBe(400);
    expect(response.body).toEqual({
      detailCode: '400.1 Bad Request Content',
      trackingId: expect.stringMatching(/^[0-9a-f]{32}$/),
      messages: [{ locale: 'en-US', localeOrigin: 'DEFAULT', text: expect.stringMatching(/\S/) }],
      causes: [],
    });
  });

  it.each(['limit[a]=1', 'filters[]=x', '%', 'a=%zz', 'filters=%ED%A0%80', 'unknown=1', '__proto__[x]=1'])(
    '?%s breaks nothing',
    async (query) => expect([200, 400]).toContain((await client.get(`/accounts?${query}`)).status),
  );
});

describe('the error shape', () => {
  it('of 401 is the gateway’s', async () => {
    const others = [
      [api.client(), 'Bearer'],
      [api.client('x.y.z'), 'Bearer error="invalid_token"'],
    ] as const;
    for (const [other, challenge] of others) {
      const { body, headers } = await other.get('/v3/accounts').expect(401);
      expect(body).toEqual({ error: expect.stringMatching(/^JWT validation failed: /) });
      expect(headers['www-authenticate']).toBe(challenge);
    }
  });

  it('of 403 and 404 is the common one', async () => {
    const nobody = await api.as([]);
    const answers = [
      [await nobody.get('/accounts').expect(403), '403 Forbidden'],
      [await client.get(`/accounts/${newId()}`).expect(404), '404 Not found'],
      [await client.get('/v3/nothing').expect(404), '404 Not found'],
    ] as const;
    for (const [{ body }, detailCode] of answers) {
      expect(body).toEqual({
        detailCode,
        trackingId: expect.stringMatching(/^[0-9a-f]{32}$/),
        messages: [{ locale: 'en-US', localeOrigin: 'DEFAULT', text: expect.any(String) }],
        causes: [],
      });
    }
  });

  it('repeats its message for whoever names languages', async () => {
    const { body } = await client.get('/accounts?limit=x').set('Accept-Language', 'de-CH, en;q=0.5').expect(400);
    const [ours, theirs, ...rest] = body.messages;
    expect(ours).toMatchObject({ locale: 'en-US', localeOrigin: 'DEFAULT' });
    expect(theirs).toEqual({ locale: 'und', localeOrigin: 'REQUEST', text: ours.text });
    expect(rest).toEqual([]);
  });

  it('tracks each answer by an id of its own', async () => {
    const id = async () => (await client.get('/accounts?limit=x')).body.trackingId as string;
    expect(await id()).not.toBe(await id());
  });
});
