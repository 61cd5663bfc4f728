import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import {
  identityCollection,
  publicIdentityCollection,
} from '../../../apps/api/src/surfaces/accounts/identities/identity.fields.js';
import { type Client, TestApi } from '../../support/api.js';
import { describeCollection, type Item } from '../../support/collection.js';
import type { Row } from '../../support/given.js';

type Attributes = Readonly<Record<string, string | null>>;

let api: TestApi;
let reader: Client;
let anybody: Client;
let owners: Record<string, Row>;
let identities: Item[];
let colleagues: Item[];

const people = {
  boss: { name: 'Zoë van Dyk', email: 'Zoe@example.com', identity_id: 'E-1', fed: true },
  ada: { name: 'ada', email: 'ada@example.com', fed: false },
  amir: { name: 'Ada Amir', identity_id: 'e-2', fed: true, status: 'inactive', end_date: '2001-01-01' },
  odd: { name: `100% O'Neil_\\`, email: 'ada@other.example', fed: true },
  backup: { name: 'Backup', fed: false, status: 'inactive', owner_type: 'service' },
  bo: { name: 'Bo Amir', email: 'bo@example.com', fed: true },
};

beforeAll(async () => {
  api = await TestApi.start();
  const { organization } = api;
  reader = await api.as('HELPDESK');
  anybody = await api.as([]);
  const feed = await organization.connector(await organization.application(), { authoritative: true });
  owners = {};
  for (const [key, { fed, ...columns }] of Object.entries(people)) {
    const boss = owners['boss'] && { manager_id: owners['boss'].id };
    owners[key] = await organization.owner({ ...columns, ...boss, ...(fed && { connector_id: feed.id }) });
  }
  await organization.owner({ name: 'Ada Gone', email: 'gone@example.com', deleted_at: new Date() });
  identities = (await reader.get('/identities?defaultFilter=NONE').expect(200)).body;
  colleagues = (await anybody.get('/public-identities').expect(200)).body;
});
afterAll(async () => api.close());

const attribute = (name: string) => (item: Item) => (item['attributes'] as Attributes)[name] ?? null;
const isFed = ({ id }: Item) => Object.keys(people).some((key) => owners[key]!.id === id && people[key as 'ada'].fed);

describeCollection({
  noun: 'identities',
  ...identityCollection,
  all: 'defaultFilter=NONE',
  shown: {
    email: ({ emailAddress }) => emailAddress as string | null,
    firstname: attribute('firstname'),
    lastname: attribute('lastname'),
    cloudStatus: ({ identityStatus }) => identityStatus as string,
    correlated: isFed,
    protected: () => false,
  },
  ready: () => ({ client: reader, items: identities }),
});

const word = (at: number) => (item: Item) => (item['name'] as string).split(' ').at(at)!;

describeCollection({
  noun: 'public-identities',
  ...publicIdentityCollection,
  shown: { firstname: word(0), lastname: word(-1) },
  byId: false,
  ready: () => ({ client: anybody, items: colleagues }),
});

describe('an identity', () => {
  it('is an owner in the vendor’s words', async () => {
    const { organization } = api;
    const { id } = await organization.owner({
      name: 'Jo Public',
      email: 'jo@example.com',
      alt_email: 'jo@home.example',
      identity_id: 'E-77',
      department: 'Sales',
      title: 'Clerk',
      location: 'Ghent',
      employment_type: 'contractor',
      mobile_phone: '+1',
      phone: '+2',
      start_date: '2024-01-02',
      end_date: '2031-01-02',
      manager_id: owners['boss']!.id,
      metadata: { costCenter: 7, uid: 'spoofed', displayName: 'spoofed' },
      created_at: '2026-01-01T00:00:00.001Z',
      updated_at: '2026-02-01T00:00:00Z',
    });
    const { body } = await reader.get(`/identities/${id}`).expect(200);
    expect(body).toEqual({
      id,
      name: 'Jo Public',
      created: '2026-01-01T00:00:00.001Z',
      modified: '2026-02-01T00:00:00.000Z',
      alias: 'E-77',
      emailAddress: 'jo@example.com',
      processingState: 'OK',
      identityStatus: 'ACTIVE',
      managerRef: { type: 'IDENTITY', id: owners['boss']!.id, name: 'Zoë van Dyk' },
      isManager: false,
      lastRefresh: '2026-02-01T00:00:00.000Z',
      attributes: {
        costCenter: 7,
        uid: 'E-77',
        displayName: 'Jo Public',
        firstname: 'Jo',
        lastname: 'Public',
        email: 'jo@example.com',
        personalEmail: 'jo@home.example',
        identificationNumber: 'E-77',
        department: 'Sales',
        title: 'Clerk',
        location: 'Ghent',
        employmentType: 'contractor',
        phone: '+1',
        workPhone: '+2',
        startDate: '2024-01-02',
        endDate: '2031-01-02',
        cloudLifecycleState: 'active',
      },
      lifecycleState: { stateName: 'active', manuallyUpdated: false },
    });
    await api.given.sql('update owner set deleted_at = now() where id = $1', [id]);
    await reader.get(`/identities/${id}`).expect(404);
  });

  it('is called by its id at the source, else by its mail box, else by our id', () => {
    const aliases = Object.fromEntries(Object.keys(people).map((key) => [key, aliasOf(key)]));
    const backup = owners['backup']!.id;
    expect(aliases).toEqual({ boss: 'E-1', ada: 'ada', amir: 'e-2', odd: 'ada', backup, bo: 'bo' });
  });

  it('has a manager who is there', async () => {
    const { organization } = api;
    const left = await organization.owner({ name: 'Left', deleted_at: new Date() });
    const { id } = await organization.owner({ name: 'Report', email: 'report@example.com', manager_id: left.id });
    expect((await reader.get(`/identities/${id}`).expect(200)).body).toMatchObject({
      managerRef: null,
      isManager: false,
    });
    const filter = encodeURIComponent(`id eq "${id}"`);
    expect((await anybody.get(`/public-identities?filters=${filter}`).expect(200)).body[0].manager).toBeNull();
    expect((await reader.get(`/identities/${owners['boss']!.id}`).expect(200)).body.isManager).toBe(true);
    await api.given.sql('update owner set deleted_at = now() where id = $1', [id]);
  });

  it('answers 404 for an unknown, deleted or malformed id', async () => {
    const [gone] = await api.given.sql(`select id from owner where name = 'Ada Gone'`);
    for (const id of [gone!.id, newId(), 'x', '%2e%2e']) {
      expect((await reader.get(`/identities/${id}`).expect(404)).body.detailCode).toBe('404 Not found');
    }
  });
});

