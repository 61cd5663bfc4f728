import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '@app/kernel';
import { type Client, TestApi } from '../../support/api.js';
import { Feed } from '../../support/feed.js';
import type { GivenOrganization, Row } from '../../support/given.js';
import { brokenInvariants } from '../../support/invariants.js';
import { Trail } from '../../support/trail.js';

const config = {
  kind: 'delimited-file',
  mapping: { login: 'nativeIdentity', mail: 'email', groups: 'groups' },
  correlationRules: [{ account: 'email', owner: 'email' }],
};
const hrConfig = {
  kind: 'delimited-file',
  mapping: { login: 'nativeIdentity', n: 'name', mail: 'email', no: 'identityId' },
  authoritative: true,
  ownerMapping: { name: 'name', email: 'email', identityId: 'identityId' },
};
const file = 'login,mail,groups\nada,ada@x.example,admins\nbo,bo@x.example,admins;staff\nnobody,other@x.example,\n';
const notFound = { code: 5, message: 'Not found.' };

let api: TestApi;
let organization: GivenOrganization;
let admin: Client;
let feed: Feed;
let connector: Row;
let owners: Row[];
let trail: Trail;

beforeAll(async () => {
  api = await TestApi.start();
  await api.startWorker();
});
afterAll(() => api.close());
beforeEach(async () => {
  organization = await api.given.organization();
  admin = await api.as('Administrator', organization);
  owners = [];
  // An address that two have finds nobody, and an account with it counts against both.
  for (const name of ['ada', 'bo', 'zz']) {
    const sent = {
      name,
      email: `${name}@x.example`,
      owner_type: 'human',
      alt_email: name === 'ada' ? null : 'other@x.example',
    };
    owners.push((await admin.post('/api/v1/owners').send(sent).expect(201)).body);
  }
  feed = await Feed.create(admin, `Wiki ${newId()}`, config);
  connector = { id: feed.connectorId, name: 'Wiki export' };
  trail = new Trail(api.given, organization.id);
});

const remove = (by = admin) => by.delete(feed.path);
const count = async (text: string) =>
  Number((await api.given.sql<{ n: string }>(`select count(*) as n ${text}`, [connector.id]))[0]!.n);