const aliasOf = (key: string) => identities.find(({ id }) => id === owners[key]!.id)!['alias'];

describe('the list of identities', () => {
  it('is of those an authoritative source knows, unless all are asked for', async () => {
    const fed = identities.filter(isFed);
    expect([fed.length, identities.length]).toEqual([4, 6]);
    for (const query of ['', '?defaultFilter=CORRELATED_ONLY']) {
      expect((await reader.get(`/identities${query}`).expect(200)).body).toEqual(fed);
    }
    const either = encodeURIComponent('correlated eq false or correlated eq true');
    expect((await reader.get(`/identities?filters=${either}&count=true`).expect(200)).headers['x-total-count']).toBe(
      '4',
    );
    expect((await reader.get('/identities?filters=correlated+eq+false').expect(200)).body).toEqual([]);
    for (const value of ['none', 'ALL', '']) await reader.get(`/identities?defaultFilter=${value}`).expect(400);
  });

  it('demands no header that says it is an experiment, and minds none', async () => {
    await reader.get('/v2024/identities').set('X-SailPoint-Experimental', 'true').expect(200);
    await reader.get('/v2024/identities').expect(200);
  });

  it.each(['Administrator', 'ORG_ADMIN', 'SOURCE_ADMIN', 'SOURCE_SUBADMIN', 'AUDITOR'] as const)(
    'is read whole by %s',
    async (role) => {
      const client = await api.as(role);
      expect((await client.get('/identities?defaultFilter=NONE').expect(200)).body).toEqual(identities);
      await client.get(`/identities/${owners['ada']!.id}`).expect(200);
    },
  );

  it('is for nobody without a role, who reads his own record and no other', async () => {
    const self = await api.as([]);
    const own = await api.organization.owner({ name: 'Self', user_id: self.user.id });
    await self.get('/identities').expect(403);
    expect((await self.get(`/identities/${own.id}`).expect(200)).body.name).toBe('Self');
    for (const id of [owners['ada']!.id, newId(), 'x']) await self.get(`/identities/${id}`).expect(403);
    await api.client().get('/identities').expect(401);
    await api.given.sql('update owner set deleted_at = now() where id = $1', [own.id]);
  });
});

describe('public identities', () => {
  it('tell of a colleague what anybody may know, and nothing more', () => {
    const find = (key: string) => colleagues.find(({ id }) => id === owners[key]!.id);
    expect(find('amir')).toEqual({
      id: owners['amir']!.id,
      name: 'Ada Amir',
      alias: 'e-2',
      email: null,
      status: 'Inactive',
      identityState: 'INACTIVE_LONG_TERM',
      manager: { type: 'IDENTITY', id: owners['boss']!.id, name: 'Zoë van Dyk' },
      attributes: [],
    });
    expect(find('boss')).toMatchObject({ status: 'Active', identityState: 'ACTIVE', manager: null });
    expect(colleagues.map(({ id }) => id)).toEqual(identities.map(({ id }) => id));
  });

  it('are cut down by add-core-filters to whom a source knows and mail reaches', async () => {
    const { body } = await anybody.get('/public-identities?add-core-filters=true&sorters=name').expect(200);
    expect(body.map(({ name }: Item) => name)).toEqual([people.odd.name, people.bo.name, people.boss.name]);
    expect((await anybody.get('/public-identities?add-core-filters=false').expect(200)).body).toEqual(colleagues);
    for (const value of ['', 'yes', '1']) await anybody.get(`/public-identities?add-core-filters=${value}`).expect(400);
  });

  it('are found as people are looked up: by the beginning of either name or of the address', async () => {
    const filter = encodeURIComponent('firstname sw "AM" or lastname sw "AM" or email sw "am"');
    const { body } = await anybody.get(`/v3/public-identities?filters=${filter}&sorters=name`).expect(200);
    expect(body.map(({ name }: Item) => name)).toEqual(['Ada Amir', 'Bo Amir']);
  });

  it('are for every user, and for nobody else', async () => {
    for (const role of ['Administrator', 'SOURCE_SUBADMIN', 'AUDITOR'] as const) {
      expect((await (await api.as(role)).get('/public-identities').expect(200)).body).toEqual(colleagues);
    }
    await api.client().get('/public-identities').expect(401);
    const elsewhere = await api.as('Administrator', await api.given.organization());
    expect((await elsewhere.get('/public-identities?count=true').expect(200)).headers['x-total-count']).toBe('0');
  });

  it('have no page of one: an id is a filter', async () => {
    const answer = await anybody.get(`/public-identities/${owners['ada']!.id}`).expect(404);
    expect(answer.body.detailCode).toBe('404 Not found');
  });
});