describe('a connector that is deleted', () => {
  it('answers an empty object, and is nowhere any more', async () => {
    await feed.sync(file);
    const [run] = await feed.runs();
    const [account] = (await admin.get('/accounts').expect(200)).body;
    const [entitlement] = (await admin.get('/entitlements').expect(200)).body;
    expect((await remove().expect(200)).body).toEqual({});
    const app = `/api/v1/apps/${feed.applicationId}`;
    const wikis = `/api/v2/apps/${feed.applicationId}/connectors/${feed.connectorId}/owners`;
    expect((await admin.get(feed.path).expect(404)).body).toEqual(notFound);
    expect((await admin.get(`${app}/connectors`).expect(200)).body.list).toEqual([]);
    for (const target of [
      `${feed.path}/runs`,
      `${feed.path}/runs/${String(run!['id'])}`,
      `${wikis}/users`,
      `${wikis}/entitlements`,
      `/sources/${feed.connectorId}`,
      `/accounts/${account.id}`,
      `/entitlements/${entitlement.id}`,
    ]) {
      expect([target, (await admin.get(target)).status]).toEqual([target, 404]);
    }
    for (const target of ['/sources', '/accounts', '/entitlements', `${app}/app_users`]) {
      const { body } = await admin.get(target).expect(200);
      expect([target, body.list ?? body]).toEqual([target, []]);
    }
    expect((await admin.get('/accounts?count=true&limit=1').expect(200)).headers['x-total-count']).toBe('0');
    expect((await admin.get('/entitlements?count=true').expect(200)).headers['x-total-count']).toBe('0');
    expect((await admin.get(app).expect(200)).body.app.userCount).toBe('0');
    for (const owner of owners) {
      const { body } = await admin.get(`/api/v1/owners/${owner.id}/accounts`).expect(200);
      expect(JSON.stringify(body)).not.toContain(account.id);
    }
  });

  it('is deleted for every command too, and for a second time', async () => {
    await feed.sync(file);
    await remove().expect(200);
    const wikis = `/api/v2/apps/${feed.applicationId}/connectors/${feed.connectorId}/owners`;
    for (const word of ['runs', 'force_sync', 'pause', 'resume', 'schedule', 'validate', 'correlation-rules/dry-run']) {
      expect([word, (await admin.post(`${feed.path}/${word}`)).status]).toEqual([word, 404]);
    }
    await admin.post(`${feed.path}/files`).attach('file', Buffer.from(file), 'x.csv').expect(404);
    await admin.post(`/sources/${feed.connectorId}/load-accounts`).expect(404);
    await admin.post(feed.path).send({ connector: {} }).expect(404);
    await admin.put(wikis).send({ roleSlug: 'owner' }).expect(404);
    await admin.post(`${wikis}/users/owner/${admin.user.id}`).expect(404);
    const made = { attributes: { sourceId: feed.connectorId, login: 'new' } };
    await admin.post('/accounts').send(made).expect(400);
    expect((await remove().expect(404)).body).toEqual(notFound);
    await admin.post('/api/v1/owners/sync').expect(202);
    expect(await count(`from sync_run where connector_id = $1 and state = 'queued'`)).toBe(0);
    expect(await count(`from account where connector_id = $1 and deleted_at is null`)).toBe(0);
  });

  it('is told in the trail, with its runs, its owners, its accounts, and whose they were', async () => {
    await feed.sync(file);
    const user = await organization.user();
    await organization.connectorOwner(connector, user, 'backup_owner');
    await trail.mark();
    await remove().expect(200);
    const events = await trail.events();
    expect(Map.groupBy(events, ({ action }) => action)).toEqual(
      new Map([
        ['connector.ownerRemoved', expect.any(Array)],
        ['connector.deleted', expect.any(Array)],
        ['account.removed', expect.any(Array)],
        ['owner.accountRemoved', expect.any(Array)],
      ]),
    );
    const of = (action: string) => events.filter((event) => event.action === action);
    expect(of('connector.deleted')).toMatchObject([
      {
        subject_id: feed.connectorId,
        before: { applicationId: feed.applicationId, name: expect.stringMatching(/export$/), config, schedule: null },
        after: null,
        actor_id: admin.user.id,
      },
    ]);
    expect(of('connector.ownerRemoved').map(({ subject_id, before }) => [subject_id, before])).toEqual([
      [feed.connectorId, { userId: user.id, roleSlug: 'backup_owner' }],
      [user.id, { connectorId: feed.connectorId, roleSlug: 'backup_owner' }],
    ]);
    expect(
      of('account.removed')
        .map(({ before }) => before)
        .toSorted((a, b) => String(a!['name']).localeCompare(String(b!['name']))),
    ).toEqual([
      { name: 'ada', ownerId: owners[0]!.id },
      { name: 'bo', ownerId: owners[1]!.id },
      { name: 'nobody', ownerId: null },
    ]);
    expect(new Set(of('owner.accountRemoved').map(({ subject_id }) => subject_id))).toEqual(
      new Set([owners[0]!.id, owners[1]!.id]),
    );
    expect(new Set(events.map(({ request_id }) => request_id)).size).toBe(1);
    expect(events.every(({ actor_id }) => actor_id === admin.user.id)).toBe(true);
  });

  it('leaves totals, statistics and everything that is repeated elsewhere right', async () => {
    await feed.sync(file);
    const other = await Feed.create(admin, `Other ${newId()}`, config);
    await other.sync(file);
    await remove().expect(200);
    expect(await brokenInvariants(api.given, organization)).toEqual([]);
    const { body } = await admin.get(`/api/v1/owners/${owners[0]!.id}/statistics`).expect(200);
    expect(body.account_statistics.total_accounts).toBe(1);
    expect((await admin.get('/accounts?count=true').expect(200)).headers['x-total-count']).toBe('3');
  });

  it('leaves the people whom it made, and a new one of the same name takes them up by their addresses', async () => {
    const hr = await Feed.create(admin, `HR ${newId()}`, hrConfig);
    const people = 'login,n,mail,no\neve,Eve,eve@x.example,1\nmax,Max,max@x.example,2\n';
    await hr.sync(people);
    const eve = async () =>
      (await api.given.sql(`select id from owner where organization_id = $1 and name = 'Eve'`, [organization.id])).map(
        ({ id }) => id,
      );
    const [known] = await eve();
    expect(known).toBeDefined();
    const { displayName } = (await admin.get(hr.path).expect(200)).body.connectorView.connector;
    await admin.delete(hr.path).expect(200);
    expect(await eve()).toEqual([known]);
    expect(await brokenInvariants(api.given, organization)).toEqual([]);
    const create = `/api/v1/apps/${hr.applicationId}/connectors/create`;
    const made = await admin
      .post(create)
      .send({ displayName: displayName.toUpperCase(), config: hrConfig })
      .expect(200);
    const again = Feed.at(admin, hr.applicationId, made.body.connectorView.connector.id);
    expect(await again.sync(people)).toMatchObject({ state: 'succeeded', ownersCreated: 0, accountsCreated: 2 });
    expect(await eve()).toEqual([known]);
    const { body } = await admin.get(`/api/v1/owners/${known}/accounts`).expect(200);
    expect(JSON.stringify(body)).toContain('eve');
    expect(await brokenInvariants(api.given, organization)).toEqual([]);
  });

  it('forgets its schedule, its mappings, its rules and what its files hold, and keeps that there were runs of them', async () => {
    const hr = await Feed.create(admin, `HR ${newId()}`, { ...hrConfig });
    await hr.sync('login,n,mail,no\neve,Eve,eve@x.example,1\n');
    await feed.sync(file);
    for (const one of [hr, feed]) {
      await admin.post(`${one.path}/schedule`).send({ cronSpec: '30 2 * * *' }).expect(200);
      await admin.delete(one.path).expect(200);
      const left = await api.given.sql(
        `select (select count(*)::int from schedule where connector_id = $1) as schedules,
           (select count(*)::int from attribute_mapping where connector_id = $1) as mappings,
           (select count(*)::int from correlation_rule where connector_id = $1) as rules,
           (select count(*)::int from connector_file_chunk k join connector_file f on f.id = k.file_id
             where f.connector_id = $1) as chunks,
           (select count(*)::int from connector_file where connector_id = $1) as files,
           (select count(*)::int from sync_run where connector_id = $1 and state = 'succeeded') as runs`,
        [one.connectorId],
      );
      expect(left).toEqual([{ schedules: 0, mappings: 0, rules: 0, chunks: 0, files: 1, runs: 1 }]);
    }
  });

  it('takes its entitlements out of what they owned, and its own owners with it', async () => {
    await feed.sync(file);
    const [right] = (await admin.get('/entitlements').expect(200)).body;
    const other = await Feed.create(admin, `Other ${newId()}`, config);
    const owned = ({ applicationId, connectorId }: Feed) =>
      `/api/v2/apps/${applicationId}/connectors/${connectorId}/owners`;
    const refs = [{ appId: feed.applicationId, id: right.id }];
    for (const one of [feed, other]) {
      await admin.put(owned(one)).send({ roleSlug: 'owner', appEntitlementRefs: refs }).expect(200);
    }
    await trail.mark();
    await remove().expect(200);
    expect((await admin.get(`${owned(other)}/entitlements`).expect(200)).body.list).toEqual([]);
    const told = (await trail.events()).filter(({ action }) => action === 'connector.ownerRemoved');
    expect(new Set(told.map(({ subject_id }) => subject_id))).toEqual(new Set([feed.connectorId, other.connectorId]));
    expect(told[0]!.before).toEqual({ entitlementId: right.id, roleSlug: 'owner' });
    const again = await admin.put(owned(other)).send({ roleSlug: 'owner', appEntitlementRefs: refs });
    expect([again.status, again.body]).toEqual([404, notFound]);
  });

  it('ends at once what a SOURCE_SUBADMIN reached by owning it', async () => {
    await feed.sync(file);
    const narrow = await api.as('SOURCE_SUBADMIN', organization);
    await admin
      .post(`/api/v2/apps/${feed.applicationId}/connectors/${feed.connectorId}/owners/users/owner/${narrow.user.id}`)
      .expect(200);
    expect((await narrow.get('/api/v1/apps').expect(200)).body.list).toHaveLength(1);
    await remove().expect(200);
    expect((await narrow.get('/api/v1/apps').expect(200)).body.list).toEqual([]);
    expect((await narrow.get('/accounts').expect(200)).body).toEqual([]);
  });

  it('leaves tasks and runs readable by their ids, for those who wait for them', async () => {
    await feed.upload(file);
    const { body } = await admin.post(`/sources/${feed.connectorId}/load-accounts`).expect(202);
    await feed.finished();
    const [account] = (await admin.get('/accounts?filters=name eq "ada"').expect(200)).body;
    const task = (await admin.post(`/accounts/${account.id}/disable`).send({}).expect(202)).body.id;
    await remove().expect(200);
    await admin.get(`/task-status/${body.task.id}`).expect(200);
    await admin.get(`/task-status/${task}`).expect(200);
  });
});

describe('DELETE .../connectors/{id}', () => {
  it('is refused in the same order as the others: 401, 403, 404, 400', async () => {
    await trail.mark();
    const wrong = { force: true };
    expect((await api.client().delete(feed.path).send(wrong).expect(401)).body.code).toBe(16);
    const narrow = await api.as('SOURCE_SUBADMIN', organization);
    await organization.connectorOwner(connector, narrow.user);
    for (const by of [narrow, await api.as('HELPDESK', organization), await api.as('AUDITOR', organization)]) {
      const response = await by.delete(feed.path).send(wrong);
      expect([response.status, response.body.code]).toEqual([403, 7]);
    }
    const other = await organization.application();
    const stranger = await api.given.organization();
    const foreign = await stranger.connector(await stranger.application());
    for (const target of [
      feed.path.replace(feed.connectorId, newId()),
      feed.path.replace(feed.connectorId, 'x'.repeat(101)),
      feed.path.replace(feed.connectorId, foreign.id),
      feed.path.replace(feed.applicationId, other.id),
      feed.path.replace(feed.applicationId, 'x'),
    ]) {
      const { status, body } = await admin.delete(target).send(wrong);
      expect([target, status, body]).toEqual([target, 404, notFound]);
    }
    expect((await remove().send(wrong).expect(400)).body.code).toBe(3);
    await admin.get(feed.path).expect(200);
    expect(await trail.events()).toEqual([]);
  });

  it('takes an empty JSON body, from each role that writes connectors', async () => {
    for (const role of ['ORG_ADMIN', 'SOURCE_ADMIN'] as const) {
      const by = await api.as(role, organization);
      const one = await Feed.create(by, `By ${role}`, config);
      await by.delete(one.path).set('Content-Type', 'application/json').expect(200);
    }
  });

  it('of eight at the same time is done by one', async () => {
    await feed.sync(file);
    await trail.mark();
    const answers = await Promise.all(Array.from({ length: 8 }, () => remove()));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(7);
    expect((await trail.events()).filter(({ action }) => action === 'account.removed')).toHaveLength(3);
    expect(await brokenInvariants(api.given, organization)).toEqual([]);
  });
});
